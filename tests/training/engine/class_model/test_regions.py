"""Crowds and ignore regions: the image is complete, and what lies there is neither positive nor negative."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.engine.class_model.test_corrector import dense_of
from training.engine.class_model.candidates import ShotCandidates
from training.engine.class_model.head import sample
from training.engine.class_model.model import held_out_images
from training.engine.class_model.shot_split import ShotSplit
from training.engine.class_model.suppression import SuppressionRules
from training.engine.class_model.training_set import label
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import View
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage

FOX, OWL = 7, 8
SHOT, CROWD = (20.0, 20.0, 90.0, 90.0), (160.0, 0.0, 320.0, 320.0)
FOUND = as_boxes([SHOT, (200, 50, 260, 120), (30, 200, 100, 280), (130, 150, 190, 200)])  # one is half inside


def image(region_of: int | None) -> JobImage:
    regions = () if region_of is None else (JobBox(None, region_of, CROWD),)
    shot = JobBox(1, FOX, SHOT)
    return JobImage(5, Path("/a.png"), boxes=(shot,), complete_for=frozenset([FOX]), regions=regions)


def candidates() -> ShotCandidates:
    count, few = len(FOUND), np.zeros((len(FOUND), 2), np.float32)
    line = np.zeros(count, np.float32)
    return ShotCandidates(FOUND, few, few, line, line, few, line, line, np.full(count, 5))


@pytest.mark.parametrize(
    ("region_of", "misses"), [(None, [1, 2, 3]), (OWL, [1, 2, 3]), (FOX, [2])], ids=["none", "of another", "its own"]
)
def test_finds_in_a_region_are_no_misses(region_of: int | None, misses: list[int]) -> None:
    said = label(candidates(), FOX, {5: image(region_of)}, DEFAULTS.labels)
    assert np.flatnonzero(said.sure_miss).tolist() == misses
    assert np.flatnonzero(said.sure_hit).tolist() == [0]


def test_a_shot_in_a_region_stays_one() -> None:
    crowded = JobImage(
        5, Path("/a.png"), boxes=(JobBox(1, FOX, (200, 50, 260, 120)),), complete_for=frozenset([FOX]),
        regions=(JobBox(None, FOX, CROWD),),
    )  # fmt: skip
    said = label(candidates(), FOX, {5: crowded}, DEFAULTS.labels)
    assert np.flatnonzero(said.sure_hit).tolist() == [1]


@pytest.mark.parametrize(("region_of", "kept"), [(None, [0, 1, 2, 3]), (FOX, [0, 2])])
def test_a_model_is_not_measured_by_what_it_finds_there(region_of: int | None, kept: list[int]) -> None:
    split = ShotSplit([image(region_of)], [frozenset([5])], 60, 640)
    probability = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    rules = SuppressionRules.of([FOUND[:1]], DEFAULTS.suppression)
    [found] = held_out_images(candidates(), probability, split, FOX, rules, DEFAULTS.labels)
    assert [FOUND.tolist().index(box) for box in found.xyxy.tolist()] == kept


def test_no_background_is_learned_there() -> None:
    """The head's negatives of a complete image come from all of it but the region."""
    boxes = as_boxes([SHOT])

    def negatives(regions: list[tuple[float, float, float, float]]) -> int:
        view = View(dense_of(boxes), boxes, as_boxes([]), True, 5, as_boxes(regions))
        return sum(int((~level.y).sum()) for level in sample([view], 0, DEFAULTS.head))

    everywhere, outside, nowhere = negatives([]), negatives([CROWD]), negatives([(0, 0, 320, 320)])
    assert everywhere > outside > nowhere == 0
