"""Plain detection: a pretrained or trained detector over the target images, its classes called as the project calls them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ultralytics.models.yolo.detect import DetectionPredictor
from ultralytics.utils.nms import non_max_suppression

from training.engine import images as pictures
from training.engine import runtime
from training.engine.cache import Arrays
from training.engine.calibrate import Measured
from training.engine.errors import BadImage, BadJob
from training.engine.job import JobImage
from training.engine.pipeline import Run
from training.engine.store import write_json
from training.engine.types import FloatArray, IntArray, as_boxes, clip, iou, nms
from training.engine.weights import sha256_of

SAME_OBJECT = 0.5
NOTHING = (as_boxes([]), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64))


class Apart(DetectionPredictor):
    """Ultralytics gives a place to its best class alone; here each class answers for itself, so a new one hides no other."""

    def postprocess(self, preds: Any, img: Any, orig_imgs: Any, **more: Any) -> Any:
        """As usual, but for the classes that come second."""
        boxes = non_max_suppression(
            preds, self.args.conf, self.args.iou, self.args.classes, multi_label=True, max_det=self.args.max_det,
            end2end=getattr(self.model, "end2end", False),
        )  # fmt: skip
        return self.construct_results(boxes, img, orig_imgs, **more)  # type: ignore[no-untyped-call]


def detect(run: Run) -> None:
    """Runs the job's detector and writes suggestions.json; every box waits for review, since nothing calibrates it."""
    job = run.job

    def work() -> tuple[Any, Arrays]:
        model: Any = runtime.load_yolo(_weights(run))
        class_map = _class_map(run, model.names)
        targets = job.targets
        listed: list[dict[str, Any]] = []
        for done, image in enumerate(targets, start=1):
            rows = _of_image(run, model, image, class_map) if image.id in run.hashes else []
            listed.append({"id": image.id, "suggestions": rows})
            if rows:
                run.emitter.found(image.id, rows[0]["class_id"], rows[0]["xyxy"], rows[0]["probability"])
            run.emitter.progress("detect", done, len(targets))
        total = sum(len(one["suggestions"]) for one in listed)
        run.emitter.log("suggested", f"{total} suggestions in {len(listed)} images.", suggestions=total)
        return {"images": listed, "weights": run.shelf.used()}, {}

    result, _ = run.stage("detect", work)
    write_json(job.workdir / "suggestions.json", {
        "images": result["images"],
        "classes": {str(class_id): _unmeasured(job.count_shots(class_id), job.detect.conf) for class_id in job.classes},
        "info": {
            "seconds": run.seconds, "versions": runtime.versions(), "weights": result["weights"],
            "device": runtime.device_words(run.device), "seed": job.seed, "budget": job.budget,
        },
    })  # fmt: skip


def _weights(run: Run) -> Path:
    wanted = run.job.detect
    if wanted.trained is None:
        return run.shelf.get(str(wanted.weights)).path
    if not wanted.trained.is_file():
        raise BadJob(f"detect.trained: the file {wanted.trained.name} is not there.", field="detect.trained")
    if sha256_of(wanted.trained) != wanted.trained_sha256:
        words = f"detect.trained: {wanted.trained.name} is not the file that was trained (another sha256); it is not loaded."
        raise BadJob(words, field="detect.trained_sha256")
    return wanted.trained


def _class_map(run: Run, names: dict[int, str]) -> dict[int, int]:
    """Detector index to class id: as the job says, else by equal names."""
    if run.job.detect.class_map:
        return dict(run.job.detect.class_map)
    by_name = {name.casefold(): class_id for class_id, name in run.job.classes.items()}
    found = {index: by_name[name.casefold()] for index, name in names.items() if name.casefold() in by_name}
    if not found:
        words = "None of the detector's classes is called like a class of the job, so there is nothing to suggest."
        run.emitter.log("no_class_matches", words, level="warning", detector=list(names.values())[:100])
    return found


def _of_image(run: Run, model: Any, image: JobImage, class_map: dict[int, int]) -> list[dict[str, Any]]:
    xyxy, score, index = find(
        run, model, image, sorted(class_map), run.job.detect.conf, run.job.detect.trained is not None
    )
    rows = []
    for detector_class, class_id in class_map.items():
        own = np.flatnonzero(index == detector_class)
        keep = own[nms(xyxy[own], score[own], SAME_OBJECT)]
        spoken = as_boxes([box.xyxy for box in (*image.boxes, *image.rejected) if box.class_id == class_id])
        near = iou(xyxy[keep], spoken).max(axis=1, initial=0.0) >= SAME_OBJECT
        for row in keep[~near]:
            rows.append({
                "class_id": class_id, "xyxy": [round(float(edge), 2) for edge in xyxy[row]],
                "probability": round(float(score[row]), 4), "score": round(float(score[row]), 4),
                "source": "detector", "state": "review", "neighbours": [],
            })  # fmt: skip
    return sorted(rows, key=lambda row: -row["probability"])


def find(
    run: Run, model: Any, image: JobImage, wanted: Sequence[int], conf: float, apart: bool
) -> tuple[FloatArray, FloatArray, IntArray]:  # fmt: skip
    """Boxes of some of a detector's classes in one picture, with scores and class places; none in a picture that is broken."""
    try:
        pixels = pictures.decode(image.path)
    except BadImage as error:
        run.emitter.log("bad_image", f"{error.text} It is left out.", level="warning", image=image.id)
        return NOTHING
    result = model.predict(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), imgsz=_image_size(model), conf=max(conf, 0.001),
        classes=list(wanted) or None, device=run.device, verbose=False, save=False,
        predictor=Apart if apart else None,
    )[0]  # fmt: skip
    if not wanted or result.boxes is None or not len(result.boxes):
        return NOTHING
    boxes = clip(as_boxes(result.boxes.xyxy.cpu().numpy()), (pixels.shape[1], pixels.shape[0]))
    score = result.boxes.conf.cpu().numpy().astype(np.float32)
    index = result.boxes.cls.cpu().numpy().astype(np.int64)
    real = ((boxes[:, 2:] - boxes[:, :2]) > 0.5).all(axis=1)
    return boxes[real], score[real], index[real]


def _image_size(model: Any) -> int:
    """The size that the detector was trained at."""
    arguments = getattr(model.model, "args", None) or {}
    size = arguments.get("imgsz", 640) if isinstance(arguments, dict) else getattr(arguments, "imgsz", 640)
    return int(size) if isinstance(size, int) else 640


def _unmeasured(shots: int, conf: float) -> dict[str, Any]:
    from training.engine.stages import class_summary

    return class_summary(Measured(shots, conf, 1.0, "none"), [])
