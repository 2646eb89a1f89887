"""One suggestion per object: how far boxes may overlap is what people's own boxes show."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.class_model.suppression import (
    SuppressionRules,
    second_claims,
    shared_classes,
    suppress,
    suppress_rivals,
)
from training.engine.class_model.thresholds import NEVER, state_of
from training.engine.core.boxes import as_boxes
from training.engine.tuning import DEFAULTS

APART = [[0, 0, 10, 10], [50, 50, 60, 60]]
TOUCHING = [[0, 0, 10, 10], [5, 0, 15, 10]]
NESTED = [[0, 0, 100, 100], [10, 10, 30, 30]]


@pytest.mark.parametrize(
    ("shots", "overlap", "nested"),
    [
        ([APART], 0.3, False),
        ([TOUCHING], 0.4333, False),
        ([NESTED], 0.3, True),
        ([[[0, 0, 10, 10]]], 0.3, True),
        ([], 0.3, True),
    ],
)
def test_rules_follow_the_shots(shots: list[list[list[float]]], overlap: float, nested: bool) -> None:
    rules = SuppressionRules.of([as_boxes(boxes) for boxes in shots], DEFAULTS.suppression)
    assert rules.overlap == pytest.approx(overlap, abs=1e-3)
    assert rules.nested is nested


def test_the_more_probable_box_stays() -> None:
    boxes = as_boxes([[0, 0, 100, 100], [20, 0, 120, 100], [300, 0, 400, 100]])
    keep = suppress(boxes, np.array([0.4, 0.9, 0.5], np.float32), SuppressionRules(0.3, nested=True, inside=0.85))
    assert keep.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("rival", "second", "chance"),
    [
        ([10, 10, 30, 30], [1], [0.5 * (1 - 0.9)]),  # a part is surer than the whole
        ([40, 0, 140, 100], [1], [0.5 * (1 - 0.9)]),  # overlaps more than people's boxes do
        ([20, 0, 120, 100], [], []),  # a copy of the surer one
        ([200, 0, 300, 100], [], []),  # apart: it never gave way
    ],
)
def test_a_box_that_gave_way_may_be_another_object(rival: list[int], second: list[int], chance: list[float]) -> None:
    boxes, probability = as_boxes([rival, [0, 0, 100, 100]]), np.array([0.9, 0.5], np.float32)
    rules = SuppressionRules(0.3, nested=False, inside=0.85)
    found, values = second_claims(boxes, probability, suppress(boxes, probability, rules), rules, 0.5)
    assert found.tolist() == second
    assert values.tolist() == pytest.approx(chance)


@pytest.mark.parametrize(("probability", "state"), [(0.2, None), (0.5, "review"), (0.9, "auto"), (0.95, "auto")])
def test_state(probability: float, state: str | None) -> None:
    assert state_of(probability, 0.5, 0.9) == state


def test_nothing_is_accepted_unseen_where_nothing_was_measured() -> None:
    assert state_of(1.0, 0.5, NEVER) == "review"


SAME = [[0, 0, 10, 10], [0, 0, 10, 11], [50, 50, 60, 60]]


@pytest.mark.parametrize(
    ("classes", "probability", "both", "stay"),
    [
        ([1, 2, 2], [0.4, 0.8, 0.5], frozenset(), [1, 2]),
        ([1, 2, 2], [0.6, 0.8, 0.5], frozenset(), [1, 0, 2]),
        ([1, 2, 2], [0.99, 2.0, 0.5], frozenset(), [1, 2]),
        ([1, 2, 2], [0.4, 0.8, 0.5], frozenset({(1, 2)}), [1, 2, 0]),
        ([2, 1, 1], [0.4, 0.8, 0.5], frozenset({(1, 2)}), [1, 2, 0]),
        ([1, 1, 2], [0.4, 0.8, 0.9], frozenset(), [2, 1, 0]),
    ],
    ids=[
        "rivals",
        "too close",
        "a person's word",
        "people gave both",
        "whatever the order of ids",
        "copies within a class",
    ],
)
def test_classes_compete_for_an_object(
    classes: list[int], probability: list[float], both: frozenset[tuple[int, int]], stay: list[int]
) -> None:
    keep = suppress_rivals(
        as_boxes(SAME), np.array(probability, np.float32), np.array(classes), both, DEFAULTS.suppression
    )
    assert keep.tolist() == stay


@pytest.mark.parametrize(
    ("boxes", "classes", "pairs"),
    [
        (SAME, [5, 3, 1], {(3, 5)}),
        (SAME, [5, 5, 1], {(5, 5)}),
        (APART, [1, 2], set()),
        ([], [], set()),
    ],
)
def test_classes_that_people_gave_to_one_object(
    boxes: list[list[float]], classes: list[int], pairs: set[tuple[int, int]]
) -> None:
    assert shared_classes([(as_boxes(boxes), np.array(classes, np.int64))], DEFAULTS.suppression) == pairs
