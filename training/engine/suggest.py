"""Suggestions: one per object, marked auto or review by thresholds, the rest dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.types import FloatArray, IntArray, area

SAME_OBJECT = 0.5
INSIDE = 0.85


@dataclass(frozen=True, slots=True)
class Rules:
    """When two boxes are one object. overlap: as people's own boxes never overlap more. nested: one may hold another."""

    overlap: float = SAME_OBJECT
    nested: bool = True

    @classmethod
    def of(cls, images: Sequence[FloatArray]) -> Rules:
        """What the shots show: nested boxes stay allowed only where people drew some or too few boxes can tell."""
        pairs = [inner_share(boxes, boxes) for boxes in images if len(boxes) > 1]
        shares = [float(np.where(np.eye(len(share)), 0, share).max()) for share in pairs]
        boxes = sum(len(boxes) for boxes in images)
        return cls(SAME_OBJECT, nested=any(share > INSIDE for share in shares) or boxes < 2)


def inner_share(a: FloatArray, b: FloatArray) -> FloatArray:
    """(n, m) intersection over the smaller box."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    smaller = np.minimum(area(a)[:, None], area(b)[None, :])
    return np.asarray(inner / np.maximum(smaller, 1e-9), dtype=np.float32)


def one_per_object(boxes: FloatArray, probability: FloatArray, rules: Rules) -> IntArray:
    """Indices of the boxes that stay, most probable first."""
    from training.engine.types import iou

    order = np.argsort(-probability, kind="stable")
    overlap = iou(boxes, boxes)
    inside = inner_share(boxes, boxes)
    gone = np.zeros(len(boxes), dtype=bool)
    keep: list[int] = []
    for index in order:
        if gone[index]:
            continue
        keep.append(int(index))
        gone |= overlap[index] > rules.overlap
        if not rules.nested:
            gone |= inside[index] > INSIDE
    return np.asarray(keep, dtype=np.int64)


def state_of(probability: float, review: float, auto: float) -> str | None:
    """auto, review, or None for what is dropped."""
    if probability < review:
        return None
    return "auto" if probability >= auto else "review"
