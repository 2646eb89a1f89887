"""The verifier: scores of crop, bank, detector and head are fused into one calibrated probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.engine.class_model.candidates import Candidates, ShotCandidates
from training.engine.class_model.logistic import Linear, fit_logistic
from training.engine.core.arrays import EPSILON, BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import iou
from training.engine.tuning.class_model import VerifierSettings


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
    settings: VerifierSettings

    @classmethod
    def of(cls, shots: FloatArray, others: FloatArray, settings: VerifierSettings) -> Affinity:
        """From (n, k) class scores of shots and of boxes that are not the class."""
        mean = shots.mean(axis=0) if len(shots) else np.zeros(shots.shape[1], dtype=np.float32)
        more = np.maximum(mean - (others.mean(axis=0) if len(others) else 0), 0)
        return cls(
            np.asarray(more / max(float(more.sum()), EPSILON), np.float32),
            min(1.0, float(mean.max(initial=0.0)) / settings.clear_class),
            settings,
        )

    def logits(self, classes: FloatArray) -> FloatArray:
        """(n,) weighted log scores, about zero where a box is as likely as not one of those classes."""
        floor = np.float32(self.settings.class_floor)
        level = (np.log(classes + floor) - np.log(floor)) @ self.weight
        return np.asarray(self.gate * (level - self.settings.class_typical), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Classifiers of crop and pooled features, the affinity, and the fusion of their scores with the sources'."""

    crop: FeatureClassifier
    roi: FeatureClassifier
    affinity: Affinity
    fusion: Linear
    settings: VerifierSettings

    def probability(self, candidates: Candidates, crop: FloatArray, margin: FloatArray) -> FloatArray:
        """(n,) calibrated probabilities. crop: (n, d) unit crop features. margin: (n,) of the bank."""
        return self._fused(self.crop.logits(crop), candidates, margin)

    def bounds(self, candidates: Candidates) -> tuple[FloatArray, FloatArray]:
        """(n,) probabilities that a poor and an excellent crop would give: most crops need not be encoded."""
        ends = [
            np.full(len(candidates), value, dtype=np.float32)
            for value in (*self.settings.poor, *self.settings.excellent)
        ]
        return self._fused(ends[0], candidates, ends[1]), self._fused(ends[2], candidates, ends[3])

    def _fused(self, crop: FloatArray, candidates: Candidates, margin: FloatArray) -> FloatArray:
        rows = signals(crop, candidates.roi, candidates.affinity, candidates, margin, self.settings)
        return sigmoid(self.fusion.logits(rows))


def framed(features: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Features around a centre, in units of a spread, at length one."""
    moved = (features - centre) / spread
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, EPSILON), dtype=np.float32)


def signals(
    crop: FloatArray,
    roi: FloatArray,
    affinity: FloatArray,
    candidates: ShotCandidates | Candidates,
    margin: FloatArray,
    settings: VerifierSettings,
) -> FloatArray:
    """(n, 8) signals: crop, pooled features, head, detector, bank margin, agreement, affinity, second source; log odds
    but for margin and agreement.
    """
    head, generic = np.clip(candidates.head, -settings.clip, settings.clip), logit(candidates.generic)
    columns = [crop, roi, head, generic, margin, np.log1p(candidates.support), affinity, candidates.second]
    centre = np.array([*settings.centre, 0], dtype=np.float32)
    return np.asarray(np.stack(columns, axis=1) - centre, dtype=np.float32)


def fit_classifier(
    features: FloatArray,
    positive: BoolArray,
    image: IntArray,
    centre: FloatArray,
    spread: FloatArray,
    settings: VerifierSettings,
) -> FeatureClassifier:
    """A classifier of boxes; both labels weigh the same, and an image with many boxes not much more than one with
    few.
    """
    weight = np.ones(len(positive), dtype=np.float32)
    for label in (True, False):
        mask = positive == label
        if not mask.any():
            continue
        _, place, count = np.unique(image[mask], return_inverse=True, return_counts=True)
        weight[mask] /= np.sqrt(count[place])
        weight[mask] *= len(count) ** 0.5 * settings.label_weight / weight[mask].sum()
    return FeatureClassifier(
        centre,
        spread,
        fit_logistic(framed(features, centre, spread), positive, weight, settings.l2, steps=settings.steps),
    )


def usual_fusion(settings: VerifierSettings) -> Linear:
    """The fusion that no shot has changed."""
    return Linear(np.array([*settings.weights, settings.second_weight], dtype=np.float32), settings.bias)


def fit_fusion(rows: FloatArray, hit: BoolArray, settings: VerifierSettings) -> Linear:
    """The usual weights, stretched and shifted as far as held-out boxes ask for (Platt scaling with a prior)."""
    usual = usual_fusion(settings)
    if not len(rows):
        return usual
    raw = usual.logits(rows)
    weight = np.ones(len(hit), dtype=np.float32)
    one = np.ones(1, dtype=np.float32)
    fitted = fit_logistic(raw[:, None], hit, weight, settings.stretch_l2, prior=one, bias_l2=settings.shift_l2)
    stretch = max(float(fitted.weight[0]), settings.least_stretch)
    return Linear(np.asarray(usual.weight * stretch, np.float32), usual.bias * stretch + fitted.bias)


def overlaps(xyxy: FloatArray, shots: FloatArray) -> FloatArray:
    """(n,) overlap with the best shot."""
    if not len(shots):
        return np.zeros(len(xyxy), dtype=np.float32)
    return np.asarray(iou(xyxy, shots).max(axis=1), dtype=np.float32)
