"""The figures of one class as the results file holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.engine.class_model.metrics import ClassMetrics
from training.engine.core.arrays import FloatArray
from training.protocol.results import ClassFigures


def plain(box: FloatArray) -> list[float]:
    """A box (4,) as numbers of the results file: pixels with two digits."""
    return [round(float(edge), 2) for edge in box]


def class_summary(measured: ClassMetrics, outlier_box_ids: list[int], errors: Sequence[Any] = ()) -> ClassFigures:
    """A class's figures as the results file names them."""
    return {
        "shots": measured.shots, "threshold_review": round(measured.threshold_review, 4),
        "threshold_auto": round(measured.threshold_auto, 4), "measured": measured.measured,
        "precision": measured.precision, "precision_low": measured.precision_low,
        "precision_high": measured.precision_high, "recall": measured.recall, "recall_low": measured.recall_low,
        "recall_high": measured.recall_high, "f1": measured.f1, "ap50": measured.ap50, "pr_curve": measured.pr_curve,
        "outlier_box_ids": outlier_box_ids, "worst": list(errors),
    }  # fmt: skip
