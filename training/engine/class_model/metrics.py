"""Precision, recall and average precision of held-out shots."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from training.engine.core.arrays import BoolArray, FloatArray
from training.protocol.intervals import wilson


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """A class's thresholds and figures. measured: loo (leave one image out) or none.

    low, high: the ends of 95 % intervals. pr_curve: recall, precision and threshold of each point.
    """

    shots: int
    threshold_review: float
    threshold_auto: float
    measured: str
    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    recall: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    f1: float | None = None
    ap50: float | None = None
    pr_curve: list[list[float]] = field(default_factory=list)

    def at(self, review: float) -> ClassMetrics:
        """The same with another review threshold and the figures that held-out shots have there, read from the
        curve.
        """
        auto = max(self.threshold_auto, review)
        moved = replace(self, threshold_review=review, threshold_auto=auto)
        if self.measured == "none" or review == self.threshold_review:
            return moved
        above = [point for point in self.pr_curve if point[2] >= review]
        recall, precision, _ = above[-1] if above else (0.0, 0.0, 0.0)
        hits = round(recall * self.shots)
        return replace(moved, **figures(hits, round(hits / precision) if precision else 0, self.shots))


def figures(hits: int, count: int, truths: int) -> dict[str, Any]:
    """Precision, recall and F1 of so many finds, with the ends of their intervals."""
    precision_low, precision_high = wilson(hits, count)
    recall_low, recall_high = wilson(hits, truths)
    return {
        "precision": hits / count if count else 0.0, "precision_low": precision_low, "precision_high": precision_high,
        "recall": hits / truths, "recall_low": recall_low, "recall_high": recall_high,
        "f1": 2 * hits / (count + truths),
    }  # fmt: skip


def curve(probability: FloatArray, hit: BoolArray, truths: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Precision and recall at each falling threshold."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(hit[order])
    precision = hits / np.arange(1, len(order) + 1)
    recall = hits / max(truths, 1)
    return precision.astype(np.float32), recall.astype(np.float32), probability[order]


def average_precision(precision: FloatArray, recall: FloatArray) -> float:
    """Area under the precision envelope."""
    if not len(precision):
        return 0.0
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(np.concatenate([[0.0], recall]))
    return float((steps * envelope).sum())


def curve_points(
    precision: FloatArray, recall: FloatArray, threshold: FloatArray, own: int, most: int
) -> list[list[float]]:
    """The curve as rounded rows; of a long one `most` points far and near alike, and always the one at place `own`."""
    count = len(precision)
    places = {*np.linspace(0, count - 1, min(count, most)).astype(int).tolist(), max(own, 0)} if count else set()
    return [[round(float(axis[place]), 4) for axis in (recall, precision, threshold)] for place in sorted(places)]
