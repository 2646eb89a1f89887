"""Boxes and candidates: overlaps, suppression, and shapes that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.class_model.thresholds import state_of
from training.engine.core.boxes import as_boxes, iou, lies_inside, nms
from training.engine.core.dense import Proposals
from training.engine.tuning import DEFAULTS


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 10, 10], [0, 0, 10, 10], 1.0),
        ([0, 0, 10, 10], [5, 0, 15, 10], 1 / 3),
        ([0, 0, 10, 10], [10, 10, 20, 20], 0.0),
        ([0, 0, 0, 0], [0, 0, 10, 10], 0.0),
    ],
)
def test_iou(a: list[float], b: list[float], expected: float) -> None:
    assert iou(as_boxes([a]), as_boxes([b]))[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("count", [0, 3])
def test_iou_with_nothing(count: int) -> None:
    assert iou(as_boxes([[0, 0, 1, 1]] * count), as_boxes([])).shape == (count, 0)


def test_nms_keeps_the_best_first() -> None:
    boxes = as_boxes([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    assert nms(boxes, np.array([0.5, 0.9, 0.7], dtype=np.float32), 0.5).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("xyxy", "score", "source"),
    [
        (np.zeros((2, 3)), np.zeros(2), np.zeros(2)),
        (np.zeros((2, 4)), np.zeros(3), np.zeros(2)),
        (np.zeros((2, 4)), np.zeros(2), np.zeros(1)),
        (np.full((1, 4), np.nan), np.zeros(1), np.zeros(1)),
    ],
)
def test_candidates_check_shapes(xyxy: np.ndarray, score: np.ndarray, source: np.ndarray) -> None:
    with pytest.raises(ValueError):
        Proposals(xyxy, score, source)


def test_candidates_merge_prefers_the_better_source() -> None:
    head = Proposals.of([[0, 0, 10, 10]], [0.4], "head")
    generic = Proposals.of([[0, 0, 10, 10.5], [30, 30, 40, 40]], [0.8, 0.1], "generic")
    merged = Proposals.merge([head, generic], 0.7)
    assert merged.score.tolist() == pytest.approx([0.8, 0.1])
    assert len(Proposals.merge([], 0.7)) == 0


PAIRS = as_boxes([[0, 0, 100, 100], [5, 5, 105, 105], [20, 20, 60, 60], [300, 300, 400, 400]])
PROBABILITY = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)


@pytest.mark.parametrize(("nested", "kept"), [(True, [0, 2, 3]), (False, [0, 3])])
def test_one_suggestion_per_object(nested: bool, kept: list[int]) -> None:
    assert suppress(PAIRS, PROBABILITY, SuppressionRules(0.5, nested, 0.85)).tolist() == kept


@pytest.mark.parametrize(
    ("shots", "nested"),
    [
        ([[[0, 0, 10, 10]], [[0, 0, 10, 10]]], False),
        ([[[0, 0, 10, 10], [2, 2, 5, 5]]], True),
        ([[[0, 0, 10, 10]]], True),
        ([[[0, 0, 10, 10], [20, 0, 30, 10]]], False),
    ],
)
def test_nesting_is_learned_from_the_shots(shots: list[list[list[float]]], nested: bool) -> None:
    assert SuppressionRules.of([as_boxes(boxes) for boxes in shots], DEFAULTS.suppression).nested is nested


@pytest.mark.parametrize(("probability", "state"), [(0.1, None), (0.4, "review"), (0.89, "review"), (0.9, "auto")])
def test_states(probability: float, state: str | None) -> None:
    assert state_of(probability, 0.4, 0.9) == state


@pytest.mark.parametrize(
    ("box", "regions", "inside"),
    [
        ((0, 0, 10, 10), [], False),
        ((0, 0, 10, 10), [(0, 0, 100, 100)], True),
        ((0, 0, 10, 10), [(5, 0, 100, 100)], True),
        ((0, 0, 10, 10), [(5.1, 0, 100, 100)], False),
        ((0, 0, 10, 10), [(6, 0, 100, 100), (0, 6, 100, 100)], False),  # not each a little
        ((0, 0, 100, 100), [(0, 0, 10, 10)], False),
    ],
)
def test_what_lies_mostly_in_a_region(box: tuple[float, ...], regions: list[tuple[float, ...]], inside: bool) -> None:
    assert lies_inside(as_boxes([box]), as_boxes(regions), 0.5).tolist() == [inside]
