"""What answers teach: a simulated reviewer answers twenty suggestions a round; F1 on images that are never asked about.

Two orders of asking are compared: the review page's own (`annotations.review.ranking`: doubt times variety, and a tenth
by lot), and chance alone. What the first saves is how many answers sooner it comes to where chance ends.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from annotations.review.ranking import Question, most_useful
from bench.engine.fewshot import Case, CaseSample, prepare
from bench.engine.measure import Guess, figures, overlap
from bench.engine.options import add_usual
from training.engine.autolabel import ROOT

SETS = ("raccoon/raccoon", "bccd/Platelets", "playing_cards/queen")
ANSWERS = 20
ROUNDS = 3
ORDERS = ("useful", "chance")


@dataclass
class ImageAnswers:
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


def label(
    drawn: CaseSample, said: dict[str, ImageAnswers], seed: int, args: argparse.Namespace
) -> list[dict[str, Any]]:
    """The engine's results with all that is known so far."""
    with tempfile.TemporaryDirectory(prefix="labelhub-reviews-") as folder:
        images = []
        for number, image in enumerate([*drawn.given, *drawn.rest], start=1):
            name = image["file_name"]
            given = number <= len(drawn.given)
            reported = said.get(name, ImageAnswers())
            boxes = [xyxy(box) for box in drawn.truths[name]] if given else reported.boxes
            images.append({
                "id": number, "path": str((drawn.folder / name).resolve()), "target": not given,
                "boxes": [{"id": None, "class_id": 1, "xyxy": box} for box in boxes],
                "rejected": [{"id": None, "class_id": 1, "xyxy": box} for box in reported.rejected],
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


def asked(rows: list[dict[str, Any]], order: str, rng: random.Random) -> list[dict[str, Any]]:
    """Which suggestions to ask about: the first of the order."""
    rows = [row for row in rows if row["kept"]]
    rng.shuffle(rows)
    if order == "chance":
        return rows[:ANSWERS]
    questions = [
        Question(place, row["image"], row["probability"], _loudest(row)) for place, row in enumerate(rows)
    ]  # fmt: skip
    by_lot = len(questions) // 10
    return [rows[place] for place in most_useful(questions[by_lot:], questions[:by_lot])[:ANSWERS]]


def _loudest(row: dict[str, Any]) -> tuple[Any, ...] | None:
    """The shot that speaks loudest for a suggestion."""
    shots = [near for near in row["neighbours"] if near["positive"]]
    return (shots[0]["image_id"], *shots[0]["xyxy"]) if shots else None


def saved(useful: Sequence[float], chance: Sequence[float]) -> float:
    """How many answers sooner the useful order comes to the F1 at which chance ends; negative where it ends below.

    Both: F1 after 0, 1, 2, ... rounds. Between rounds, and past the last at its slope, F1 is taken for linear.
    """
    best = np.maximum.accumulate(useful)
    asked_for = np.arange(len(best)) * ANSWERS
    if best[-1] < chance[-1]:
        slope = max((best[-1] - best[0]) / asked_for[-1], 1e-4)
        return float(max((best[-1] - chance[-1]) / slope, -asked_for[-1]))
    reached = int(np.argmax(best >= chance[-1]))
    if not reached:
        return float(asked_for[-1])
    part = (chance[-1] - best[reached - 1]) / (best[reached] - best[reached - 1])
    return float(asked_for[-1] - (asked_for[reached - 1] + part * ANSWERS))


def answer(rows: list[dict[str, Any]], drawn: CaseSample, said: dict[str, ImageAnswers]) -> None:
    """Accepts what finds a true box, drawn as it truly is; rejects the rest."""
    for row in rows:
        reported = said.setdefault(row["image"], ImageAnswers())
        truths = [box for box in drawn.truths[row["image"]] if xyxy(box) not in reported.boxes]
        best = max(truths, key=lambda box: overlap(box, xywh(row["xyxy"])), default=None)
        if best is not None and overlap(best, xywh(row["xyxy"])) >= 0.5:
            reported.boxes.append(xyxy(best))
        else:
            reported.rejected.append(row["xyxy"])


def main(arguments: list[str] | None = None) -> int:
    """Prints F1 after each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--orders", nargs="+", default=list(ORDERS), choices=ORDERS)
    add_usual(parser)
    args = parser.parse_args(arguments)
    args.cache_dir, args.weights_dir = args.cache_dir.resolve(), args.weights_dir.resolve()
    means: dict[str, list[list[float]]] = {order: [] for order in args.orders}
    for name in args.sets:
        set_name, class_name = name.split("/", 1)
        for seed in args.seeds:
            _, drawn = prepare(Case(set_name, class_name, args.shots, seed), args.data, 160)
            first = label(drawn, {}, seed, args)
            for order in args.orders:
                line, yes, no = learned_by(order, first, drawn, seed, args)
                means[order].append(line)
                words = " -> ".join(f"{value:.3f}" for value in line)
                print(f"{name} seed {seed}, {order:6}: F1 {words}; {yes} yes, {no} no", flush=True)
    for order, lines in means.items():
        words = " -> ".join(f"{mean(column):.3f}" for column in zip(*lines, strict=True))
        print(f"mean of {len(lines)}, {order:6}: F1 {words}")
    if len(means) == len(ORDERS):
        each = [saved(*pair) for pair in zip(means["useful"], means["chance"], strict=True)]
        at_mean = saved(*([mean(column) for column in zip(*means[order], strict=True)] for order in ORDERS))
        listed = ", ".join(f"{one:.0f}" for one in each)
        print(f"answers saved of {ROUNDS * ANSWERS}, by the means {at_mean:.0f}; draw by draw {listed}")
    return 0


def learned_by(
    order: str, rows: list[dict[str, Any]], drawn: CaseSample, seed: int, args: argparse.Namespace
) -> tuple[list[float], int, int]:
    """F1 after each round on images that are never asked about, and how many answers were yes and no.

    rows: what was suggested before any answer.
    """
    tested = {image["file_name"]: drawn.truths[image["file_name"]] for image in drawn.rest[::2]}
    rng, said = random.Random(seed), dict[str, ImageAnswers]()
    line = [_f1(rows, tested)]
    for _ in range(ROUNDS):
        answer(asked([row for row in rows if row["image"] not in tested], order, rng), drawn, said)
        rows = label(drawn, said, seed, args)
        line.append(_f1(rows, tested))
    return (
        line,
        sum(len(reported.boxes) for reported in said.values()),
        sum(len(reported.rejected) for reported in said.values()),
    )


def _f1(rows: list[dict[str, Any]], tested: dict[str, list[list[float]]]) -> float:
    guesses = [
        Guess(row["image"], xywh(row["xyxy"]), row["probability"], kept=row["kept"])
        for row in rows
        if row["image"] in tested
    ]  # fmt: skip
    return figures(guesses, tested).f1


if __name__ == "__main__":
    sys.exit(main())
