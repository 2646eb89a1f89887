"""What a review threshold is chosen for: precision, recall, F1 and time saved of each aim, read from kept traces.

`python bench/engine/thresholds.py FOLDER` (traces of bench/engine/leave_out.py). The thresholds of today are moved by
so many log odds; how many each aim takes is chosen on all sets but one, and reported on the one that was left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from annotations.answers import ADJUST, DRAW, LOOK
from bench.engine.leave_out import LEAST_TRUE
from bench.engine.measure import HIT, STRICT
from bench.engine.traces import Trace, kept
from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import iou
from training.engine.tuning import DEFAULTS
from training.protocol.limits import AIMS

SHIFTS = np.round(np.arange(-2.0, 4.01, 0.25), 2)
FEW = 0.9  # mean precision that "few mistakes" is to have
NAMES = ("precision", "recall", "F1", "time saved", "false an image")


@dataclass(frozen=True, slots=True)
class Draw:
    """A trace's objects, surest first. share: overlap with the true box that each finds, 0 where it finds none."""

    set_name: str
    name: str
    probability: FloatArray
    share: FloatArray
    truths: int
    images: int
    review: float

    @classmethod
    def of(cls, trace: Trace) -> Draw:
        """All objects of a trace, also those below its threshold."""
        rules = SuppressionRules(trace.facts["overlap"], trace.facts["nested"], DEFAULTS.suppression.inside)
        table, p = trace.candidates("last"), trace.arrays["last_p"]
        probability, share = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
        for image, rows in table.spans().items():
            first = suppress(table.xyxy[rows], p[rows], rules)
            first = first[np.argsort(-p[rows][first], kind="stable")]
            truths = trace.arrays["truth_xyxy"][trace.arrays["truth_image"] == image]
            probability.append(p[rows][first])
            share.append(_found(table.xyxy[rows][first], truths))
        joined, shares = np.concatenate(probability), np.concatenate(share)
        order = np.argsort(-joined, kind="stable")
        return cls(
            trace.set_name, trace.name, joined[order], shares[order], len(trace.arrays["truth_image"]),
            len(trace.arrays["tested_image"]), float(trace.facts["review"]),
        )  # fmt: skip

    def at(self, threshold: float) -> FloatArray:
        """In the order of NAMES."""
        share = self.share[self.probability >= threshold]
        hits, loose = int((share > 0).sum()), int(((share > 0) & (share < STRICT)).sum())
        spent = len(share) * LOOK + loose * ADJUST + (self.truths - hits) * DRAW
        return np.array([
            hits / len(share) if len(share) else 1.0, hits / self.truths, 2 * hits / (len(share) + self.truths),
            1 - spent / (self.truths * DRAW), (len(share) - hits) / self.images,
        ])  # fmt: skip


def _found(boxes: FloatArray, truths: FloatArray) -> FloatArray:
    share = np.zeros(len(boxes), dtype=np.float32)
    free = iou(boxes, truths)
    for row in range(len(boxes) if len(truths) else 0):
        best = int(free[row].argmax())
        if free[row, best] >= HIT:
            share[row] = free[row, best]
            free[:, best] = 0
    return share


def moved(threshold: float, shift: float) -> float:
    """A threshold so many log odds higher."""
    return float(1 / (1 + np.exp(-(np.log(threshold / (1 - threshold)) + shift))))


def higher(by: float) -> Callable[[Draw], float]:
    """Each draw's own threshold, so many log odds higher."""
    return lambda one: moved(one.review, by)


def means(draws: Sequence[Draw], threshold: Callable[[Draw], float]) -> FloatArray:
    """Means over classes, each of them a mean over its draws."""
    by_class: dict[str, list[FloatArray]] = {}
    for one in draws:
        by_class.setdefault(one.name, []).append(one.at(threshold(one)))
    return np.asarray(np.mean([np.mean(rows, axis=0) for rows in by_class.values()], axis=0), dtype=np.float32)


def chosen(draws: Sequence[Draw], aim: str) -> float:
    """The shift that serves an aim best on these draws."""
    rows = np.stack([means(draws, higher(shift)) for shift in SHIFTS])
    if aim == "precision":
        able = rows[:, 0] >= FEW
        return float(SHIFTS[able.argmax()] if able.any() else SHIFTS[-1])
    return float(SHIFTS[rows[:, 3 if aim == "time" else 2].argmax()])


def left_out(draws: Sequence[Draw], aim: str) -> tuple[FloatArray, Mapping[str, float]]:
    """Figures of an aim, each set at the shift that the others chose; and those shifts."""
    sets = sorted({one.set_name for one in draws})
    shifts = {name: chosen([one for one in draws if one.set_name != name], aim) for name in sets}
    return means(draws, lambda one: moved(one.review, shifts[one.set_name])), shifts


def _line(name: str, row: FloatArray) -> str:
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |"


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args(arguments)
    draws = [Draw.of(trace) for trace in kept(args.folder) if len(trace.arrays["truth_image"]) >= LEAST_TRUE]
    classes, sets = {one.name for one in draws}, {one.set_name for one in draws}
    print(f"{len(draws)} draws of {len(classes)} classes of {len(sets)} sets")
    print("| | " + " | ".join(NAMES) + " |\n" + "|---" * (len(NAMES) + 1) + "|")
    for shift in SHIFTS:
        print(_line(f"today's {shift:+.2f}", means(draws, higher(shift))))
    for aim in AIMS:
        row, shifts = left_out(draws, aim)
        print(_line(f"{aim}, left out", row), shifts, chosen(draws, aim))
    for aim, by in zip(AIMS, (0.0, *DEFAULTS.thresholds.stricter), strict=True):
        print(_line(f"{aim}, {by:+.2f}", means(draws, higher(by))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
