"""A class's candidates once it is known how many objects images hold: copies go with their object, people's word
stands.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.training.engine.records import verification
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.model import crop_threshold
from training.engine.class_model.objects import Verification, with_count_prior
from training.engine.core.arrays import FloatArray
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage
from training.protocol.limits import AIMS

CLASS = 1
PLACE, COPY, AWAY = (0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 9.0), (50.0, 50.0, 60.0, 60.0)
USUAL = 60
UNMEASURED = ClassMetrics(3, 0.5, 1.0, "none")


def again(rows: list[tuple[tuple[float, ...], float]], **said: Any) -> FloatArray:
    """Probabilities of one image's candidates beside many images that hold one sure object each."""
    return reported(rows, **said).probability[USUAL:]


def reported(
    rows: list[tuple[tuple[float, ...], float]],
    usual: float = 0.95,
    measured: ClassMetrics = UNMEASURED,
    **said: Any,
) -> Verification:
    last = JobImage(USUAL, Path("/a.png"), None, None, None, True, said.get("boxes", ()), said.get("rejected", ()),
                    said.get("complete", frozenset()))  # fmt: skip
    images = [JobImage(number, Path("/a.png"), None, None, None, True, (), (), frozenset()) for number in range(USUAL)]
    boxes = [PLACE] * USUAL + [box for box, _ in rows]
    probability = [usual] * USUAL + [one for _, one in rows]
    of_image = [*range(USUAL), *[USUAL] * len(rows)]
    job: Any = SimpleNamespace(targets=[*images, last], aim=said.get("aim", "time"))
    verified = {CLASS: verification(of_image, boxes, probability, measured)}
    out = with_count_prior(job, verified, DEFAULTS)[CLASS]
    assert verified[CLASS].probability[-1] == pytest.approx(rows[-1][1]), "what was verified stays as it was"
    return out


@pytest.mark.parametrize(
    ("usual", "measured", "review"),
    [
        (0.95, ClassMetrics(10, 0.5, 0.9, "loo"), 0.4256),
        (0.95, ClassMetrics(30, 0.5, 0.9, "loo"), 0.4750),
        (0.1, ClassMetrics(10, 0.5, 0.9, "loo"), 0.5),
        (0.95, UNMEASURED, 0.5),
    ],
    ids=["ten shots", "thirty", "a rare class", "not measured"],
)
def test_a_class_of_many_images_dares_more(usual: float, measured: ClassMetrics, review: float) -> None:
    assert reported([(PLACE, 0.1)], usual, measured).measured.threshold_review == pytest.approx(review, abs=1e-3)


@pytest.mark.parametrize(("aim", "higher"), zip(AIMS, (0.0, *DEFAULTS.thresholds.stricter), strict=True))
@pytest.mark.parametrize("measured", [ClassMetrics(10, 0.5, 0.9, "loo"), UNMEASURED], ids=["measured", "not measured"])
def test_a_stricter_aim_moves_the_threshold_and_no_probability(aim: str, higher: float, measured: ClassMetrics) -> None:
    usual, found = (reported([(PLACE, 0.1)], 0.95, measured, aim=one) for one in ("time", aim))
    odds = [np.log(one.measured.threshold_review / (1 - one.measured.threshold_review)) for one in (usual, found)]
    assert odds[1] - odds[0] == pytest.approx(higher, abs=1e-5)
    assert found.measured.threshold_auto >= found.measured.threshold_review
    assert (found.probability == usual.probability).all()


def test_copies_go_with_their_object_and_stay_behind_it() -> None:
    first, copy, away = again([(PLACE, 0.3), (COPY, 0.2), (AWAY, 0.02)])
    assert first > 0.5
    assert 0.2 < copy < first
    assert away < 0.2


@pytest.mark.parametrize(
    "said",
    [
        {"complete": frozenset([CLASS])},
        {"rejected": (JobBox(None, CLASS, PLACE),)},
        {"boxes": (JobBox(None, CLASS, PLACE),)},
    ],
    ids=["complete", "rejected", "drawn"],
)
def test_people_were_noticed_first(said: dict[str, Any]) -> None:
    assert again([(PLACE, 0.3)], **said)[0] == pytest.approx(0.3)


def test_a_rejected_box_leaves_the_others_to_be_the_one() -> None:
    _, other = again([(PLACE, 0.9), (AWAY, 0.3)], rejected=(JobBox(None, CLASS, PLACE),))
    assert other > 0.5


def test_a_drawn_box_is_the_one() -> None:
    _, other = again([(PLACE, 0.9), (AWAY, 0.3)], boxes=(JobBox(None, CLASS, PLACE),))
    assert other < 0.2


@pytest.mark.parametrize(
    ("measured", "keypoints", "least"),
    [("none", False, 0.3), ("loo", False, 0.35), ("loo", True, 0.25), ("none", True, 0.25)],
)
def test_a_box_that_could_be_suggested_has_its_crop_encoded(measured: str, keypoints: bool, least: float) -> None:
    assert crop_threshold(ClassMetrics(9, 0.5, 0.9, measured), keypoints, DEFAULTS) == least
