"""The benchmark's figures: each truth is found once, AP and calibration as they are defined, minutes by the effort
model.
"""

from __future__ import annotations

import pytest

from bench.engine.measure import ADJUST, DRAW, LOOK, Guess, by_chance, calibration, figures, pooled
from bench.engine.report import by_size, reliability

TRUTHS = {"a": [[0, 0, 10, 10]], "b": [[0, 0, 10, 10], [50, 50, 10, 10]], "c": []}
HIT, ALSO = Guess("a", [0, 0, 10, 10], 0.95, auto=True), Guess("b", [50, 50, 10, 10], 0.85)
LOOSE = Guess("b", [0, 0, 10, 6], 0.7)
MISS = Guess("c", [0, 0, 10, 10], 0.75)
TWICE = Guess("a", [1, 0, 10, 10], 0.6)
DROPPED = Guess("b", [0, 0, 10, 10], 0.2, kept=False)


@pytest.mark.parametrize(
    ("guesses", "precision", "recall", "f1", "ap50", "strict"),
    [
        ([], 0, 0, 0, 0, 0),
        ([HIT, ALSO, LOOSE], 1, 1, 1, 1, 4 / 6),
        ([HIT, ALSO, MISS], 2 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3),
        ([HIT, TWICE], 1 / 2, 1 / 3, 2 / 5, 1 / 3, 2 / 5),
        ([HIT, ALSO, DROPPED], 1, 2 / 3, 4 / 5, 1, 4 / 5),
        ([MISS, HIT], 1 / 2, 1 / 3, 2 / 5, 1 / 3, 2 / 5),
    ],
)
def test_figures(guesses: list[Guess], precision: float, recall: float, f1: float, ap50: float, strict: float) -> None:
    found = figures(guesses, TRUTHS)
    assert (found.precision, found.recall, found.f1, found.ap50, found.f1_strict) == pytest.approx(
        (precision, recall, f1, ap50, strict)
    )


def test_what_was_dropped_counts_for_the_best_threshold_and_the_reach() -> None:
    found = figures([HIT, ALSO, DROPPED], TRUTHS)
    assert (found.best_f1, found.recall_all) == (1, 1)


def test_auto_accepted() -> None:
    found = figures([HIT, ALSO, Guess("c", [0, 0, 5, 5], 0.99, auto=True)], TRUTHS)
    assert (found.auto_precision, found.auto_share) == (0.5, 0.5)
    assert figures([ALSO], TRUTHS).auto_precision is None


def test_calibration_is_the_gap_between_word_and_deed() -> None:
    assert figures([HIT, ALSO], TRUTHS).ece == pytest.approx((0.05 + 0.15) / 2)


@pytest.mark.parametrize(
    ("scores", "expected"), [([], 0), ([1.0, 1.0], 0), ([0.5], 0.5), ([0.9], 0.18), ([0.5, 0.5], 0.5)]
)
def test_chance_alone_makes_a_gap(scores: list[float], expected: float) -> None:
    assert by_chance(scores) == pytest.approx(expected)


def test_bins_of_several_runs_are_pooled() -> None:
    lucky, unlucky = (figures(guesses, TRUTHS).bins for guesses in ([HIT], [Guess("c", [0, 0, 9, 9], 0.95)]))
    assert calibration(lucky) == pytest.approx(0.05)
    assert calibration(unlucky) == pytest.approx(0.95)
    both = pooled([lucky, unlucky, []])
    assert [(one.place, one.count, one.hits) for one in both] == [(9, 2, 1)]
    assert calibration(both) == pytest.approx(0.45)
    assert calibration([]) == 0


def test_minutes() -> None:
    found = figures([HIT, LOOSE, MISS], TRUTHS)
    assert found.minutes_by_hand * 60 == pytest.approx(3 * DRAW)
    assert found.minutes_saved * 60 == pytest.approx(3 * DRAW - 3 * LOOK - ADJUST - DRAW)


def test_pycocotools_figures_are_in_the_rows_and_in_the_report() -> None:
    row = figures([HIT, ALSO, DROPPED], TRUTHS).rounded()
    assert row["coco"]["ap50"] == pytest.approx(1.0)
    assert row["coco"]["ap75"] == pytest.approx(1.0)
    assert "| 0.9-1.0 | 1 | 0.950 | 1.000 |" in reliability([{**row, "method": "engine"}])
    assert row["coco"]["ap_large"] is None
    run = {"method": "engine", "set": "made", "class": "square", "shots": 5, "seed": 0, **row}
    lines = by_size([run, run | {"coco": None}]).splitlines()
    assert lines[-1] == "| made/square | 5 | 1.000 | 1.000 | 1.000 | 1.000 | - | - | 1.000 |"
    assert by_size([run | {"coco": None}]) == ""
