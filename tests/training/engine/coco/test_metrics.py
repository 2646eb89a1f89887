"""Found boxes against true ones: greedy matching, figures with intervals, and pycocotools' figures by size."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.coco.metrics import Find, coco_figures, evaluate
from training.engine.core.boxes import as_boxes, matches

SMALL, MEDIUM, LARGE = [0, 0, 20, 20], [100, 100, 160, 160], [200, 200, 400, 400]
TRUTHS = {"a": [SMALL, MEDIUM], "b": [LARGE], "c": []}


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], []),
        ([SMALL, MEDIUM], [0, 1]),
        ([SMALL, SMALL], [0, -1]),
        ([LARGE, MEDIUM], [-1, 1]),
        ([[0, 0, 20, 10], SMALL], [0, -1]),  # the better scored one has it, though it overlaps less
        ([[0, 0, 20, 9]], [-1]),
    ],
)
def test_each_truth_is_found_once(boxes: list[list[float]], expected: list[int]) -> None:
    assert matches(as_boxes(boxes), as_boxes([SMALL, MEDIUM]), 0.5).tolist() == expected
    assert matches(as_boxes(boxes), as_boxes([]), 0.5).tolist() == [-1] * len(boxes)


def test_figures_at_the_own_threshold_and_over_all() -> None:
    found = {
        "a": [Find(MEDIUM, 0.9), Find(SMALL, 0.2, kept=False)],
        "b": [Find([0, 0, 50, 50], 0.8), Find(LARGE, 0.7)],
        "elsewhere": [Find(LARGE, 0.99)],
    }
    one = evaluate(found, TRUTHS)
    assert (one.images, one.truths, one.suggested, one.hits) == (3, 3, 3, 2)
    assert (one.precision, one.recall, one.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert one.precision_low < 2 / 3 < one.precision_high
    assert one.coco.ar100 == pytest.approx(1.0)  # what was dropped is counted here
    assert one.plain()["recall"] == 0.6667
    assert one.plain()["ap_small"] == pytest.approx(1.0)


def test_sizes_are_apart() -> None:
    found = {"a": [Find(MEDIUM, 0.9)], "b": [Find([200, 200, 400, 380], 0.8)]}
    one = coco_figures(found, TRUTHS)
    assert (one.ap_small, one.ap_medium) == (0, pytest.approx(1.0))
    assert one.ap_large == pytest.approx(0.9)  # overlaps by .9: a hit up to that
    assert one.ap50 == pytest.approx(67 / 101)


@pytest.mark.parametrize("truths", [{}, {"a": []}])
def test_nothing_to_find_is_not_measured(truths: dict[str, list[list[float]]]) -> None:
    one = evaluate({}, truths)
    assert (one.precision, one.recall, one.f1, one.coco.ap, one.coco.ar100) == (None,) * 5


def test_nothing_found(capfd: pytest.CaptureFixture[str]) -> None:
    one = evaluate({}, TRUTHS)
    assert (one.precision, one.recall, one.f1, one.coco.ap50) == (None, 0, 0, 0)
    assert capfd.readouterr().out == ""


def test_any_numbers_will_do() -> None:
    """numpy's own floats come from the engine, and pycocotools writes into what it is given."""
    found = {1: [Find(np.array(SMALL, dtype=np.float32), np.float32(0.9))]}
    assert evaluate(found, {1: np.array([SMALL], dtype=np.float32)}).hits == 1
