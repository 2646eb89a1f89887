"""Pseudo-labels: sure boxes teach, unsure ones are to be painted over, and images that people spoke of are left
alone.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.training.engine.records import verification
from training.engine.class_model.metrics import ClassMetrics
from training.engine.stages.finetune import pseudo_labels
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage

BOXES = [[0, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90]]
SPOKEN = (JobBox(None, 7, (0.0, 0.0, 10.0, 10.0)),)


@pytest.mark.parametrize(
    ("boxes", "rejected", "probability", "sure", "unsure"),
    [
        ((), (), [0.95, 0.5, 0.01], 1, 1),
        ((), (), [0.95, 0.93, 0.2], 2, 1),
        ((), (), [0.5, 0.4, 0.3], None, None),
        (SPOKEN, (), [0.95, 0.5, 0.01], None, None),
        ((), SPOKEN, [0.95, 0.5, 0.01], None, None),
    ],
    ids=["one sure", "two sure", "none sure", "labelled", "rejected"],
)
def test_only_what_is_sure_and_unspoken_trains(
    boxes: tuple[JobBox, ...],
    rejected: tuple[JobBox, ...],
    probability: list[float],
    sure: int | None,
    unsure: int | None,
) -> None:
    image = JobImage(3, Path("/a.png"), None, None, None, True, boxes, rejected, frozenset())
    verified = {7: verification([3, 3, 3], BOXES, probability, ClassMetrics(10, 0.5, 0.9, "loo"))}
    job: Any = SimpleNamespace(images=[image], targets=[image])
    labels = pseudo_labels(job, verified, DEFAULTS)
    assert [(len(one.sure), len(one.unsure)) for one in labels] == ([] if sure is None else [(sure, unsure)])


def test_images_of_the_validation_split_are_not_trained_on() -> None:
    image = JobImage(3, Path("/a.png"), split="val")
    verified = {7: verification([3], BOXES[:1], [0.99], ClassMetrics(10, 0.5, 0.9, "loo"))}
    job: Any = SimpleNamespace(images=[image], targets=[image])
    assert pseudo_labels(job, verified, DEFAULTS) == []
