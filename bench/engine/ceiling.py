"""What all labels of a set would bring: YOLO26n trained on every image that is not tested, `python
bench/engine/ceiling.py`.

The few-shot benchmark beside it is not comparable in effort: this sees hundreds of labelled images. It says how
consistent a set's truth is, and so how much of a shortfall lies in the method.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import DATA, Case, prepare
from bench.engine.measure import Guess, figures
from training.engine import runtime
from training.engine.autolabel import ROOT
from training.engine.vision import weights

EPOCHS = 15
SIDE = 640
LOWEST, USUAL = 0.01, 0.25


def yolo_rows(boxes: list[tuple[int, list[float]]], width: int, height: int) -> str:
    """One line per box: class, centre and size in shares of the image. Boxes are COCO xywh in pixels."""
    return "\n".join(
        f"{place} {(x + w / 2) / width:.6f} {(y + h / 2) / height:.6f} {w / width:.6f} {h / height:.6f}"
        for place, (x, y, w, h) in boxes
    )


def write(room: Path, folder: Path, coco: dict[str, Any], tested: set[str], names: list[str]) -> int:
    """The training set as Ultralytics reads it; how many images it has."""
    places = {row["id"]: names.index(row["name"]) for row in coco["categories"]}
    boxes: dict[int, list[tuple[int, list[float]]]] = {}
    for row in coco["annotations"]:
        boxes.setdefault(row["image_id"], []).append((places[row["category_id"]], row["bbox"]))
    (room / "images").mkdir()
    (room / "labels").mkdir()
    used = [image for image in coco["images"] if image["file_name"] not in tested]
    for image in used:
        name = Path(image["file_name"])
        (room / "images" / name.name).write_bytes((folder / name).read_bytes())
        rows = yolo_rows(boxes.get(image["id"], []), image["width"], image["height"])
        (room / "labels" / f"{name.stem}.txt").write_text(rows, encoding="ascii")
    yaml = {"path": str(room), "train": "images", "val": "images", "names": dict(enumerate(names))}
    (room / "data.yaml").write_text(json.dumps(yaml), encoding="utf-8")
    return len(used)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line per class of the set."""
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="bccd/RBC", metavar="SET/CLASS", help="the draw whose test images are tested")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--weights-dir", type=Path, default=Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    )
    args = parser.parse_args(arguments)
    set_name, class_name = args.set.split("/", 1)
    coco, drawn = prepare(Case(set_name, class_name, 10, args.seed), args.data, 100)
    names = [row["name"] for row in coco["categories"]]
    tested = [image["file_name"] for image in drawn.rest]
    with tempfile.TemporaryDirectory(prefix="labelhub-ceiling-") as folder:
        room = Path(folder)
        count = write(room, drawn.folder, coco, set(tested), names)
        runtime.prepare_environment(room / "settings")
        runtime.seed_everything(args.seed)
        device = runtime.pick_device(args.device)
        model = runtime.load_yolo(weights.resolve("yolo26n", args.weights_dir).path)
        began = time.monotonic()
        model.train(
            data=str(room / "data.yaml"), epochs=args.epochs, imgsz=SIDE, batch=8, workers=0, seed=args.seed,
            deterministic=True, val=False, plots=False, verbose=False, amp=False, patience=args.epochs,
            device=device.removeprefix("cuda:") if device.startswith("cuda") else "cpu", project=str(room), name="run",
        )  # fmt: skip
        seconds = time.monotonic() - began
        best = runtime.load_yolo(Path(model.trainer.last))
        found: list[list[Guess]] = [[] for _ in names]
        for name in tested:
            result = best.predict(str(drawn.folder / name), imgsz=SIDE, conf=LOWEST, device=device, verbose=False)[0]
            rows = zip(result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), result.boxes.cls.tolist(), strict=True)
            for (x1, y1, x2, y2), score, place in rows:
                found[int(place)].append(Guess(name, [x1, y1, x2 - x1, y2 - y1], score, kept=score >= USUAL))
    files = {image["id"]: image["file_name"] for image in coco["images"]}
    for category, guesses in zip(coco["categories"], found, strict=True):
        truths: dict[str, list[list[float]]] = {name: [] for name in tested}
        for row in coco["annotations"]:
            if row["category_id"] == category["id"] and files[row["image_id"]] in truths:
                truths[files[row["image_id"]]].append(row["bbox"])
        one = figures(guesses, truths)
        print(
            f"{set_name}/{category['name']}, {count} labelled images, {seconds:.0f} s: F1 {one.f1:.3f} at {USUAL}"
            f" (best {one.best_f1:.3f}, AP50 {one.ap50:.3f}, IoU {one.mean_iou:.3f})",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
