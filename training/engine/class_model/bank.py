"""The bank: crops that are known to be the class or known not to be, and the nearest of them as evidence."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np

from training.engine.core.arrays import BoolArray, FloatArray, IntArray, need

POWER = 10.0


@dataclass(frozen=True, slots=True)
class Entries:
    """What the bank holds, row by row: a unit feature, its label, and where it came from (box_id -1: no person's box).

    roi, classes: the detector's features of the box and its own classes' scores, for teaching only; a stored bank has none (width 0).
    """

    features: FloatArray
    positive: BoolArray
    box_id: IntArray
    image_id: IntArray
    xyxy: FloatArray
    roi: FloatArray
    classes: FloatArray

    def __post_init__(self) -> None:
        count = len(self.features)
        for name in ("positive", "box_id", "image_id", "xyxy", "roi", "classes"):
            need(len(getattr(self, name)) == count, f"{name} must have {count} rows")

    def __len__(self) -> int:
        return len(self.features)

    def take(self, index: IntArray | BoolArray) -> Entries:
        """Some of the entries."""
        return Entries(*(getattr(self, name)[index] for name in Entries.__slots__))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest entries of n queries: the shots first, then what is known not to be the class, each best first.

    index: (n, k) rows of the bank, -1 where it holds fewer. similarity: (n, k) cosine.
    """

    index: IntArray
    similarity: FloatArray


class Bank:
    """FAISS indexes of unit vectors, searched exactly: banks are small, and evidence must be the true nearest."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._sides = [_Side.of(entries, positive) for positive in (True, False)]

    def nearest(self, queries: FloatArray, shots: int, others: int) -> Neighbours:
        """The most similar shots and the most similar counter-examples of each query.

        Both, since a bank holds many more counter-examples: among the nearest of all a person might see no shot.
        """
        found = [side.search(queries, k) for side, k in zip(self._sides, (shots, others), strict=True)]
        return Neighbours(
            np.concatenate([near.index for near in found], axis=1),
            np.concatenate([near.similarity for near in found], axis=1),
        )

    def margin(self, queries: FloatArray, without_image: int | None = None) -> FloatArray:
        """(n,) how much nearer the positives are than the negatives: difference of soft nearest similarities."""
        entries = self.entries
        usable = np.ones(len(entries), dtype=bool) if without_image is None else entries.image_id != without_image
        near = soft_nearest(queries, entries.features[usable & entries.positive])
        far = soft_nearest(queries, entries.features[usable & ~entries.positive])
        return np.asarray(near - far, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Side:
    """The entries of one label in an index of their own; rows: where they stand in the bank."""

    index: faiss.IndexFlatIP
    rows: IntArray

    @classmethod
    def of(cls, entries: Entries, positive: bool) -> _Side:
        rows = np.flatnonzero(entries.positive == positive)
        index = faiss.IndexFlatIP(entries.features.shape[1])
        index.add(np.ascontiguousarray(entries.features[rows], dtype=np.float32))
        return cls(index, rows)

    def search(self, queries: FloatArray, k: int) -> Neighbours:
        if not len(queries) or not len(self.rows):
            shape = (len(queries), k)
            return Neighbours(np.full(shape, -1, dtype=np.int64), np.full(shape, -1.0, dtype=np.float32))
        similarity, index = self.index.search(np.ascontiguousarray(queries, dtype=np.float32), k)
        known = index >= 0
        return Neighbours(
            np.where(known, self.rows[np.maximum(index, 0)], -1).astype(np.int64),
            np.where(known, similarity, -1.0).astype(np.float32),
        )


def soft_nearest(queries: FloatArray, features: FloatArray) -> FloatArray:
    """(n,) similarity to the nearest few rows, weighted so that one outlier alone does not decide; 0 without rows."""
    if not len(features) or not len(queries):
        return np.zeros(len(queries), dtype=np.float32)
    similarity = queries @ features.T
    best = -np.sort(-similarity, axis=1)[:, :3]
    weight = np.exp(POWER * (best - best[:, :1]))
    return np.asarray((best * weight).sum(1) / weight.sum(1), dtype=np.float32)
