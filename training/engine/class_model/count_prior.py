"""How many objects an image holds: what all images together say of it, told back to each.

Whether a box is the class was asked of each box alone. But where almost every image holds one, the best box of an image in which
nothing is likely is likelier than it looks, and a second box beside a sure one less. The shots cannot say how it is, for they were
chosen because they hold the class; the images to label can. An empirical Bayes estimate of the counts none, one, several
(Robbins 1956), by expectation maximisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import FloatArray

LIKELY = 0.5
# So many images are thought to hold what boxes that know nothing of each other would make of them: few images change little.
PRIOR_IMAGES = 20.0
ROUNDS = 100
LEAST_SHARE = 1e-4
MOST_ODDS = 1e4
LARGEST = 600.0


@dataclass(frozen=True, slots=True)
class ImageObjects:
    """The distinct objects of one image: (n,) probabilities of those that were found, and how many more people drew."""

    probability: FloatArray
    drawn: int = 0


def count_holding(images: Sequence[ImageObjects]) -> int:
    """How many images hold a likely object."""
    return sum(image.drawn > 0 or float(image.probability.max(initial=0)) >= LIKELY for image in images)


def apply_count_prior(images: Sequence[ImageObjects]) -> list[FloatArray]:
    """Each image's probabilities, shapes as given, once it is known how many objects images hold.

    Only where most images hold a likely object: of a rare class the finds are too few, and too often false, to count by.
    """
    if count_holding(images) < max(len(images) / 2, 1):
        return [image.probability for image in images]
    mean = float(np.mean([image.probability.sum() + image.drawn for image in images]))
    tilt = _tilt(np.stack([_ways(image) for image in images]), mean)
    return [_posterior(image, tilt) for image in images]


def _odds(image: ImageObjects) -> FloatArray:
    p = image.probability.astype(np.float64)
    return np.minimum(p / np.maximum(1 - p, 1e-9), MOST_ODDS)


def _ways(image: ImageObjects) -> FloatArray:
    """(3,) the weight of none, one, several objects in an image whose boxes know nothing of each other."""
    odds = _odds(image)
    none, one, every = 1.0, odds.sum(), _every(odds)
    if image.drawn == 0:
        return np.array([none, one, max(every - none - one, 0.0)])
    return np.array([0.0, none, every - none] if image.drawn == 1 else [0.0, 0.0, every])


def _tilt(ways: FloatArray, mean: float) -> FloatArray:
    """(3,) how much oftener none, one, several objects are seen than in a Poisson distribution of that mean."""
    none, one = np.exp(-mean), mean * np.exp(-mean)
    usual = np.maximum([none, one, 1 - none - one], LEAST_SHARE)
    usual /= usual.sum()
    share = usual
    for _ in range(ROUNDS):
        counts = ways * share / usual
        counts /= counts.sum(axis=1, keepdims=True)
        share = (counts.sum(axis=0) + PRIOR_IMAGES * usual) / (len(ways) + PRIOR_IMAGES)
    return np.asarray(share / usual)


def _posterior(image: ImageObjects, tilt: FloatArray) -> FloatArray:
    """(n,) probabilities of one image's boxes."""
    odds = _odds(image)
    one, several = tilt[np.minimum(np.array([1, 2]) + image.drawn, 2)]
    others = _every(odds) / (1 + odds)
    total = float((_ways(image) * tilt).sum())
    return np.asarray(np.minimum(odds * (one + several * (others - 1)) / total, 1), dtype=np.float32)


def _every(odds: FloatArray) -> float:
    """The weight of all ways to choose among boxes; beyond what a number can hold one more makes no difference."""
    return float(np.exp(min(np.log1p(odds).sum(), LARGEST)))
