"""Worst cases: which held-out mistakes are shown, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.engine.class_model.held_out_errors import HeldOutImage, held_out_errors
from training.engine.core.boxes import as_boxes
from training.engine.tuning import DEFAULTS

SHOT, OTHER = [0.0, 0.0, 100.0, 100.0], [200.0, 0.0, 300.0, 100.0]
HALF = [0.0, 0.0, 100.0, 60.0]  # overlaps SHOT by .6
EMPTY = [400.0, 400.0, 450.0, 450.0]
NEAR = [0.0, 0.0, 100.0, 40.0]  # overlaps SHOT by .4


def held(finds: list[tuple[list[float], float]], shots: list[list[float]], image: int = 1) -> HeldOutImage:
    p = np.array([probability for _, probability in finds], dtype=np.float32)
    return HeldOutImage(image, as_boxes([box for box, _ in finds]), p, as_boxes(shots))


def reported(cases: list[dict[str, Any]]) -> list[tuple[str, list[float], float | None, float]]:
    return [(case["kind"], case["xyxy"], case["probability"], case["iou"]) for case in cases]


@pytest.mark.parametrize(
    ("finds", "shots", "expected"),
    [
        ([(SHOT, 0.9)], [SHOT], []),
        ([(EMPTY, 0.9), (SHOT, 0.8)], [SHOT], [("false", EMPTY, 0.9, 0.0)]),
        ([(EMPTY, 0.4), (SHOT, 0.3)], [SHOT], [("missed", SHOT, None, 0.0)]),
        ([(HALF, 0.9)], [SHOT], [("loose", HALF, 0.9, 0.6)]),
        ([(NEAR, 0.9)], [SHOT], [("false", NEAR, 0.9, 0.4), ("missed", SHOT, None, 0.4)]),
        ([(SHOT, 0.9), (HALF, 0.8)], [SHOT], [("false", HALF, 0.8, 0.6)]),
        ([], [SHOT, OTHER], [("missed", SHOT, None, 0.0), ("missed", OTHER, None, 0.0)]),
        ([(EMPTY, 0.7)], [], [("false", EMPTY, 0.7, 0.0)]),
        ([], [], []),
    ],
)
def test_kinds(finds: list[Any], shots: list[list[float]], expected: list[Any]) -> None:
    assert reported(held_out_errors([held(finds, shots)], 0.5, 0.5, DEFAULTS.held_out_errors)) == expected


def test_a_loose_one_shows_what_a_person_drew() -> None:
    (case,) = held_out_errors([held([(HALF, 0.9)], [SHOT], image=7)], 0.5, 0.5, DEFAULTS.held_out_errors)
    assert (case["image_id"], case["drawn"]) == (7, SHOT)


def test_the_largest_errors_come_first_and_each_kind_has_its_share() -> None:
    images = [held([(EMPTY, 0.5 + place / 100)], [], image=place) for place in range(30)]
    images += [held([], [SHOT], image=100 + place) for place in range(30)]
    images.append(held([(HALF, 0.9)], [SHOT], image=200))
    cases = held_out_errors(images, 0.5, 0.5, DEFAULTS.held_out_errors)
    assert len(cases) == DEFAULTS.held_out_errors.most
    kinds = [case["kind"] for case in cases]
    assert kinds == ["false"] * 6 + ["missed"] * 5 + ["loose"]
    assert [case["image_id"] for case in cases[:6]] == [29, 28, 27, 26, 25, 24]
