"""Classes compete for a place only with what would be suggested, and what people denied takes part in nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.objects import objects_of
from training.engine.class_model.suppression import SuppressionRules
from training.engine.core.boxes import as_boxes
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
    ],
    ids=["surer", "too close", "itself no suggestion", "rejected", "complete", "drawn as another", "not findable"],
)
def test_who_stands(
    king: tuple[float, float], queen: tuple[float, float], image: dict[str, list[int]], standing: list[int]
) -> None:
    boxes, rejected = ([JobBox(None, one, PLACE) for one in image.get(name, ())] for name in ("boxes", "rejected"))
    complete = frozenset(image.get("complete", ()))
    target = JobImage(5, Path("/a.png"), None, None, None, True, tuple(boxes), tuple(rejected), complete)
    zero = np.zeros(1, dtype=np.float32)
    found = Candidates(np.array([5]), as_boxes([PLACE]), *[zero] * 5, zero.astype(np.uint8))
    proposals: Any = {class_id: SimpleNamespace(candidates=found) for class_id in (KING, QUEEN)}
    verified: Any = {
        class_id: SimpleNamespace(
            probability=np.array([probability], dtype=np.float32),
            model=SimpleNamespace(rules=SuppressionRules(), measured=SimpleNamespace(threshold_review=review)),
        )
        for class_id, (probability, review) in ((KING, king), (QUEEN, queen))
    }
    job: Any = SimpleNamespace(images=[target], targets=[target])
    [(_, objects)] = objects_of(job, proposals, verified)
    assert [one.class_id for one in objects if one.stands] == standing
