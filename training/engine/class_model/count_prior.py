"""The count prior: how many objects images hold, as all images together show it, corrects each box's probability.

The verifier scores each box alone. But where almost every image holds one, the best box of an image in which nothing is
likely is likelier than it looks, and a second box beside a sure one less. The shots cannot say how it is, for they were
chosen because they hold the class; the images to label can. An empirical Bayes estimate of the counts none, one,
several (Robbins 1956), by expectation maximisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import EPSILON, FloatArray
from training.engine.tuning.class_model import CountPriorSettings


@dataclass(frozen=True, slots=True)
class ImageObjects:
    """The distinct objects of one image: (n,) probabilities of those that were found, and how many more people drew."""

    probability: FloatArray
    drawn: int = 0


def count_holding(images: Sequence[ImageObjects], likely: float) -> int:
    """How many images hold a likely object."""
    return sum(image.drawn > 0 or float(image.probability.max(initial=0)) >= likely for image in images)


def apply_count_prior(images: Sequence[ImageObjects], settings: CountPriorSettings) -> list[FloatArray]:
    """Each image's probabilities, corrected by how many objects images hold; shapes as given.

    Only where most images hold a likely object: of a rare class the finds are too few, and too often false, to count
    by.
    """
    if count_holding(images, settings.likely) < max(settings.holding * len(images), 1):
        return [image.probability for image in images]
    mean = float(np.mean([image.probability.sum() + image.drawn for image in images]))
    tilt = _tilt(np.stack([_ways(image, settings) for image in images]), mean, settings)
    return [_posterior(image, tilt, settings) for image in images]


def _odds(image: ImageObjects, settings: CountPriorSettings) -> FloatArray:
    p = image.probability.astype(np.float64)
    return np.minimum(p / np.maximum(1 - p, EPSILON), settings.most_odds)


def _ways(image: ImageObjects, settings: CountPriorSettings) -> FloatArray:
    """(3,) the weight of none, one, several objects in an image whose boxes know nothing of each other."""
    odds = _odds(image, settings)
    none, one, every = 1.0, odds.sum(), _every(odds, settings.largest)
    if image.drawn == 0:
        return np.array([none, one, max(every - none - one, 0.0)])
    return np.array([0.0, none, every - none] if image.drawn == 1 else [0.0, 0.0, every])


def _tilt(ways: FloatArray, mean: float, settings: CountPriorSettings) -> FloatArray:
    """(3,) how much oftener none, one, several objects are seen than in a Poisson distribution of that mean."""
    none, one = np.exp(-mean), mean * np.exp(-mean)
    usual = np.maximum([none, one, 1 - none - one], settings.least_share)
    usual /= usual.sum()
    share = usual
    for _ in range(settings.rounds):
        counts = ways * share / usual
        counts /= counts.sum(axis=1, keepdims=True)
        share = (counts.sum(axis=0) + settings.prior_images * usual) / (len(ways) + settings.prior_images)
    return np.asarray(share / usual)


def _posterior(image: ImageObjects, tilt: FloatArray, settings: CountPriorSettings) -> FloatArray:
    """(n,) probabilities of one image's boxes."""
    odds = _odds(image, settings)
    one, several = tilt[np.minimum(np.array([1, 2]) + image.drawn, 2)]
    others = _every(odds, settings.largest) / (1 + odds)
    total = float((_ways(image, settings) * tilt).sum())
    return np.asarray(np.minimum(odds * (one + several * (others - 1)) / total, 1), dtype=np.float32)


def _every(odds: FloatArray, largest: float) -> float:
    """The weight of all ways to choose among boxes; beyond what a number can hold one more makes no difference."""
    return float(np.exp(min(np.log1p(odds).sum(), largest)))
