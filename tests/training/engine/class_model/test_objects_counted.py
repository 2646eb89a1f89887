"""A class's candidates once it is known how many objects images hold: copies go with their object, people's word stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.fit import ClassModel
from training.engine.class_model.metrics import Measured
from training.engine.class_model.objects import Verification, with_count_prior
from training.engine.class_model.suppression import SuppressionRules
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.protocol.job import JobBox, JobImage

CLASS = 1
PLACE, COPY, AWAY = (0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 9.0), (50.0, 50.0, 60.0, 60.0)
USUAL = 60
UNMEASURED = Measured(3, 0.5, 1.0, "none")


def again(rows: list[tuple[tuple[float, ...], float]], **said: Any) -> FloatArray:
    """Probabilities of one image's candidates beside many images that hold one sure object each."""
    return told(rows, **said).probability[USUAL:]


def told(
    rows: list[tuple[tuple[float, ...], float]],
    usual: float = 0.95,
    measured: Measured = UNMEASURED,
    **said: Any,
) -> Verification:
    last = JobImage(USUAL, Path("/a.png"), None, None, None, True, said.get("boxes", ()), said.get("rejected", ()),
                    said.get("complete", frozenset()))  # fmt: skip
    images = [JobImage(number, Path("/a.png"), None, None, None, True, (), (), frozenset()) for number in range(USUAL)]
    boxes = [PLACE] * USUAL + [box for box, _ in rows]
    probability = np.array([usual] * USUAL + [one for _, one in rows], dtype=np.float32)
    zero = np.zeros(len(boxes), dtype=np.float32)
    of_image = np.array([*range(USUAL), *[USUAL] * len(rows)])
    found = Candidates(of_image, as_boxes(boxes), *[zero] * 5, zero.astype(np.uint8))
    model = ClassModel(None, None, SuppressionRules(), measured, [], [])  # type: ignore[arg-type]
    nothing = np.zeros((len(boxes), 1), dtype=np.float32)
    job: Any = SimpleNamespace(targets=[*images, last])
    proposals: Any = {CLASS: SimpleNamespace(candidates=found)}
    verified = {CLASS: Verification(model, probability, nothing.astype(np.int64), nothing)}
    out = with_count_prior(job, proposals, verified)[CLASS]
    assert verified[CLASS].probability[-1] == pytest.approx(rows[-1][1]), "what was verified stays as it was"
    return out


@pytest.mark.parametrize(
    ("usual", "measured", "review"),
    [
        (0.95, Measured(10, 0.5, 0.9, "loo"), 0.4256),
        (0.95, Measured(30, 0.5, 0.9, "loo"), 0.4750),
        (0.1, Measured(10, 0.5, 0.9, "loo"), 0.5),
        (0.95, UNMEASURED, 0.5),
    ],
    ids=["ten shots", "thirty", "a rare class", "not measured"],
)
def test_a_class_of_many_images_dares_more(usual: float, measured: Measured, review: float) -> None:
    assert told([(PLACE, 0.1)], usual, measured).model.measured.threshold_review == pytest.approx(review, abs=1e-3)


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
def test_people_were_heard_first(said: dict[str, Any]) -> None:
    assert again([(PLACE, 0.3)], **said)[0] == pytest.approx(0.3)


def test_a_rejected_box_leaves_the_others_to_be_the_one() -> None:
    _, other = again([(PLACE, 0.9), (AWAY, 0.3)], rejected=(JobBox(None, CLASS, PLACE),))
    assert other > 0.5


def test_a_drawn_box_is_the_one() -> None:
    _, other = again([(PLACE, 0.9), (AWAY, 0.3)], boxes=(JobBox(None, CLASS, PLACE),))
    assert other < 0.2


@pytest.mark.parametrize(("measured", "least"), [("none", 0.3), ("loo", 0.35)])
def test_a_box_that_could_be_suggested_is_looked_at(measured: str, least: float) -> None:
    model = ClassModel(None, None, SuppressionRules(), Measured(9, 0.5, 0.9, measured), [], [])  # type: ignore[arg-type]
    assert model.least_probability == least
