"""Verification: each box's crop against the bank, joined with what the sources think into one calibrated probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.linear import Linear, fit_logistic
from training.engine.types import BoolArray, FloatArray, IntArray, iou, logit, sigmoid

HIT = 0.5
SURE_HIT = 0.6
SURE_MISS = 0.4
JUDGE_L2 = 0.3
NO_GENERIC = 0.001
# What the fusion listens to: crop judge, roi judge, head, generic detector, bank margin. The prior is what held for
# several unlike sets of photos; the pull towards it is what about ten boxes can overrule.
FUSION_PRIOR = np.array([0.7, 0.7, 0.25, 0.2, 0.5], dtype=np.float32)
FUSION_L2 = np.array([24.0, 24.0, 48.0, 96.0, 4.0], dtype=np.float32)
FUSION_CENTRE = np.array([0.0, 0.0, 0.0, -3.0, 0.0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of n boxes of one class, row by row.

    crop: unit crop features. roi: the detector's mean features inside the box. head: the class head's log odds.
    generic: the generic detector's score of that place. image: which image each belongs to.
    """

    xyxy: FloatArray
    crop: FloatArray
    roi: FloatArray
    head: FloatArray
    generic: FloatArray
    image: IntArray

    def __len__(self) -> int:
        return len(self.xyxy)

    def take(self, index: IntArray | BoolArray) -> Evidence:
        """Some of the boxes."""
        return Evidence(*(getattr(self, name)[index] for name in Evidence.__slots__))


@dataclass(frozen=True, slots=True)
class Labels:
    """What the shots say of boxes: overlap with the best shot, which may be unknown where an image is not complete."""

    overlap: FloatArray
    known: BoolArray

    @property
    def hit(self) -> BoolArray:
        """Boxes that would count as found objects."""
        return np.asarray(self.overlap >= HIT)

    @property
    def sure(self) -> BoolArray:
        """Boxes that clearly are or clearly are not the class."""
        return np.asarray(self.known & ((self.overlap >= SURE_HIT) | (self.overlap < SURE_MISS)))


@dataclass(frozen=True, slots=True)
class Judge:
    """A linear classifier of one kind of feature, on unit vectors around what all boxes share (which says nothing)."""

    centre: FloatArray
    spread: FloatArray
    linear: Linear

    def logits(self, features: FloatArray) -> FloatArray:
        """(n,) log odds."""
        return self.linear.logits(framed(features, self.centre, self.spread))


@dataclass(frozen=True, slots=True)
class Verifier:
    """The judges and the fusion of their word with the sources'."""

    crop: Judge
    roi: Judge
    fusion: Linear

    def probability(self, evidence: Evidence, margin: FloatArray) -> FloatArray:
        """(n,) calibrated probabilities."""
        rows = signals(self.crop.logits(evidence.crop), self.roi.logits(evidence.roi), evidence, margin)
        return sigmoid(self.fusion.logits(rows))


def framed(features: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Features around a centre, in units of a spread, at length one."""
    moved = (features - centre) / spread
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-9), dtype=np.float32)


def signals(crop: FloatArray, roi: FloatArray, evidence: Evidence, margin: FloatArray) -> FloatArray:
    """(n, 5) what the fusion looks at."""
    head, generic = np.clip(evidence.head, -8, 8), logit(np.maximum(evidence.generic, NO_GENERIC))
    return np.asarray(np.stack([crop, roi, head, generic, margin], axis=1) - FUSION_CENTRE, dtype=np.float32)


def fit_judge(
    features: FloatArray, positive: BoolArray, image: IntArray, centre: FloatArray, spread: FloatArray
) -> Judge:
    """A classifier of boxes; both labels weigh the same, and an image with many boxes not much more than one with few."""
    weight = np.ones(len(positive), dtype=np.float32)
    for label in (True, False):
        mask = positive == label
        if not mask.any():
            continue
        _, place, count = np.unique(image[mask], return_inverse=True, return_counts=True)
        weight[mask] = 1.0 / np.sqrt(count[place])
        weight[mask] *= len(count) ** 0.5 * 10 / weight[mask].sum()
    return Judge(centre, spread, fit_logistic(framed(features, centre, spread), positive, weight, JUDGE_L2, steps=60))


def fit_fusion(rows: FloatArray, hit: BoolArray) -> Linear:
    """Which signal to trust, starting from what holds for most classes."""
    positives = max(int(hit.sum()), 1)
    weight = np.ones(len(hit), dtype=np.float32)
    negatives = len(hit) - positives
    if negatives > 20 * positives:
        weight[~hit] = 20 * positives / negatives
    fitted = _fusion(rows, hit, weight, np.ones(rows.shape[1], dtype=bool))
    while (fitted.weight < 0).any():  # by chance a signal can look harmful: then it is not listened to, never reversed
        fitted = _fusion(rows, hit, weight, fitted.weight > 0)
    return fitted


def _fusion(rows: FloatArray, hit: BoolArray, weight: FloatArray, used: BoolArray) -> Linear:
    heard = fit_logistic(
        rows[:, used], hit, weight, FUSION_L2[used], prior=FUSION_PRIOR[used], bias_l2=0.05, prior_bias=-1.0
    )
    whole = np.zeros(rows.shape[1], dtype=np.float32)
    whole[used] = heard.weight
    return Linear(whole, heard.bias)


def overlaps(xyxy: FloatArray, shots: FloatArray) -> FloatArray:
    """(n,) overlap with the best shot."""
    if not len(shots):
        return np.zeros(len(xyxy), dtype=np.float32)
    return np.asarray(iou(xyxy, shots).max(axis=1), dtype=np.float32)


def folds(images: Sequence[int], most: int, seed: int) -> list[frozenset[int]]:
    """Images in at most `most` groups, each held out once."""
    order = list(np.random.default_rng([seed, 17]).permutation(sorted(images)))
    count = min(most, len(order))
    return [frozenset(int(image) for image in order[start::count]) for start in range(count)]
