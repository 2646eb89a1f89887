"""Candidates with their features and scores, and how they lie to the true boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from training.engine.core.arrays import BoolArray, ByteArray, FloatArray, IntArray
from training.engine.tuning.class_model import LabelSettings


@dataclass(frozen=True, slots=True)
class ShotCandidates:
    """Candidates of one class in shot images, row by row, with all features that a class model is fitted on.

    crop: (n, d) unit crop features. roi: (n, c) the detector's mean features inside the box. head: (n,) the class
    head's log odds. generic: the generic detector's score of that place. classes: (n, k) its scores for the classes it
    was pretrained on. support: how many boxes agreed. second: (n,) log odds of the second source's head, 0 where the
    class has none. image: which image each belongs to.
    """

    xyxy: FloatArray
    crop: FloatArray
    roi: FloatArray
    head: FloatArray
    generic: FloatArray
    classes: FloatArray
    support: FloatArray
    second: FloatArray
    image: IntArray

    def __len__(self) -> int:
        return len(self.xyxy)

    def take(self, index: IntArray | BoolArray) -> ShotCandidates:
        """Some of the boxes."""
        return ShotCandidates(*(getattr(self, name)[index] for name in ShotCandidates.__slots__))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of one class in images to label, image by image, with all scores but those of their crops.

    roi, affinity: (n,) scores of the roi classifier and of the affinity. The detector's features behind them would take
    a hundred kilobytes an image. source: index into SOURCES. The rest as in ShotCandidates.
    """

    image: IntArray
    xyxy: FloatArray
    roi: FloatArray
    affinity: FloatArray
    head: FloatArray
    generic: FloatArray
    support: FloatArray
    second: FloatArray
    source: ByteArray

    def __len__(self) -> int:
        return len(self.xyxy)

    @classmethod
    def none(cls) -> Candidates:
        """Of no image."""
        zero = np.zeros(0, dtype=np.float32)
        which, kind = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
        return cls(which, np.zeros((0, 4), dtype=np.float32), zero, zero, zero, zero, zero, zero, kind)

    @classmethod
    def join(cls, parts: Sequence[Candidates]) -> Candidates:
        """Several images' candidates as one table."""
        several = [cls.none(), *parts]
        return cls(*(np.concatenate([getattr(part, name) for part in several]) for name in cls.__slots__))

    def take(self, index: IntArray | BoolArray | slice) -> Candidates:
        """Some of the rows."""
        return Candidates(*(getattr(self, name)[index] for name in Candidates.__slots__))

    def spans(self) -> dict[int, slice]:
        """Where each image's rows lie."""
        first = np.flatnonzero(np.diff(self.image, prepend=self.image[:1] - 1))
        edges = pairwise([*first.tolist(), len(self)])
        return {int(self.image[low]): slice(low, high) for low, high in edges}

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """As plain arrays for a stage file."""
        return {f"{prefix}found_{name}": getattr(self, name) for name in Candidates.__slots__}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Candidates:
        """The inverse of arrays."""
        return cls(*(arrays[f"{prefix}found_{name}"] for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Labels:
    """What the shots say of boxes: overlap (IoU) with the best shot, and whether it is known.

    Where an image is not complete, only boxes that people answered are known.
    """

    overlap: FloatArray
    known: BoolArray
    settings: LabelSettings

    @property
    def hit(self) -> BoolArray:
        """Boxes that would count as found objects."""
        return np.asarray(self.overlap >= self.settings.hit)

    @property
    def sure_hit(self) -> BoolArray:
        """Boxes that clearly are the class."""
        return np.asarray(self.known & (self.overlap >= self.settings.sure_hit))

    @property
    def sure_miss(self) -> BoolArray:
        """Boxes that clearly are not the class."""
        return np.asarray(self.known & (self.overlap < self.settings.sure_miss))
