"""Verification: each box's crop against the bank, joined with what the sources think into one calibrated probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from training.engine.linear import Linear, fit_logistic
from training.engine.types import BoolArray, ByteArray, FloatArray, IntArray, iou, logit, sigmoid

HIT = 0.5
SURE_HIT = 0.6
SURE_MISS = 0.4
JUDGE_L2 = 0.3
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
class Evidence:
    """What is known of n boxes of one class, row by row.

    crop: unit crop features. roi: the detector's mean features inside the box. head: the class head's log odds.
    generic: the generic detector's score of that place. classes: (n, k) its scores for the classes it was pretrained on.
    support: how many boxes agreed. image: which image each belongs to.
    """

    xyxy: FloatArray
    crop: FloatArray
    roi: FloatArray
    head: FloatArray
    generic: FloatArray
    classes: FloatArray
    support: FloatArray
    image: IntArray

    def __len__(self) -> int:
        return len(self.xyxy)

    def take(self, index: IntArray | BoolArray) -> Evidence:
        """Some of the boxes."""
        return Evidence(*(getattr(self, name)[index] for name in Evidence.__slots__))


@dataclass(frozen=True, slots=True)
class Heard:
    """Candidates of one class in images to label, image by image, with all that is heard of them before their crops.

    roi, affinity: the words of the roi judge and of the affinity. The detector's features behind them would take a hundred
    kilobytes an image. source: index into SOURCES. The rest as in Evidence.
    """

    image: IntArray
    xyxy: FloatArray
    roi: FloatArray
    affinity: FloatArray
    head: FloatArray
    generic: FloatArray
    support: FloatArray
    source: ByteArray

    def __len__(self) -> int:
        return len(self.xyxy)

    @classmethod
    def none(cls) -> Heard:
        """Of no image."""
        zero = np.zeros(0, dtype=np.float32)
        which, kind = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
        return cls(which, np.zeros((0, 4), dtype=np.float32), zero, zero, zero, zero, zero, kind)

    @classmethod
    def join(cls, parts: Sequence[Heard]) -> Heard:
        """Several images' candidates as one table."""
        several = [cls.none(), *parts]
        return cls(*(np.concatenate([getattr(part, name) for part in several]) for name in cls.__slots__))

    def take(self, index: IntArray | BoolArray | slice) -> Heard:
        """Some of the rows."""
        return Heard(*(getattr(self, name)[index] for name in Heard.__slots__))

    def spans(self) -> dict[int, slice]:
        """Where each image's rows lie."""
        first = np.flatnonzero(np.diff(self.image, prepend=self.image[:1] - 1))
        edges = pairwise([*first.tolist(), len(self)])
        return {int(self.image[low]): slice(low, high) for low, high in edges}

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """As plain arrays for a stage file."""
        return {f"{prefix}found_{name}": getattr(self, name) for name in Heard.__slots__}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Heard:
        """The inverse of arrays."""
        return cls(*(arrays[f"{prefix}found_{name}"] for name in cls.__slots__))


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

    crop: Judge
    roi: Judge
    affinity: Affinity
    fusion: Linear

    def probability(self, heard: Heard, crop: FloatArray, margin: FloatArray) -> FloatArray:
        """(n,) calibrated probabilities. crop: unit crop features."""
        return self._fused(self.crop.logits(crop), heard, margin)

    def bounds(self, heard: Heard) -> tuple[FloatArray, FloatArray]:
        """(n,) probabilities that a poor and an excellent crop would give: most boxes need no look at their crop."""
        ends = [np.full(len(heard), value, dtype=np.float32) for value in (*POOR, *EXCELLENT)]
        return self._fused(ends[0], heard, ends[1]), self._fused(ends[2], heard, ends[3])

    def _fused(self, crop: FloatArray, heard: Heard, margin: FloatArray) -> FloatArray:
        return sigmoid(self.fusion.logits(signals(crop, heard.roi, heard.affinity, heard, margin)))


def framed(features: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Features around a centre, in units of a spread, at length one."""
    moved = (features - centre) / spread
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-9), dtype=np.float32)


def signals(
    crop: FloatArray, roi: FloatArray, affinity: FloatArray, evidence: Evidence | Heard, margin: FloatArray
) -> FloatArray:
    """(n, 7) what the fusion looks at."""
    head, generic = np.clip(evidence.head, -8, 8), logit(np.maximum(evidence.generic, NO_GENERIC))
    columns = [crop, roi, head, generic, margin, np.log1p(evidence.support), affinity]
    return np.asarray(np.stack(columns, axis=1) - FUSION_CENTRE, dtype=np.float32)


def fit_judge(
    features: FloatArray,
    positive: BoolArray,
    image: IntArray,
    centre: FloatArray,
    spread: FloatArray,
) -> Judge:
    """A classifier of boxes; both labels weigh the same, and an image with many boxes not much more than one with few."""
    weight = np.ones(len(positive), dtype=np.float32)
    for label in (True, False):
        mask = positive == label
        if not mask.any():
            continue
        _, place, count = np.unique(image[mask], return_inverse=True, return_counts=True)
        weight[mask] /= np.sqrt(count[place])
        weight[mask] *= len(count) ** 0.5 * 10 / weight[mask].sum()
    return Judge(centre, spread, fit_logistic(framed(features, centre, spread), positive, weight, JUDGE_L2, steps=60))


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


def folds(images: Sequence[int], most: int, seed: int) -> list[frozenset[int]]:
    """Images in at most `most` groups, each held out once."""
    order = list(np.random.default_rng([seed, 17]).permutation(sorted(images)))
    count = min(most, len(order))
    return [frozenset(int(image) for image in order[start::count]) for start in range(count)]
