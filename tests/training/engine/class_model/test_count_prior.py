"""What all images together say of how many objects each holds."""

import numpy as np
import pytest

from training.engine.class_model import count_prior
from training.engine.class_model.count_prior import ImageObjects
from training.engine.core.arrays import FloatArray
from training.engine.tuning import DEFAULTS


def apply_count_prior(several: list[ImageObjects]) -> list[FloatArray]:
    return count_prior.apply_count_prior(several, DEFAULTS.count_prior)


def images(*rows: list[float]) -> list[ImageObjects]:
    return [ImageObjects(np.array(row, dtype=np.float32)) for row in rows]


ONE_EACH = [[0.95, 0.05]] * 60


def test_a_weak_best_box_gains_where_almost_every_image_holds_one() -> None:
    *_, weak = apply_count_prior(images(*ONE_EACH, [0.25, 0.02]))
    assert weak[0] > 0.5
    assert weak[1] < 0.15


def test_a_second_box_loses_where_images_hold_one() -> None:
    *_, two = apply_count_prior(images(*ONE_EACH, [0.95, 0.5]))
    assert two[0] > 0.9
    assert two[1] < 0.4


def test_nothing_changes_where_images_hold_what_independent_boxes_would() -> None:
    rng = np.random.default_rng(0)
    rows = [[0.9 if rng.random() < 0.15 else 0.02 for _ in range(10)] for _ in range(400)]
    again = apply_count_prior(images(*rows))
    assert np.abs(np.concatenate(again) - np.concatenate(rows)).max() < 0.06


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[0.9]] * 9 + [[0.4, 0.1]] * 20, id="a rare class"),
        pytest.param([[]] * 5, id="nothing found"),
        pytest.param([], id="no images"),
    ],
)
def test_probabilities_stay_where_there_is_nothing_to_count_by(rows: list[list[float]]) -> None:
    given = images(*rows)
    assert [again.tolist() for again in apply_count_prior(given)] == [one.probability.tolist() for one in given]


def test_few_images_change_little() -> None:
    _, weak = apply_count_prior(images([0.95], [0.25]))
    assert weak[0] == pytest.approx(0.25, abs=0.06)


def test_what_people_drew_is_counted() -> None:
    alone, beside = apply_count_prior(
        [*images(*ONE_EACH), *images([0.4]), ImageObjects(np.array([0.4], dtype=np.float32), drawn=1)]
    )[-2:]
    assert alone[0] > 0.6
    assert beside[0] < 0.3


def test_a_crowd_of_sure_boxes_stays_finite() -> None:
    crowd = [ImageObjects(np.full(60, 1.0, dtype=np.float32), drawn=2)] * 3
    for again in apply_count_prior(crowd):
        assert np.isfinite(again).all()
        assert (again > 0.99).all()
        assert (again <= 1).all()


def test_more_sure_boxes_than_a_number_can_hold_ways_for() -> None:
    crowd = [ImageObjects(np.full(300, 0.9999, dtype=np.float32))] * 30 + images([0.4, 0.1])
    again = apply_count_prior(crowd)
    assert all(np.isfinite(one).all() and (one <= 1).all() for one in again)
    assert (again[0] > 0.99).all()
