"""The bank: crops that are known to be the class or known not to be, and the nearest of them as evidence."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np

from training.engine.core.arrays import EPSILON, BoolArray, FloatArray, IntArray, need
from training.engine.tuning.class_model import BankSettings


@dataclass(frozen=True, slots=True)
class Entries:
    """What the bank holds, row by row: a unit feature, its label, and where it came from (box_id -1: no person's box).

    roi, classes: the detector's features of the box and its own classes' scores. Only fitting needs them; a stored bank
    has none (width 0).
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
    """Two FAISS indexes of unit vectors, of shots and of counter-examples.

    Both are searched exactly, since banks are small.
    """

    def __init__(self, entries: Entries, settings: BankSettings) -> None:
        self.entries = entries
        self.settings = settings
        self._shots, self._counter_examples = (_Side.of(entries, positive) for positive in (True, False))

    def nearest(self, queries: FloatArray) -> Neighbours:
        """The most similar shots and the most similar counter-examples of each query, a (n, dim) float32 unit vector.

        Both, since a bank holds many more counter-examples: among the nearest of all a person might see no shot.
        """
        found = [
            self._shots.search(queries, self.settings.shots_shown),
            self._counter_examples.search(queries, self.settings.counter_examples_shown),
        ]
        return Neighbours(
            np.concatenate([near.index for near in found], axis=1),
            np.concatenate([near.similarity for near in found], axis=1),
        )

    def margin(self, queries: FloatArray, without_image: int | None = None) -> FloatArray:
        """(n,) how much nearer the shots are than the counter-examples: the difference of soft nearest similarities
        (cosines).

        without_image: entries of this image are left out.
        """
        allowed = None if without_image is None else self.entries.image_id != without_image
        near, far = (
            soft_mean(side.search(queries, self.settings.soft, allowed).similarity, self.settings.sharpness)
            for side in (self._shots, self._counter_examples)
        )
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

    def search(self, queries: FloatArray, k: int, allowed: BoolArray | None = None) -> Neighbours:
        """Each query's k nearest, similarity -inf and index -1 where there are fewer.

        allowed: (entries,) which may be found.
        """
        if not len(queries) or not len(self.rows):
            shape = (len(queries), k)
            return Neighbours(np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf, dtype=np.float32))
        chosen = None
        if allowed is not None:
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.flatnonzero(allowed[self.rows])))  # type: ignore[call-arg]
        similarity, index = self.index.search(np.ascontiguousarray(queries, dtype=np.float32), k, params=chosen)
        known = index >= 0
        return Neighbours(
            np.where(known, self.rows[np.maximum(index, 0)], -1).astype(np.int64),
            np.where(known, similarity, -np.inf).astype(np.float32),
        )


def soft_mean(similarity: FloatArray, sharpness: float) -> FloatArray:
    """(n,) mean of each row's similarities, best first, weighted so that one outlier alone does not decide.

    similarity: (n, k), -inf where there is no neighbour; a row of none gives 0.
    """
    known = np.isfinite(similarity)
    best = np.where(known, similarity, np.float32(0))
    weight = np.where(known, np.exp(sharpness * (best - best[:, :1])), np.float32(0))
    return np.asarray((best * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), EPSILON), dtype=np.float32)
