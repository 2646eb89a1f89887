"""Plain detection: a pretrained or trained detector over the target images, its classes called as the project calls
them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from training.engine import runtime
from training.engine.class_model.metrics import ClassMetrics
from training.engine.core.boxes import as_boxes, iou, nms
from training.engine.finetune.predict import find
from training.engine.run import Run
from training.engine.stages.measure import Measurement, measure_detector
from training.engine.stages.prepare import ReadableImages
from training.engine.storage.files import write_json
from training.protocol.errors import BadJob
from training.protocol.events import Suggestions
from training.protocol.hashing import sha256_of
from training.protocol.job import JobImage
from training.protocol.results import FILE, ClassFigures, ImageResult, Results, Suggestion
from training.protocol.stages import DETECT, MEASURE

NAMES_SHOWN = 100  # of a detector's classes in a log line


def detect(run: Run, readable: ReadableImages) -> None:
    """Runs the job's detector and writes suggestions.json; every box waits for review, since nothing calibrates it."""
    job = run.job

    def work() -> dict[str, Any]:
        model: Any = _model(run)
        class_map = _class_map(run, model.names)
        targets = job.targets
        listed: list[ImageResult] = []
        for done, image in enumerate(targets, start=1):
            rows = _of_image(run, model, image, class_map) if image.id in readable.hashes else []
            listed.append({"id": image.id, "suggestions": rows, "dropped": []})
            if rows:
                run.emitter.found(image.id, rows[0]["class_id"], rows[0]["xyxy"], rows[0]["probability"])
            run.emitter.progress(DETECT.name, done, len(targets))
        total = sum(len(one["suggestions"]) for one in listed)
        run.emitter.log("suggested", f"{total} suggestions in {len(listed)} images.", suggestions=total)
        return {"images": listed, "weights": run.weight_store.used()}

    result = run.plain_stage(DETECT.name, work)
    found: Results = {
        "images": result["images"],
        "classes": {str(class_id): _unmeasured(job.count_shots(class_id), job.detect.conf) for class_id in job.classes},
        "questions": [],
        "info": {
            "seconds": run.seconds, "versions": runtime.versions(), "weights": result["weights"],
            "device": runtime.device_words(run.device), "seed": job.seed, "budget": job.budget,
        },
    }  # fmt: skip
    write_json(job.workdir / FILE, found)
    count = sum(len(one["suggestions"]) for one in found["images"])
    run.emitter.emit(Suggestions(count, len(found["images"]), round(sum(run.seconds.values()), 3)))
    if job.test:
        run.plain_stage(MEASURE.name, lambda: _measure(run))


def _measure(run: Run) -> None:
    """The detector on the test split."""
    at, wanted = Measurement(run, 1), run.job.detect
    model: Any = _model(run)
    measure_detector(at, model, _class_map(run, model.names), wanted.conf, apart=wanted.trained is not None)
    at.write()


def _model(run: Run) -> Any:
    wanted = run.job.detect
    path = weights_of(run)
    return run.networks.yolo(path, wanted.trained_sha256 or run.weight_store.get(str(wanted.weights)).weight.sha256)


def weights_of(run: Run) -> Path:
    """The detector of the job: a base detector, or a trained one whose hash is right. Raises BadJob."""
    wanted = run.job.detect
    if wanted.trained is None:
        return run.weight_store.get(str(wanted.weights)).path
    if not wanted.trained.is_file():
        raise BadJob(f"detect.trained: the file {wanted.trained.name} is not there.", field="detect.trained")
    if sha256_of(wanted.trained) != wanted.trained_sha256:
        name = wanted.trained.name
        text = f"detect.trained: {name} is not the file that was trained (another sha256); it is not loaded."
        raise BadJob(text, field="detect.trained_sha256")
    return wanted.trained


def _class_map(run: Run, names: dict[int, str]) -> dict[int, int]:
    """Detector index to class id: as the job says, else by equal names."""
    if run.job.detect.class_map:
        return dict(run.job.detect.class_map)
    by_name = {name.casefold(): class_id for class_id, name in run.job.classes.items()}
    found = {index: by_name[name.casefold()] for index, name in names.items() if name.casefold() in by_name}
    if not found:
        text = "None of the detector's classes is called like a class of the job, so there is nothing to suggest."
        run.emitter.log("no_class_matches", text, level="warning", detector=list(names.values())[:NAMES_SHOWN])
    return found


def _of_image(run: Run, model: Any, image: JobImage, class_map: dict[int, int]) -> list[Suggestion]:
    xyxy, score, index = find(
        run, model, image, sorted(class_map), run.job.detect.conf, run.job.detect.trained is not None
    )
    rows: list[Suggestion] = []
    for detector_class, class_id in class_map.items():
        own = np.flatnonzero(index == detector_class)
        keep = own[nms(xyxy[own], score[own], run.tuning.detect.same_object)]
        others = as_boxes([box.xyxy for box in (*image.boxes, *image.rejected) if box.class_id == class_id])
        near = iou(xyxy[keep], others).max(axis=1, initial=0.0) >= run.tuning.detect.same_object
        for row in keep[~near]:
            rows.append({
                "class_id": class_id, "xyxy": [round(float(edge), 2) for edge in xyxy[row]],
                "probability": round(float(score[row]), 4), "score": round(float(score[row]), 4),
                "source": "detector", "state": "review", "neighbours": [],
            })  # fmt: skip
    return sorted(rows, key=lambda row: -row["probability"])


def _unmeasured(shots: int, conf: float) -> ClassFigures:
    from training.engine.results import class_summary

    return class_summary(ClassMetrics(shots, conf, 1.0, "none"), [])
