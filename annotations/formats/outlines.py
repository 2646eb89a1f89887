"""The upright box around an outline: a polygon, a mask as run lengths, a rotated rectangle, an ellipse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from annotations.geometry import XYXY


def around(points: Iterable[tuple[float, float]]) -> XYXY | None:
    """The box around points, None where there are none, or one that is no number."""
    found = list(points)
    if not found or not all(math.isfinite(x) and math.isfinite(y) for x, y in found):
        return None
    xs, ys = zip(*found, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    """x, y, x, y ... as points. Raises ValueError for an odd one."""
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def turned(
    xyxy: XYXY, degrees: float, *, about: tuple[float, float]
) -> XYXY:  # fmt: skip
    """The upright box around a box that is turned clockwise about a point."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x1, y1, x2, y2 = xyxy
    px, py = about
    found = around(
        (px + (x - px) * cos - (y - py) * sin, py + (x - px) * sin + (y - py) * cos) for x in (x1, x2) for y in (y1, y2)
    )
    return found or xyxy


def ellipse(cx: float, cy: float, rx: float, ry: float, degrees: float = 0.0) -> XYXY:
    """The box around an ellipse that is turned about its centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    dx, dy = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return cx - dx, cy - dy, cx + dx, cy + dy


def around_runs(counts: Iterable[int], height: int) -> XYXY | None:
    """The box around a mask whose runs of zeros and ones, in turn, go down column by column (COCO)."""
    found: XYXY | None = None
    start = 0
    for place, count in enumerate(counts):
        if place % 2 and count:
            last = start + count - 1
            first_column, last_column = start // height, last // height
            top, bottom = (start % height, last % height) if first_column == last_column else (0, height - 1)
            own = (float(first_column), float(top), float(last_column + 1), float(bottom + 1))
            found = own if found is None else _union(found, own)
        start += count
    return found


def runs(text: str) -> Iterator[int]:
    """Run lengths out of COCO's compressed text: six bits a letter, each run from the third on told as a difference.

    Raises ValueError where the text ends within a number or holds other letters.
    """
    found: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError(letter)
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        if len(found) > 2:
            value += found[-2]
        if value < 0:
            raise ValueError(value)
        found.append(value)
        value = shift = 0
    if shift:
        raise ValueError(text)
    return iter(found)


def _union(a: XYXY, b: XYXY) -> XYXY:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
