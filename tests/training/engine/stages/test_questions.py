"""What a run asks first: only of classes of too few shots to be measured, and only what may be suggested."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.training.engine.records import verification
from training.engine.class_model.metrics import ClassMetrics
from training.engine.core.arrays import FloatArray
from training.engine.stages.questions import questions_of
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage

CLASS = 1
PLACES = [(100.0 * place, 0.0, 100.0 * place + 50, 50.0) for place in range(5)]


class Looks:
    """Boxes look alike where they lie at the same place."""

    dim = 8

    def crops(self, _image: JobImage, boxes: FloatArray) -> FloatArray:
        return np.asarray(np.eye(self.dim, dtype=np.float32)[(boxes[:, 0] // 100).astype(int)])


def asked(shots: int, probability: list[float], **said: Any) -> list[tuple[int, float]]:
    """The image and left edge of each question; each of six images has a candidate at each place."""
    images = [JobImage(number, Path("/a.png"), boxes=said.get("boxes", ())) for number in range(6)]
    of_image = [image.id for image in images for _ in PLACES]
    verified = {
        CLASS: verification(of_image, PLACES * 6, probability * 6, ClassMetrics(shots, 0.3, 1.0, "none")),
    }
    job: Any = SimpleNamespace(images=images, targets=images)
    features: Any = Looks()
    found = questions_of(job, verified, features, DEFAULTS)
    return [(one["image_id"], one["xyxy"][0]) for one in found]


def test_one_of_each_look_is_asked_about_the_most_doubtful_first() -> None:
    places = [left for _, left in asked(2, [0.9, 0.45, 0.98, 0.7, 0.05])]
    assert places == [100.0, 300.0, 0.0]


def test_a_class_of_five_shots_is_not_asked_about() -> None:
    assert asked(5, [0.9, 0.45, 0.98, 0.7, 0.05]) == []


@pytest.mark.parametrize("probability", [[0.9, 0.45, 0.98, 0.7, 0.6]])
def test_where_people_drew_nothing_is_asked(probability: list[float]) -> None:
    drawn = tuple(JobBox(None, CLASS, place) for place in PLACES[:4])
    assert {left for _, left in asked(2, probability, boxes=drawn)} == {400.0}
