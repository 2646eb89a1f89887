"""Boxes as plain numbers: corners in pixels, and how far two of them overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Place = tuple[int, int]  # image, class
XYXY = tuple[float, float, float, float]
MIN_SIDE = 1.0  # pixels; a smaller box is a slip of the hand


def iou(a: XYXY, b: XYXY) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def around(boxes: Iterable[XYXY]) -> XYXY:
    """The smallest box that holds all of these, which must not be none."""
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    return min(x1), min(y1), max(x2), max(y2)


def inside_share(xyxy: XYXY, region: XYXY) -> float:
    """The share of a box that lies in a region."""
    width = min(xyxy[2], region[2]) - max(xyxy[0], region[0])
    height = min(xyxy[3], region[3]) - max(xyxy[1], region[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((xyxy[2] - xyxy[0]) * (xyxy[3] - xyxy[1]))


def inside(xyxy: XYXY, width: float, height: float) -> XYXY | None:
    """`xyxy` cut at the edges of an image; None where less than a pixel of it is left."""
    x1, y1 = max(0.0, xyxy[0]), max(0.0, xyxy[1])
    x2, y2 = min(float(width), xyxy[2]), min(float(height), xyxy[3])
    return (x1, y1, x2, y2) if x2 - x1 >= MIN_SIDE and y2 - y1 >= MIN_SIDE else None


def matched(first: Sequence[XYXY], second: Sequence[XYXY], least: float) -> list[tuple[int, int]]:
    """Pairs of places in both lists that overlap by at least `least`, each in one pair; the best first."""
    found = [(iou(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)]
    pairs: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for overlap, i, j in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
        if overlap < least:
            break
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            pairs.append((i, j))
    return pairs
