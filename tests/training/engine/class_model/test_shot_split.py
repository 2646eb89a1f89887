"""What can be held out: no single complete image, where all that a class of few boxes knows of others lies in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.engine.class_model.shot_split import ShotSplit, can_hold_out, folds
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage

CLASS = 1


def split(shots: list[int], complete: int) -> ShotSplit:
    """Images with so many shots each; the first ones are complete."""
    images = [
        JobImage(
            number, Path("/a.png"), boxes=tuple(JobBox(None, CLASS, (9 * x, 0, 9 * x + 5, 5)) for x in range(count)),
            complete_for=frozenset([CLASS] if number < complete else []),
        )
        for number, count in enumerate(shots)
    ]  # fmt: skip
    return ShotSplit(images, folds(range(len(images)), 10, 0), 12, 640)


@pytest.mark.parametrize(
    ("shots", "complete", "able"),
    [
        ([4], 1, False),
        ([1, 1, 1], 1, False),
        ([1, 1, 0], 2, True),
        ([1, 1, 1], 0, True),
        ([5, 3, 1], 1, False),
        ([5, 4, 1], 1, True),
    ],
    ids=["one image", "one is complete", "two are", "none is", "nine boxes", "ten boxes"],
)
def test_the_only_complete_image_of_few_boxes_is_not_held_out(shots: list[int], complete: int, able: bool) -> None:
    assert can_hold_out(split(shots, complete), CLASS, DEFAULTS.shot_split) is able
