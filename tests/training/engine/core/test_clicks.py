"""Which of the boxes about a click are meant: most overlap with what is likely, best first, each a different thing."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.core.boxes import as_boxes, iou
from training.engine.core.clicks import ClickBoxes, anchors_near, off_centre, rank
from training.engine.core.dense import Anchors
from training.engine.tuning.clicks import ClickSettings

SETTINGS = ClickSettings(trust=(1.0, 1.0, 1.0), power=(1.0, 1.0, 1.0), spread=0.35, sharpness=1.0, anchor_reach=1.0)


def boxes(rows: list[tuple[list[float], float, str]]) -> ClickBoxes:
    return ClickBoxes.join([ClickBoxes.of(as_boxes([xyxy]), np.array([score]), source) for xyxy, score, source in rows])


@pytest.mark.parametrize(
    ("point", "off"), [((50, 50), 0.0), ((100, 50), 1.0), ((75, 50), 0.5), ((50, 120), 1.4), ((60, 70), 0.4)]
)
def test_how_far_a_click_lies_off(point: tuple[float, float], off: float) -> None:
    assert off_centre(as_boxes([[0, 0, 100, 100]]), point)[0] == pytest.approx(off)


def test_a_box_without_an_area_is_none() -> None:
    assert off_centre(as_boxes([[5, 5, 5, 9]]), (5, 7))[0] == np.inf
    assert len(rank(boxes([([5, 5, 5, 9], 1.0, "model")]), (5, 7), SETTINGS)) == 0


def test_the_box_that_most_others_agree_with_wins_and_none_is_said_twice() -> None:
    found = rank(
        boxes([
            ([10, 10, 50, 50], 0.5, "proposal"), ([11, 10, 50, 51], 0.5, "anchor"), ([9, 9, 50, 50], 0.4, "proposal"),
            ([0, 0, 200, 200], 0.6, "proposal"),
        ]), (30, 30), SETTINGS,
    )  # fmt: skip
    assert len(found) == 2
    assert iou(found.xyxy[:1], as_boxes([[10, 10, 50, 50]]))[0, 0] > 0.9
    assert found.xyxy[1].tolist() == [0, 0, 200, 200]
    assert 0 <= found.score[1] < found.score[0] <= 1


def test_what_does_not_hold_the_click_is_not_meant() -> None:
    found = rank(
        boxes([([10, 10, 50, 50], 0.1, "anchor"), ([60, 10, 90, 50], 0.9, "model")]), (30, 30), SETTINGS
    )  # fmt: skip
    assert found.xyxy.tolist() == [[10, 10, 50, 50]]


def test_a_click_means_what_it_is_in_the_middle_of() -> None:
    two = boxes([([0, 0, 100, 100], 0.5, "proposal"), ([60, 60, 90, 90], 0.5, "proposal")])
    assert rank(two, (75, 75), SETTINGS).xyxy[0].tolist() == [60, 60, 90, 90]
    assert rank(two, (52, 50), SETTINGS).xyxy[0].tolist() == [0, 0, 100, 100]


def test_a_trusted_source_outweighs_another() -> None:
    two = boxes([([0, 0, 100, 100], 0.5, "model"), ([20, 20, 80, 80], 0.5, "proposal")])
    for trust, first in (((9.0, 1.0, 1.0), 0), ((1.0, 9.0, 1.0), 1)):
        settings = ClickSettings(trust=trust, power=SETTINGS.power, spread=0.35, sharpness=1.0)
        assert rank(two, (50, 50), settings).xyxy[0].tolist() == two.xyxy[first].tolist()


def test_no_more_are_answered_than_somebody_goes_through() -> None:
    many = boxes([([0, 0, 10 * n, 10 * n], 0.5, "proposal") for n in range(1, 12)])
    assert len(rank(many, (4, 4), SETTINGS)) == SETTINGS.most


def test_the_anchors_about_a_click_are_asked_on_every_level() -> None:
    centres = np.array([[4, 4], [12, 4], [40, 4], [16, 16], [48, 16]], dtype=np.float32)
    stride = np.array([8, 8, 8, 32, 32], dtype=np.float32)
    anchors = Anchors(as_boxes(np.tile([0, 0, 20, 20], (5, 1))), (np.arange(5) / 5).astype(np.float32), centres, stride)
    assert anchors_near(anchors, (6, 6), SETTINGS).score.tolist() == pytest.approx([0.0, 0.2, 0.6])
