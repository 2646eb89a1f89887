"""Boxes as plain numbers: corners in pixels, and how far two of them overlap."""

from __future__ import annotations

Place = tuple[int, int]  # image, class
XYXY = tuple[float, float, float, float]


def iou(a: XYXY, b: XYXY) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
