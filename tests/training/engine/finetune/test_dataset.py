"""The training set: rare classes are shown more often, unsure regions are grey, sure boxes stay visible."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.core.boxes import as_boxes
from training.engine.finetune.dataset import painted, repeats
from training.engine.vision.images import GREY


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


def test_unsure_regions_are_grey_but_not_what_is_sure() -> None:
    pixels = np.zeros((20, 20, 3), dtype=np.uint8)
    out = painted(pixels, as_boxes([[0, 0, 10, 10]]), as_boxes([[5, 5, 15, 15]]))
    assert (out[2, 2] == GREY).all()
    assert (out[7, 7] == 0).all()
    assert (out[15:, 15:] == 0).all()
    assert (pixels == 0).all()
