"""Verification: each box's crop against the bank, joined with what the sources think into one calibrated probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.engine.class_model.candidates import Candidates, ShotCandidates
from training.engine.class_model.logistic import Linear, fit_logistic
from training.engine.core.arrays import BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import iou

CLASSIFIER_L2 = 0.3
NO_GENERIC = 0.001
SEEN = 0.15
FLOOR = 0.01
TYPICAL = 2.5
# What the fusion listens to: crop judge, roi judge, head, generic detector, bank margin, agreement, affinity. The weights are what
# held for several unlike sets of photos; ten shots say too little to choose others, so they only stretch and shift the sum.
FUSION = np.array([0.8, 0.4, 0.35, 0.1, 2.5, 0.6, 1.0], dtype=np.float32)
FUSION_BIAS = -2.4
FUSION_CENTRE = np.array([0.0, 0.0, 0.0, -3.0, 0.0, 0.0, 0.0], dtype=np.float32)
# The crop judge's word and the bank's margin at their ends: of 1,434 true finds in five sets, none lay above the upper ones.
POOR, EXCELLENT = (-1.0, -0.15), (2.0, 0.15)
STRETCH_L2 = 20.0
SHIFT_L2 = 1.0


@dataclass(frozen=True, slots=True)
class FeatureClassifier:
    """A linear classifier of one kind of feature, on unit vectors around what all boxes share (which says nothing)."""

    centre: FloatArray
    spread: FloatArray
    linear: Linear

    def logits(self, features: FloatArray) -> FloatArray:
        """(n,) log odds."""
        return self.linear.logits(framed(features, self.centre, self.spread))


@dataclass(frozen=True, slots=True)
class Affinity:
    """Which of the detector's own classes the shots look like (none, for most new classes, and then it says nothing).

    weight: (k,) shares that sum to one. gate: 0..1, how clearly the detector sees any class in the shots.
    """

    weight: FloatArray
    gate: float

    @classmethod
    def of(cls, shots: FloatArray, others: FloatArray) -> Affinity:
        """From (n, k) class scores of shots and of boxes that are not the class."""
        mean = shots.mean(axis=0) if len(shots) else np.zeros(shots.shape[1], dtype=np.float32)
        more = np.maximum(mean - (others.mean(axis=0) if len(others) else 0), 0)
        return cls(
            np.asarray(more / max(float(more.sum()), 1e-9), np.float32), min(1.0, float(mean.max(initial=0.0)) / SEEN)
        )

    def logits(self, classes: FloatArray) -> FloatArray:
        """(n,) weighted log scores, about zero where a box is as likely as not one of those classes."""
        level = (np.log(classes + np.float32(FLOOR)) - np.log(np.float32(FLOOR))) @ self.weight
        return np.asarray(self.gate * (level - TYPICAL), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Verifier:
    """The judges, the affinity and the fusion of their word with the sources'."""

    crop: FeatureClassifier
    roi: FeatureClassifier
    affinity: Affinity
    fusion: Linear

    def probability(self, candidates: Candidates, crop: FloatArray, margin: FloatArray) -> FloatArray:
        """(n,) calibrated probabilities. crop: unit crop features."""
        return self._fused(self.crop.logits(crop), candidates, margin)

    def bounds(self, candidates: Candidates) -> tuple[FloatArray, FloatArray]:
        """(n,) probabilities that a poor and an excellent crop would give: most boxes need no look at their crop."""
        ends = [np.full(len(candidates), value, dtype=np.float32) for value in (*POOR, *EXCELLENT)]
        return self._fused(ends[0], candidates, ends[1]), self._fused(ends[2], candidates, ends[3])

    def _fused(self, crop: FloatArray, candidates: Candidates, margin: FloatArray) -> FloatArray:
        return sigmoid(self.fusion.logits(signals(crop, candidates.roi, candidates.affinity, candidates, margin)))


def framed(features: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Features around a centre, in units of a spread, at length one."""
    moved = (features - centre) / spread
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-9), dtype=np.float32)


def signals(
    crop: FloatArray, roi: FloatArray, affinity: FloatArray, candidates: ShotCandidates | Candidates, margin: FloatArray
) -> FloatArray:
    """(n, 7) what the fusion looks at."""
    head, generic = np.clip(candidates.head, -8, 8), logit(np.maximum(candidates.generic, NO_GENERIC))
    columns = [crop, roi, head, generic, margin, np.log1p(candidates.support), affinity]
    return np.asarray(np.stack(columns, axis=1) - FUSION_CENTRE, dtype=np.float32)


def fit_classifier(
    features: FloatArray,
    positive: BoolArray,
    image: IntArray,
    centre: FloatArray,
    spread: FloatArray,
) -> FeatureClassifier:
    """A classifier of boxes; both labels weigh the same, and an image with many boxes not much more than one with few."""
    weight = np.ones(len(positive), dtype=np.float32)
    for label in (True, False):
        mask = positive == label
        if not mask.any():
            continue
        _, place, count = np.unique(image[mask], return_inverse=True, return_counts=True)
        weight[mask] /= np.sqrt(count[place])
        weight[mask] *= len(count) ** 0.5 * 10 / weight[mask].sum()
    return FeatureClassifier(
        centre, spread, fit_logistic(framed(features, centre, spread), positive, weight, CLASSIFIER_L2, steps=60)
    )


def fit_fusion(rows: FloatArray, hit: BoolArray) -> Linear:
    """The usual weights, stretched and shifted as far as held-out boxes ask for (Platt scaling with a prior)."""
    raw = Linear(FUSION, FUSION_BIAS).logits(rows)
    if not len(rows):
        return Linear(FUSION, FUSION_BIAS)
    weight = np.ones(len(hit), dtype=np.float32)
    one = np.ones(1, dtype=np.float32)
    fitted = fit_logistic(raw[:, None], hit, weight, STRETCH_L2, prior=one, bias_l2=SHIFT_L2)
    stretch = max(float(fitted.weight[0]), 0.2)
    return Linear(np.asarray(FUSION * stretch, np.float32), FUSION_BIAS * stretch + fitted.bias)


def overlaps(xyxy: FloatArray, shots: FloatArray) -> FloatArray:
    """(n,) overlap with the best shot."""
    if not len(shots):
        return np.zeros(len(xyxy), dtype=np.float32)
    return np.asarray(iou(xyxy, shots).max(axis=1), dtype=np.float32)
