"""Few-shot quality and time on real photos: shots are drawn by seed, everything else is labelled and compared with the truth."""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from training.engine.headless import ROOT, Wish, autolabel

DATA = ROOT.parent / "shared" / "data"
SETS = ("raccoon/raccoon", "playing_cards/queen", "bccd/Platelets", "bccd/WBC", "tomato/tomato")
Truths = dict[str, list[list[float]]]


def draw(
    coco: dict[str, Any], class_id: int, shots: int, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Images shuffled by the seed; whole images with the class are shots until there are enough boxes, the rest is tested."""
    counts: dict[int, int] = {}
    for row in coco["annotations"]:
        if row["category_id"] == class_id:
            counts[row["image_id"]] = counts.get(row["image_id"], 0) + 1
    order = sorted(coco["images"], key=lambda image: image["id"])
    random.Random(seed).shuffle(order)
    given: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    boxes = 0
    for image in order:
        if boxes < shots and counts.get(image["id"]):
            given.append(image)
            boxes += counts[image["id"]]
        else:
            rest.append(image)
    return given, rest


def one_run(name: str, class_name: str, seed: int, args: argparse.Namespace) -> dict[str, Any]:
    """One line of the report."""
    source = args.data / name
    coco = json.loads((source / "annotations.json").read_text(encoding="utf-8"))
    class_id = next(row["id"] for row in coco["categories"] if row["name"] == class_name)
    given, rest = draw(coco, class_id, args.shots, seed)
    rest = rest[: args.max_test] if args.max_test else rest
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
        room = Path(folder)
        (room / "images").mkdir()
        for image in rest:
            (room / "images" / image["file_name"]).symlink_to((source / "images" / image["file_name"]).resolve())
        shots = _shots(coco, given, class_id, source, other_classes=args.other_classes)
        (room / "shots.json").write_text(json.dumps(shots), encoding="utf-8")
        cache = args.cache_dir or room / "cache"
        wish = Wish(
            room / "images",
            room / "shots.json",
            room / "out.json",
            args.weights_dir,
            cache,
            args.device,
            args.budget,
            seed,
        )
        start = time.monotonic()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            out = autolabel(wish, nowhere)
        seconds = time.monotonic() - start
    truths: Truths = {image["file_name"]: [] for image in rest}
    names = {image["id"]: image["file_name"] for image in rest}
    for row in coco["annotations"]:
        if row["category_id"] == class_id and row["image_id"] in names:
            truths[names[row["image_id"]]].append(row["bbox"])
    figures = score(out, truths, class_id)
    return {
        "set": name, "class": class_name, "seed": seed, "shot_images": len(given), "tested": len(rest), **figures,
        "seconds": round(seconds, 1), "expected": out["info"]["classes"][str(class_id)],
    }  # fmt: skip


def _shots(
    coco: dict[str, Any], given: list[dict[str, Any]], class_id: int, source: Path, *, other_classes: bool
) -> dict[str, Any]:
    ids = {image["id"] for image in given}
    rows = [
        row for row in coco["annotations"]
        if row["image_id"] in ids and (other_classes or row["category_id"] == class_id)
    ]  # fmt: skip
    images = [{**image, "file_name": str((source / "images" / image["file_name"]).resolve())} for image in given]
    categories = [row for row in coco["categories"] if other_classes or row["id"] == class_id]
    return {"images": images, "annotations": rows, "categories": categories}


def score(out: dict[str, Any], truths: Truths, class_id: int) -> dict[str, float]:
    """Precision, recall and F1 of all boxes in OUT, the best F1 that a higher threshold would give, and AP50 of what is there."""
    names = {image["id"]: image["file_name"] for image in out["images"]}
    rows = sorted((row for row in out["annotations"] if row["category_id"] == class_id), key=lambda row: -row["score"])
    free = {name: list(boxes) for name, boxes in truths.items()}
    total = sum(map(len, truths.values()))
    hits, best, area, last, curve = 0, 0.0, 0.0, 0.0, []
    for count, row in enumerate(rows, start=1):
        left = free[names[row["image_id"]]]
        found = max(left, key=lambda box: overlap(box, row["bbox"]), default=None)
        if found is not None and overlap(found, row["bbox"]) >= 0.5:
            left.remove(found)
            hits += 1
        best = max(best, 2 * hits / (count + total))
        curve.append((hits / total, hits / count))
    for place, (recall, _) in enumerate(curve):
        area += (recall - last) * max(precision for _, precision in curve[place:])
        last = recall
    precision, recall = hits / max(len(rows), 1), hits / max(total, 1)
    f1 = 2 * hits / max(len(rows) + total, 1)
    named = {"precision": precision, "recall": recall, "f1": f1, "best_f1": best, "ap50": area}
    return {name: round(value, 4) for name, value in named.items()}


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two COCO boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inner = max(width, 0.0) * max(height, 0.0)
    return inner / (a[2] * a[3] + b[2] * b[3] - inner)


def line(run: dict[str, Any]) -> str:
    """One run in words."""
    return (
        f"{run['set']}/{run['class']} seed {run['seed']}: P {run['precision']:.3f} R {run['recall']:.3f} F1 {run['f1']:.3f}"
        f" (best F1 {run['best_f1']:.3f}, AP50 {run['ap50']:.3f}; expected F1 {run['expected']['f1'] or 0:.2f}),"
        f" {run['tested']} images in {run['seconds']:.0f} s"
    )


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10, help="boxes that are given")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--max-test", type=int, default=0, help="at most so many test images (0: all)")
    parser.add_argument("--budget", default="fast", choices=("fast", "best"))
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--other-classes", action="store_true", help="give the other classes' boxes of the shot images too"
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--weights-dir", type=Path, default=Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    )
    parser.add_argument("--cache-dir", type=Path, help="keep features here between runs (default: none are kept)")
    parser.add_argument("--json", type=Path, help="write all figures here")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Runs what was asked for and prints a line each, then the means."""
    args = parse(arguments)
    runs = []
    for name in args.sets:
        set_name, class_name = name.split("/", 1)
        if not (args.data / set_name).is_dir():
            print(f"{set_name} is not under {args.data}: skipped", file=sys.stderr)
            continue
        own = []
        for seed in args.seeds:
            own.append(one_run(set_name, class_name, seed, args))
            print(line(own[-1]), flush=True)
        mean = {key: statistics.mean(run[key] for run in own) for key in ("f1", "best_f1", "ap50", "seconds")}
        print(
            f"{name} mean of {len(own)}: F1 {mean['f1']:.3f} (best F1 {mean['best_f1']:.3f}, AP50 {mean['ap50']:.3f}),"
            f" {mean['seconds']:.0f} s", flush=True,
        )  # fmt: skip
        runs += own
    if args.json:
        args.json.write_text(json.dumps(runs, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
