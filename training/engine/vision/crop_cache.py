"""Keys of crops, and the crop features that are known already."""

from __future__ import annotations

import numpy as np

from training.engine.core.arrays import EPSILON, FloatArray


def snap(boxes: FloatArray, parts: int) -> FloatArray:
    """Boxes moved to a grid of such a part of their size: a box that hardly changed finds its old features in the
    cache.
    """
    if not len(boxes):
        return boxes
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    step = 2 ** np.floor(np.log2(sides / parts))
    grid = np.concatenate([step, step], axis=1)
    return np.asarray(np.round(boxes / grid) * grid, dtype=np.float32)


def box_keys(boxes: FloatArray) -> list[str]:
    """A name per snapped box."""
    return [",".join(f"{edge:.4g}" for edge in box) for box in boxes]


class KnownCrops:
    """Features by box for one image."""

    def __init__(self, known: dict[str, FloatArray], parts: int) -> None:
        self.known = known
        self._parts = parts

    def unseen(self, boxes: FloatArray) -> FloatArray:
        """(m, 4) the boxes that it does not know, as they are to be looked at, each once."""
        snapped = snap(boxes, self._parts)
        places = {key: place for place, key in enumerate(box_keys(snapped)) if key not in self.known}
        return snapped[list(places.values())]

    def learn(self, unseen: FloatArray, features: FloatArray) -> None:
        """Keeps what the unseen look like, rounded as the cache rounds it: a second run sees the same numbers."""
        for key, row in zip(box_keys(unseen), features, strict=True):
            self.known[key] = row.astype(np.float16).astype(np.float32)

    def features(self, boxes: FloatArray) -> FloatArray:
        """(n, dim) features of boxes that it knows, one or more."""
        return np.stack([self.known[key] for key in box_keys(snap(boxes, self._parts))])


def unit(features: FloatArray) -> FloatArray:
    """Rows of length one."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, EPSILON), dtype=np.float32)
