"""The training set: rare classes are shown more often, unsure regions are grey, sure boxes stay visible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.engine.core.boxes import as_boxes
from training.engine.finetune.dataset import painted, repeats, split
from training.engine.tuning import DEFAULTS
from training.engine.vision.images import GREY
from training.protocol.job import JobBox, JobImage


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ({1: [5], 2: [5]}, {1: 1, 2: 1}),
        ({**{number: [5] for number in range(16)}, 99: [6]}, {**dict.fromkeys(range(16), 1), 99: 4}),
        ({1: [], 2: [5]}, {1: 1, 2: 1}),
        ({}, {}),
    ],
)
def test_rare_classes_are_repeated(holds: dict[int, list[int]], expected: dict[int, int]) -> None:
    assert repeats(holds, 4) == expected


def image(pk: int, split: str = "", boxes: int = 1) -> JobImage:
    drawn = tuple(JobBox(None, 5, (1, 1, 9, 9)) for _ in range(boxes))
    return JobImage(pk, Path("x"), boxes=drawn, complete_for=frozenset([5]), split=split)


@pytest.mark.parametrize(
    ("images", "held"),
    [
        ([image(pk, "val" if pk < 3 else "") for pk in range(12)], {0, 1, 2}),
        ([image(0, "val"), image(1, "val", boxes=0), image(2)], {0, 1}),  # however few there are
        ([image(pk, "val") for pk in range(12)], None),  # nothing would be left to train on
        ([image(0, "val", boxes=0), *(image(pk) for pk in range(1, 12))], None),  # there is nothing to validate by
    ],
)
def test_the_validation_split_is_held_out_where_there_is_one(images: list[JobImage], held: set[int] | None) -> None:
    train, validation = split(images, [5], 0, DEFAULTS.training_set)
    if held is None:
        assert len(validation) == 2
    else:
        assert {one.id for one in validation} == held
    assert {one.id for one in train}.isdisjoint(one.id for one in validation)


def test_unsure_regions_are_grey_but_not_what_is_sure() -> None:
    pixels = np.zeros((20, 20, 3), dtype=np.uint8)
    out = painted(pixels, as_boxes([[0, 0, 10, 10]]), as_boxes([[5, 5, 15, 15]]))
    assert (out[2, 2] == GREY).all()
    assert (out[7, 7] == 0).all()
    assert (out[15:, 15:] == 0).all()
    assert (pixels == 0).all()
