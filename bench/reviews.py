"""What answers teach: a simulated reviewer answers twenty suggestions a round; F1 on images that are never asked about.

Two orders of asking are compared: the most doubtful suggestions, at most two an image and a tenth by chance, and chance alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fewshot import DATA, Case, Drawn, prepare
from bench.measure import Guess, figures, overlap
from training.engine.headless import ROOT

SETS = ("raccoon/raccoon", "bccd/Platelets", "playing_cards/queen")
ANSWERS = 20
ROUNDS = 3
PER_IMAGE = 2
CHANCE = 0.1


@dataclass
class Said:
    """What the reviewer said of one image: accepted boxes and rejected ones, xyxy."""

    boxes: list[list[float]] = field(default_factory=list)
    rejected: list[list[float]] = field(default_factory=list)


def xyxy(box: list[float]) -> list[float]:
    """A COCO box by its corners."""
    x, y, width, height = box
    return [x, y, x + width, y + height]


def xywh(box: list[float]) -> list[float]:
    """The inverse of xyxy."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def label(drawn: Drawn, said: dict[str, Said], seed: int, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The engine's results with all that is known so far."""
    with tempfile.TemporaryDirectory(prefix="labelhub-reviews-") as folder:
        images = []
        for number, image in enumerate([*drawn.given, *drawn.rest], start=1):
            name = image["file_name"]
            given = number <= len(drawn.given)
            told = said.get(name, Said())
            boxes = [xyxy(box) for box in drawn.truths[name]] if given else told.boxes
            images.append({
                "id": number, "path": str((drawn.folder / name).resolve()), "target": not given,
                "boxes": [{"id": None, "class_id": 1, "xyxy": box} for box in boxes],
                "rejected": [{"id": None, "class_id": 1, "xyxy": box} for box in told.rejected],
                "complete_for": [1] if given else [],
            })  # fmt: skip
        job = {
            "schema": 1, "run": "reviews", "kind": "autolabel", "workdir": folder, "cache_dir": str(args.cache_dir),
            "weights_dir": str(args.weights_dir), "device": args.device, "budget": "fast", "seed": seed,
            "classes": [{"id": 1, "name": "object"}], "images": images, "train": {"mode": "never"},
        }  # fmt: skip
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "training.engine", str(path)], cwd=ROOT, check=True, capture_output=True
        )  # fmt: skip
        results = json.loads((Path(folder) / "suggestions.json").read_text(encoding="utf-8"))
    names = {number: image["file_name"] for number, image in enumerate([*drawn.given, *drawn.rest], start=1)}
    return [
        {"image": names[image["id"]], **one, "kept": kept}
        for image in results["images"]
        for kept, rows in ((True, image["suggestions"]), (False, image["dropped"]))
        for one in rows
    ]


def asked(rows: list[dict[str, Any]], doubtful: bool, rng: random.Random) -> list[dict[str, Any]]:
    """Which suggestions to ask about."""
    rows = [row for row in rows if row["kept"]]
    rng.shuffle(rows)
    if not doubtful:
        return rows[:ANSWERS]
    by_chance = rows[: round(ANSWERS * CHANCE)]
    chosen, count = list(by_chance), {row["image"]: 1 for row in by_chance}
    for row in sorted(rows[len(by_chance) :], key=lambda row: abs(row["probability"] - 0.5)):
        if len(chosen) < ANSWERS and count.get(row["image"], 0) < PER_IMAGE:
            chosen.append(row)
            count[row["image"]] = count.get(row["image"], 0) + 1
    return chosen


def answer(rows: list[dict[str, Any]], drawn: Drawn, said: dict[str, Said]) -> None:
    """Accepts what finds a true box, drawn as it truly is; rejects the rest."""
    for row in rows:
        told = said.setdefault(row["image"], Said())
        truths = [box for box in drawn.truths[row["image"]] if xyxy(box) not in told.boxes]
        best = max(truths, key=lambda box: overlap(box, xywh(row["xyxy"])), default=None)
        if best is not None and overlap(best, xywh(row["xyxy"])) >= 0.5:
            told.boxes.append(xyxy(best))
        else:
            told.rejected.append(row["xyxy"])


def main(arguments: list[str] | None = None) -> int:
    """Prints F1 after each round."""
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--orders", nargs="+", default=["doubtful", "chance"], choices=("doubtful", "chance"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--weights-dir", type=Path, default=Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    )
    parser.add_argument("--cache-dir", type=Path, default=data / "bench" / "cache")
    args = parser.parse_args(arguments)
    args.cache_dir, args.weights_dir = args.cache_dir.resolve(), args.weights_dir.resolve()
    for name in args.sets:
        set_name, class_name = name.split("/", 1)
        for seed in args.seeds:
            _, drawn = prepare(Case(set_name, class_name, args.shots, seed), args.data, 160)
            tested = {image["file_name"]: drawn.truths[image["file_name"]] for image in drawn.rest[::2]}
            first = label(drawn, {}, seed, args)
            for order in args.orders:
                rng, said, rows, line = random.Random(seed), {}, first, []
                for number in range(ROUNDS + 1):
                    guesses = [
                        Guess(row["image"], xywh(row["xyxy"]), row["probability"], kept=row["kept"])
                        for row in rows if row["image"] in tested
                    ]  # fmt: skip
                    found = figures(guesses, tested)
                    line.append(f"{found.f1:.3f} (AP50 {found.ap50:.3f})")
                    if number == ROUNDS:
                        break
                    answer(
                        asked([row for row in rows if row["image"] not in tested], order == "doubtful", rng),
                        drawn,
                        said,
                    )
                    rows = label(drawn, said, seed, args)
                yes = sum(len(told.boxes) for told in said.values())
                no = sum(len(told.rejected) for told in said.values())
                print(f"{name} seed {seed}, {order:8}: F1 {' -> '.join(line)}; {yes} yes, {no} no", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
