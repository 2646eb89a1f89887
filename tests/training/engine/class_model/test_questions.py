"""Which candidates are asked about first: one of each large cluster that is in doubt, and none that is known."""

from __future__ import annotations

import numpy as np
import pytest

from training.engine.class_model.questions import choose_questions
from training.engine.core.arrays import FloatArray
from training.engine.tuning import DEFAULTS

CLUSTERS = ((0.5, 12), (0.5, 6), (0.97, 20), (0.5, 3))  # probability and size of each


def scene(clusters: tuple[tuple[float, int], ...]) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Unit features around one axis for each cluster, probabilities, and whose each row is."""
    rng = np.random.default_rng(3)
    of = np.repeat(np.arange(len(clusters)), [count for _, count in clusters])
    features = np.eye(len(clusters), 16)[of] + rng.normal(0, 0.05, (len(of), 16))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return features.astype(np.float32), np.array([clusters[one][0] for one in of], dtype=np.float32), of


def test_each_question_is_of_another_cluster_the_most_doubtful_first() -> None:
    features, probability, of = scene(CLUSTERS)
    chosen = choose_questions(features, probability, DEFAULTS.questions)
    assert [int(of[row]) for row in chosen] == [0, 1, 3]


@pytest.mark.parametrize(("clusters", "count"), [((), 0), (((0.5, 2),), 2), (((0.5, 9),), 3)])
def test_no_more_is_asked_than_there_is(clusters: tuple[tuple[float, int], ...], count: int) -> None:
    features, probability, _ = scene(clusters) if clusters else (np.zeros((0, 4), np.float32), np.zeros(0), None)
    chosen = choose_questions(features, np.asarray(probability, np.float32), DEFAULTS.questions)
    assert len(chosen) == len(set(chosen)) == count
