"""What a fine-tuned detector still knows: base classes on VOC pictures before and after, and the new class with and
without them.

Shots are drawn as in bench/engine/fewshot.py, and the detector is trained by the engine's own train stage, without
pseudo-labels.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import DATA, Case, CaseSample, prepare
from bench.engine.measure import Guess, figures
from training.engine import runtime
from training.engine.autolabel import ROOT
from training.engine.events import Emitter
from training.engine.run import Run
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.stage_store import StageStore
from training.engine.vision.features import WeightStore
from training.protocol.job import Job
from training.protocol.job_file import parse
from training.protocol.results import DetectorFacts

NEW = 1000
SIDE = 640
LOWEST = 0.001
COCO_NAMES = {
    "aeroplane": "airplane", "motorbike": "motorcycle", "sofa": "couch", "pottedplant": "potted plant",
    "diningtable": "dining table", "tvmonitor": "tv",
}  # fmt: skip


def base_ap(path: Path, folder: Path, apart: bool) -> str:
    """AP of the classes that the detector and the VOC pictures share, through pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    model = runtime.load_yolo(path)
    truth = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    places = {name: place for place, name in model.names.items()}
    wanted = {
        places[name]: row["id"]
        for row in truth["categories"]
        if (name := COCO_NAMES.get(row["name"], row["name"])) in places
    }
    if not wanted:
        return "lost"
    rows = [
        {"image_id": image["id"], "category_id": wanted[place], "bbox": box, "score": score}
        for image in truth["images"]
        for box, score, place in find(model, folder / "images" / image["file_name"], sorted(wanted), apart)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        score = COCOeval(coco, coco.loadRes(rows), "bbox")
        score.params.catIds = sorted(wanted.values())
        score.evaluate()
        score.accumulate()
        score.summarize()
    return f"AP50 {score.stats[1]:.3f} AP50-95 {score.stats[0]:.3f}"


def base_line(path: Path, data: Path) -> str:
    """Base AP as LabelHub uses its trained detectors, and as Ultralytics' own predict gives it."""
    apart, stock = (base_ap(path, data / "voc100", one) for one in (True, False))
    return f"{apart} ({stock} by Ultralytics' predict)"


def find(model: Any, path: Path, places: list[int], apart: bool) -> list[tuple[list[float], float, int]]:
    """xywh, score and class place of everything that a detector finds.

    apart: as LabelHub uses its trained detectors.
    """
    from training.engine.finetune.predict import EveryClassPredictor

    predictor = EveryClassPredictor if apart else None
    boxes = model.predict(
        str(path), imgsz=SIDE, conf=LOWEST, classes=places, verbose=False, predictor=predictor
    )[0].boxes  # fmt: skip
    return [
        ([x1, y1, x2 - x1, y2 - y1], float(score), int(place))
        for (x1, y1, x2, y2), score, place in zip(
            boxes.xyxy.tolist(), boxes.conf.tolist(), boxes.cls.tolist(), strict=True
        )
    ]


def job_of(drawn: CaseSample, case: Case, keep: bool, room: Path, args: argparse.Namespace) -> Job:
    """The run that a person would start for these shots."""
    images = [
        {
            "id": image["id"], "path": str((drawn.folder / image["file_name"]).resolve()),
            "target": image in drawn.rest,
            "complete_for": [] if image in drawn.rest else [NEW],
            "boxes": [] if image in drawn.rest else [
                {"id": None, "class_id": NEW, "xyxy": [x, y, x + w, y + h]} for x, y, w,
                h in drawn.truths[image["file_name"]]
            ],
        }
        for image in (*drawn.given, *drawn.rest)
    ]  # fmt: skip
    return parse({
        "schema": 1, "run": "bench", "kind": "autolabel", "workdir": str(room), "cache_dir": str(room / "cache"),
        "weights_dir": str(args.weights_dir.resolve()), "device": args.device, "seed": case.seed,
        "classes": [{"id": NEW, "name": case.class_name}], "images": images,
        "augment": {"rotate_deg": 30}, "train": {"mode": "always", "epochs": args.epochs, "keep_base": keep},
    })  # fmt: skip


def train(job: Job) -> DetectorFacts:
    """The engine's train stage alone."""
    from training.engine.finetune.trainer import fine_tune

    runtime.seed_everything(job.seed)
    runtime.use_threads()
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        emitter = Emitter(nowhere)
        run = Run(
            job, emitter, runtime.pick_device(job.device), StageStore(job.workdir, hashlib.sha256().hexdigest()),
            WeightStore(job.weights_dir, emitter), FeatureCache(job.cache_dir),
        )  # fmt: skip
        return fine_tune(run, {one.id for one in job.images}, [])


def measure(case: Case, keep: bool, args: argparse.Namespace) -> str:
    """One line of figures."""
    _, drawn = prepare(case, args.data, args.tests)
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
        room = Path(folder)
        start = time.monotonic()
        facts = train(job_of(drawn, case, keep, room, args))
        seconds = time.monotonic() - start
        model = runtime.load_yolo(room / "model" / "detector.pt")
        tests = [image["file_name"] for image in drawn.rest]
        guesses = [
            Guess(name, box, score) for name in tests for box, score, _ in find(model, drawn.folder / name, [0], True)
        ]
        ap50 = figures(guesses, {name: drawn.truths[name] for name in tests}).ap50
        base = base_line(room / "model" / "detector.pt", args.data)
    agreement = f"; agreement {json.dumps(facts['agreement'])}" if keep else ""
    epochs = len(facts["curves"]["epoch"])
    return f"{case.class_name} AP50 {ap50:.3f}; base {base}{agreement}; {epochs} epochs, {seconds:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--weights-dir", type=Path, default=ROOT / "data" / "weights")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--case", default="raccoon/raccoon", help="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--tests", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1])
    parser.add_argument("--keep", choices=("both", "off", "on"), default="both")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as settings:
        runtime.prepare_environment(Path(settings))
        if args.keep == "both":
            print(f"before: base {base_line(args.weights_dir / 'yolo26n.pt', args.data)}", flush=True)
        set_name, class_name = args.case.split("/")
        for seed in args.seeds:
            for keep in {"both": (False, True), "off": (False,), "on": (True,)}[args.keep]:
                said = measure(Case(set_name, class_name, args.shots, seed), keep, args)
                print(f"seed {seed}, keep_base {'on' if keep else 'off'}: {said}", flush=True)


if __name__ == "__main__":
    main()
