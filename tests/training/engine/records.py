"""Records of stages as tests make them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.objects import Verification
from training.engine.class_model.suppression import SuppressionRules
from training.engine.core.boxes import as_boxes

RULES = SuppressionRules(overlap=0.5, nested=True, inside=0.85)


def verification(
    image: Sequence[int], boxes: Sequence[Sequence[float]], probability: Sequence[float], measured: ClassMetrics
) -> Verification:
    """Candidates at these boxes, scored; without neighbours."""
    zero = np.zeros(len(boxes), dtype=np.float32)
    found = Candidates(
        np.asarray(image, dtype=np.int64), as_boxes(boxes), zero, zero, zero, zero, zero, zero, zero.astype(np.uint8)
    )
    nothing = np.zeros((len(boxes), 1), dtype=np.float32)
    scores = np.array(probability, dtype=np.float32)
    return Verification(found, scores, nothing.astype(np.int64), nothing, RULES, measured, [])
