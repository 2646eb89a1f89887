"""Bank, calibration and fusion: evidence is the true nearest, probabilities rise with the signals, figures are
honest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.engine.class_model.bank import Bank, Entries
from training.engine.class_model.logistic import fit_logistic
from training.engine.class_model.metrics import average_precision, curve
from training.engine.class_model.shot_split import folds
from training.engine.class_model.thresholds import (
    NEVER,
    above_crowd,
    best_threshold,
    measure,
    unmeasured_shift,
    unmeasured_threshold,
)
from training.engine.class_model.verifier import Affinity, fit_fusion, usual_fusion
from training.engine.core.boxes import as_boxes
from training.engine.tuning import DEFAULTS
from training.engine.vision.crop_cache import box_keys, snap

SIGNALS = len(usual_fusion(DEFAULTS.verifier).weight)


def bank(*rows: tuple[list[float], bool, int], shots: int = 3, others: int = 2) -> Bank:
    features = np.array([row[0] for row in rows], dtype=np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    count = len(rows)
    return Bank(
        Entries(
            features,
            np.array([row[1] for row in rows]),
            np.arange(count),
            np.array([row[2] for row in rows]),
            as_boxes([[0, 0, 1, 1]] * count),
            np.zeros((count, 0), dtype=np.float32),
            np.zeros((count, 0), dtype=np.float32),
        ),
        replace(DEFAULTS.bank, shots_shown=shots, counter_examples_shown=others),
    )


ROWS = (([1, 0, 0], True, 1), ([0.9, 0.1, 0], True, 2), ([0, 1, 0], False, 1), ([0, 0, 1], False, 3))
BANK = bank(*ROWS)


@pytest.mark.parametrize(
    ("query", "shots", "others"),
    [([1, 0, 0], [0, 1], [2]), ([0, 1, 0.1], [1, 0], [2]), ([0, 0.1, 1], [1, 0], [3])],
)
def test_evidence_is_the_true_nearest_of_both_sides(query: list[float], shots: list[int], others: list[int]) -> None:
    unit = np.array([query], dtype=np.float32) / np.linalg.norm(query)
    found = bank(*ROWS, shots=2, others=1).nearest(unit.astype(np.float32))
    assert found.index[0].tolist() == shots + others
    assert found.similarity[0, 0] >= found.similarity[0, 1]


def test_evidence_of_a_small_bank_and_of_nothing() -> None:
    query = np.array([[1, 0.02, 0]], dtype=np.float32)
    assert bank(*ROWS, others=3).nearest(query).index[0].tolist() == [0, 1, -1, 2, 3, -1]
    assert BANK.nearest(np.zeros((0, 3), dtype=np.float32)).index.shape == (0, 5)
    only_shots = bank(([1, 0, 0], True, 1), shots=2)
    assert only_shots.nearest(query).index[0].tolist() == [0, -1, -1, -1]


def test_margin_tells_the_class_apart_and_can_leave_an_image_out() -> None:
    queries = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    margin = BANK.margin(queries)
    assert margin[0] > 0.5 > -0.5 > margin[1]
    assert BANK.margin(queries, without_image=1)[1] > margin[1]


@pytest.mark.parametrize(
    ("shots", "others", "without_image"),
    [(0, 1, None), (1, 0, None), (1, 1, 2), (2, 30, None), (40, 30, None), (40, 30, 2), (40, 1, 2)],
)
def test_margin_is_what_the_products_of_all_vectors_give(shots: int, others: int, without_image: int | None) -> None:
    rng = np.random.default_rng(0)
    rows = [(rng.normal(size=24).tolist(), place < shots, int(rng.integers(1, 4))) for place in range(shots + others)]
    queries = rng.normal(size=(30, 24)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    whole = bank(*rows)

    def soft(positive: bool) -> np.ndarray:
        entries = whole.entries
        rows = entries.features[(entries.positive == positive) & (entries.image_id != without_image)]
        if not len(rows):
            return np.zeros(len(queries))
        best = -np.sort(-(queries @ rows.T), axis=1)[:, :3]
        weight = np.exp(10 * (best - best[:, :1]))
        return (best * weight).sum(1) / weight.sum(1)

    np.testing.assert_allclose(whole.margin(queries, without_image), soft(True) - soft(False), atol=1e-6)


@pytest.mark.parametrize("signal", range(SIGNALS))
def test_probability_rises_with_each_signal(signal: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, SIGNALS)).astype(np.float32)
    hit = rows[:, 0] + 0.5 * rows[:, 1] > 0.7
    fusion = fit_fusion(rows, hit, DEFAULTS.verifier)
    probe = np.zeros((20, SIGNALS), dtype=np.float32)
    probe[:, signal] = np.linspace(-3, 3, 20)
    assert (np.diff(fusion.logits(probe)) >= 0).all()


def test_affinity_says_nothing_of_what_the_detector_does_not_know() -> None:
    unknown = np.full((4, 3), 0.002, dtype=np.float32)
    known = np.array([[0.6, 0.0, 0.1]] * 4, dtype=np.float32)
    query = np.array([[0.7, 0.0, 0.0], [0.0, 0.7, 0.0]], dtype=np.float32)
    clear = Affinity.of(known, unknown, DEFAULTS.verifier).logits(query)
    assert clear[0] > clear[1] + 2
    assert np.abs(Affinity.of(unknown, unknown, DEFAULTS.verifier).logits(query)).max() < 0.1
    assert Affinity.of(np.zeros((0, 3), np.float32), unknown, DEFAULTS.verifier).logits(query).tolist() == [0, 0]


def test_logistic_with_nothing_to_learn_keeps_its_prior() -> None:
    prior = np.array([1.0, 2.0], dtype=np.float32)
    fitted = fit_logistic(
        np.zeros((0, 2), np.float32), np.zeros(0, bool), np.zeros(0, np.float32), 1.0, prior=prior, prior_bias=-1.0
    )
    np.testing.assert_allclose(fitted.weight, prior)


def test_average_precision_of_a_perfect_and_a_useless_ranking() -> None:
    p = np.array([0.9, 0.8, 0.2, 0.1], dtype=np.float32)
    assert average_precision(*curve(p, np.array([True, True, False, False]), 2)[:2]) == pytest.approx(1.0)
    assert average_precision(*curve(p, np.array([False] * 4), 2)[:2]) == 0.0


@pytest.mark.parametrize("probability", [[], [0.9, 0.8]])
def test_threshold_without_hits_is_the_default(probability: list[float]) -> None:
    p = np.array(probability, dtype=np.float32)
    assert best_threshold(p, np.zeros(len(p), dtype=bool), 10, DEFAULTS.thresholds) == DEFAULTS.thresholds.review


def test_threshold_lies_between_hits_and_misses() -> None:
    p = np.array([0.95] * 40 + [0.2] * 40, dtype=np.float32)
    assert 0.2 < best_threshold(p, p > 0.5, 40, DEFAULTS.thresholds) < 0.95


@pytest.mark.parametrize(
    ("truths", "images", "measured"), [(1, 1, "none"), (4, 4, "none"), (5, 1, "none"), (5, 3, "loo")]
)
def test_figures_only_from_five_shots_on(truths: int, images: int, measured: str) -> None:
    p = np.linspace(0.9, 0.5, truths).astype(np.float32)
    found = measure(
        p, np.ones(truths, dtype=bool), truths, images, DEFAULTS.thresholds, DEFAULTS.held_out_errors.curve_points
    )
    assert found.measured == measured
    assert (found.precision is None) == (measured == "none")
    assert (found.threshold_auto == NEVER) == (measured == "none")


@pytest.mark.parametrize(("shots", "shift"), [(1, 1.0), (2, 0.5), (10, 0.1), (0, 1.0)])
def test_the_fewer_shots_the_more_a_class_is_trusted_beyond_its_word(shots: int, shift: float) -> None:
    assert unmeasured_shift(shots, DEFAULTS.thresholds) == pytest.approx(shift)


def test_figures_lie_in_their_intervals() -> None:
    p = np.array([0.95] * 8 + [0.9, 0.85] + [0.05] * 4, dtype=np.float32)
    found = measure(
        p,
        np.array([True] * 8 + [False, True] + [False] * 4),
        12,
        6,
        DEFAULTS.thresholds,
        DEFAULTS.held_out_errors.curve_points,
    )
    assert found.precision == pytest.approx(0.9)
    assert found.recall == pytest.approx(0.75)
    assert 0.55 < found.precision_low < found.precision < found.precision_high < 1
    assert 0.4 < found.recall_low < found.recall < found.recall_high < 0.95


@pytest.mark.parametrize(("count", "points"), [(30, 30), (1000, DEFAULTS.held_out_errors.curve_points)])
def test_a_long_curve_is_thinned_but_keeps_its_ends_and_the_own_threshold(count: int, points: int) -> None:
    p = np.linspace(0.99, 0.01, count).astype(np.float32)
    hit = np.arange(count) < count // 3
    found = measure(p, hit, count // 2, 5, DEFAULTS.thresholds, DEFAULTS.held_out_errors.curve_points)
    kept = int((p >= found.threshold_review).sum())
    own = [round(found.recall, 4), round(found.precision, 4), round(float(p[kept - 1]), 4)]
    assert points <= len(found.pr_curve) <= points + 1
    assert own in found.pr_curve
    assert (found.pr_curve[0][2], found.pr_curve[-1][2]) == (0.99, 0.01)


def heap(centre: float, count: int, width: float = 0.3) -> list[float]:
    odds = np.log(centre / (1 - centre)) + width * np.linspace(-1, 1, count)
    return [float(one) for one in 1 / (1 + np.exp(-odds))]


@pytest.mark.parametrize(
    ("probability", "moves"),
    [
        (heap(0.55, 80) + heap(0.96, 9), True),
        (heap(0.55, 80) + heap(0.96, 3), False),
        (heap(0.55, 8) + heap(0.96, 9), False),
        (heap(0.55, 80), False),
        (heap(0.9, 30, 1.5), False),
        (heap(0.1, 80) + heap(0.96, 9), False),
        ([float(one) for one in np.linspace(0.05, 0.95, 300)], False),
        ([], False),
    ],
    ids=["crowd", "too few are surer", "no crowd", "one heap", "sure ones", "crowd far below", "no valley", "nothing"],
)
def test_a_threshold_leaves_a_crowd_only_for_a_surer_heap(probability: list[float], moves: bool) -> None:
    review = above_crowd(np.array(probability, dtype=np.float32), 0.45, DEFAULTS.thresholds)
    assert 0.7 < review <= 0.9 if moves else review == 0.45


def test_figures_move_with_the_threshold() -> None:
    probability = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.55], dtype=np.float32)
    hit = np.array([True, True, True, False, True, True])
    found = measure(probability, hit, 6, 4, DEFAULTS.thresholds, DEFAULTS.held_out_errors.curve_points)
    moved = found.at(0.85)
    assert (moved.precision, moved.recall) == (1.0, pytest.approx(2 / 6))
    assert moved.threshold_review == 0.85
    assert moved.threshold_auto >= 0.85
    assert moved.recall_low is not None
    assert moved.recall_low < 2 / 6
    assert found.at(0.99).recall == 0
    assert (
        measure(probability, hit, 6, 1, DEFAULTS.thresholds, DEFAULTS.held_out_errors.curve_points).at(0.7).precision
        is None
    )


def test_folds_hold_each_image_out_once() -> None:
    parts = folds(range(23), 10, seed=1)
    assert len(parts) == 10
    assert sorted(image for part in parts for image in part) == list(range(23))


def test_a_box_that_hardly_moved_keeps_its_name() -> None:
    boxes = as_boxes([[104, 104, 264, 264], [105, 103, 265, 266], [130, 104, 290, 264]])
    names = box_keys(snap(boxes, 16))
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("found", "threshold"),
    [
        ([], 0.5),
        ([[0.9, 0.4, 0.35], [0.8, 0.4, 0.1], [0.7, 0.45]], 0.4),
        ([[0.9, 0.4], [0.1], [0.2], []], 0.4),
        ([[0.05], [0.04], [0.02, 0.02]], 0.3),
        ([[], []], 0.5),
        ([[0.99, 0.98], [0.99]], 0.5),
        ([[0.6, 0.2, 0.2, 0.2], [0.55, 0.2, 0.2]], 0.5),
        ([[0.6, 0.29, 0.29, 0.29], [0.55, 0.29, 0.29]], 0.3),
    ],
)
def test_an_unmeasured_class_is_cut_where_most_is_expected_to_be_right(
    found: list[list[float]], threshold: float
) -> None:
    assert unmeasured_threshold(
        [np.array(one, dtype=np.float32) for one in found], DEFAULTS.thresholds
    ) == pytest.approx(threshold)
