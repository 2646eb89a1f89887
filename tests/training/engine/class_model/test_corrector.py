"""The corrector pulls boxes to the object; a class that it harms goes without it."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.class_model.corrector import CorrectorFitter, jittered, level_of, shifted
from training.engine.class_model.proposals import CorrectorGain, fuse_boxes
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.dense import Dense, Level, Proposals, View
from training.engine.tuning import DEFAULTS

SIZE = (320, 320)
SETTINGS = DEFAULTS.corrector


def dense_of(boxes: FloatArray) -> Dense:
    """A detector whose box branch tells, per cell, whether it lies in a box and how far along: enough to find edges
    by.
    """
    levels = []
    for stride in (8, 16, 32):
        side = SIZE[0] // stride
        ys, xs = (np.mgrid[0:side, 0:side] + 0.5) * stride
        inside = np.zeros((side, side))
        for x1, y1, x2, y2 in boxes:
            inside = np.maximum(inside, (xs > x1) & (xs < x2) & (ys > y1) & (ys < y2))
        codes = np.stack([inside * 127, (1 - inside) * 127], axis=-1).reshape(-1, 2).astype(np.int8)
        levels.append(Level(codes, np.full(2, 1 / 127, dtype=np.float32), side, side, stride, 2))
    return Dense(tuple(levels), Proposals.none(), np.zeros((0, 3), np.float32), 1.0, (0.0, 0.0), SIZE)


def view(seed: int) -> View:
    rng = np.random.default_rng(seed)
    corner, sides = rng.uniform(40, 140, 2), rng.uniform(80, 130, 2)
    box = as_boxes([[*corner, *(corner + sides)]])
    return View(dense_of(box), box, as_boxes([]), True, seed)


def test_held_out_boxes_come_nearer() -> None:
    views = [view(seed) for seed in range(8)]
    corrector = CorrectorFitter(views, 0, SETTINGS).fit(frozenset({7}))
    off = jittered(views[7].positives[0], 20, 0.2, 0.25, np.random.default_rng(1))
    before = iou(off, views[7].positives).mean()
    after = iou(corrector(views[7].dense, off), views[7].positives).mean()
    assert after > before + 0.1


def test_the_same_seed_gives_the_same_corrector() -> None:
    views = [view(seed) for seed in range(4)]
    one, two = (CorrectorFitter(views, 3, SETTINGS).fit() for _ in range(2))
    box = as_boxes([[50, 60, 150, 160]])
    np.testing.assert_array_equal(one(views[0].dense, box), two(views[0].dense, box))


def test_without_any_shot_left_boxes_stay() -> None:
    views = [view(0)]
    corrector = CorrectorFitter(views, 0, SETTINGS).fit(frozenset({0}))
    box = as_boxes([[50, 60, 150, 160]])
    np.testing.assert_allclose(corrector(views[0].dense, box), box)


@pytest.mark.parametrize(("side", "level"), [(3, 0), (96, 0), (200, 1), (400, 2), (4000, 2)])
def test_level_grows_with_the_box(side: float, level: int) -> None:
    assert level_of(as_boxes([[0, 0, side, side]]), 3, SETTINGS.cells).tolist() == [level]


def test_a_box_is_never_turned_inside_out() -> None:
    moved = shifted(as_boxes([[10, 10, 20, 20]]), as_boxes([[9, 9, -9, -9]]), SETTINGS.farthest)
    assert (moved[:, 2:] > moved[:, :2]).all()


@pytest.mark.parametrize(
    ("before", "after", "helps"), [(0.7, 0.8, True), (0.8, 0.79, True), (0.8, 0.7, False)]
)  # fmt: skip
def test_only_clear_harm_switches_it_off(before: float, after: float, helps: bool) -> None:
    assert CorrectorGain(before, after).helps(SETTINGS.harm) is helps


def test_boxes_on_one_object_are_joined_and_counted() -> None:
    boxes = as_boxes([[0, 0, 100, 100], [4, 0, 104, 100], [200, 200, 260, 260]])
    joined, leader, support = fuse_boxes(boxes, np.array([2.0, 2.0, 0.0], np.float32), np.zeros(3, np.float32), 0.6)
    assert leader.tolist() == [0, 2]
    np.testing.assert_allclose(joined[0], [2, 0, 102, 100], atol=0.01)
    assert support[0] > 1.5 > support[1]
