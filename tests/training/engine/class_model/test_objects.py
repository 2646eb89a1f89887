"""Classes compete for a place only with what would be suggested, and what people denied takes part in nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.training.engine.records import verification
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.objects import objects_of
from training.engine.tuning import DEFAULTS
from training.protocol.job import JobBox, JobImage

PLACE = (0.0, 0.0, 10.0, 10.0)
KING, QUEEN, OTHER = 1, 2, 3


@pytest.mark.parametrize(
    ("king", "queen", "image", "standing"),
    [
        ((0.9, 0.5), (0.5, 0.4), {}, [KING]),
        ((0.9, 0.5), (0.8, 0.4), {}, [KING, QUEEN]),
        ((0.9, 0.95), (0.5, 0.4), {}, [KING, QUEEN]),
        ((0.9, 0.5), (0.5, 0.4), {"rejected": [KING]}, [QUEEN]),
        ((0.9, 0.5), (0.5, 0.4), {"complete": [KING]}, [QUEEN]),
        ((0.9, 0.5), (0.5, 0.4), {"boxes": [OTHER]}, []),
        ((0.9, 0.5), (0.005, 0.4), {}, [KING]),
        ((0.9, 0.5), (0.8, 0.4), {"regions": [KING]}, [QUEEN]),
    ],
    ids=[
        "surer",
        "too close",
        "itself no suggestion",
        "rejected",
        "complete",
        "drawn as another",
        "not findable",
        "where nobody looks",
    ],
)
def test_who_stands(
    king: tuple[float, float], queen: tuple[float, float], image: dict[str, list[int]], standing: list[int]
) -> None:
    boxes, rejected = ([JobBox(None, one, PLACE) for one in image.get(name, ())] for name in ("boxes", "rejected"))
    complete = frozenset(image.get("complete", ()))
    x1, y1, x2, y2 = PLACE
    regions = tuple(
        JobBox(None, one, (x1 - 90, y1 - 90, x2 - 0.4 * (x2 - x1), y2 + 90)) for one in image.get("regions", ())
    )
    target = JobImage(
        5, Path("/a.png"), None, None, None, True, tuple(boxes), tuple(rejected), complete, regions=regions
    )
    verified = {
        class_id: verification([5], [PLACE], [probability], ClassMetrics(10, review, 1.0, "loo"))
        for class_id, (probability, review) in ((KING, king), (QUEEN, queen))
    }
    job: Any = SimpleNamespace(images=[target], targets=[target])
    [(_, objects)] = objects_of(job, verified, DEFAULTS.suppression)
    assert [one.class_id for one in objects if one.stands] == standing
