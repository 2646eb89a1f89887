"""Three questions: which candidates to ask about first, so that a few answers tell as much as they can.

A greedy facility location (Nemhauser, Wolsey, Fisher 1978): each question stands for the candidates that look like it,
and the next one is chosen that stands for most of the doubt that is left. So a large cluster of look-alikes is asked
about once, by the one that is most like all of it.
"""

from __future__ import annotations

import numpy as np

from training.engine.core.arrays import EPSILON, FloatArray
from training.engine.tuning.class_model import QuestionSettings


def choose_questions(features: FloatArray, probability: FloatArray, settings: QuestionSettings) -> list[int]:
    """Rows to ask about, the most telling first; fewer where there are fewer.

    features: (n, d) unit crop features of distinct candidates. probability: (n,) of them.
    """
    if not len(probability):
        return []
    moved = features - features.mean(axis=0)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), EPSILON)
    alike = np.maximum(moved @ moved.T, 0) ** settings.sharpness
    np.fill_diagonal(alike, 1.0)
    doubt = probability * (1 - probability)
    known = np.zeros(len(probability), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(min(settings.count, len(probability))):
        gain = np.maximum(alike - known, 0) @ doubt
        gain[chosen] = -1
        best = int(gain.argmax())
        chosen.append(best)
        known = np.maximum(known, alike[best])
    return chosen
