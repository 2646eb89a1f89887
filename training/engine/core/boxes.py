"""Boxes as (n, 4) float32 xyxy arrays in pixels: overlap, suppression, matching."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.engine.core.arrays import EPSILON, BoolArray, FloatArray, IntArray


def ios(a: FloatArray, b: FloatArray) -> FloatArray:
    """(n, m) intersection over the smaller box."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    smaller = np.minimum(area(a)[:, None], area(b)[None, :])
    return np.asarray(inner / np.maximum(smaller, EPSILON), dtype=np.float32)


def as_boxes(rows: Any) -> FloatArray:
    """Any list of four numbers each as an (n, 4) float32 array, also when it is empty."""
    return np.asarray(rows, dtype=np.float32).reshape(-1, 4)


def area(boxes: FloatArray) -> FloatArray:
    """(n,) areas, never negative."""
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """(n, m) intersection over union."""
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)), dtype=np.float32)
    width, height = (
        np.minimum(a[:, None, high], b[None, :, high]) - np.maximum(a[:, None, low], b[None, :, low])
        for low, high in ((0, 2), (1, 3))
    )
    inner = np.clip(width, 0, None) * np.clip(height, 0, None)
    union = area(a)[:, None] + area(b)[None, :] - inner
    return np.asarray(inner / np.maximum(union, EPSILON), dtype=np.float32)


def lies_inside(boxes: FloatArray, regions: FloatArray, share: float) -> BoolArray:
    """(n,) whether at least this share of a box's area lies in one of the regions."""
    if not len(boxes) or not len(regions):
        return np.zeros(len(boxes), dtype=bool)
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2).max(axis=1)
    return np.asarray(inner >= share * np.maximum(area(boxes), EPSILON))


def nms(boxes: FloatArray, score: FloatArray, limit: float) -> IntArray:
    """Indices that stay, best first: a box goes when a better one overlaps it by more than `limit`."""
    order = np.argsort(-score, kind="stable")
    overlaps = iou(boxes, boxes)
    gone = np.zeros(len(boxes), dtype=bool)
    keep: list[int] = []
    for index in order:
        if not gone[index]:
            keep.append(int(index))
            gone |= overlaps[index] > limit
    return np.asarray(keep, dtype=np.int64)


def clip(boxes: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Boxes cut at the image's edges."""
    limits = np.asarray([size[0], size[1], size[0], size[1]], dtype=np.float32)
    return np.asarray(np.clip(boxes, 0, limits), dtype=np.float32)


def matches(boxes: FloatArray, truths: FloatArray, hit: float) -> IntArray:
    """For each box, best first, the truth that it finds (IoU of at least `hit`, no better box has it); else -1."""
    found = np.full(len(boxes), -1, dtype=np.int64)
    overlap = iou(boxes, truths)
    for place in range(len(boxes) if len(truths) else 0):
        best = int(overlap[place].argmax())
        if overlap[place, best] >= hit:
            found[place] = best
            overlap[:, best] = 0
    return found
