"""What is drawn over a picture of a comparison: the old state dashed, the new one solid, what stayed thin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from annotations.versions.blocks import BoxState
from annotations.versions.comparisons import Picture

MOST = 80  # boxes that stayed, on one picture
UNKNOWN = "#888888"


class Mark(NamedTuple):
    """A rectangle in pixels of the picture. kind: same, old, new."""

    kind: str
    x: str
    y: str
    width: str
    height: str
    color: str


def marks(picture: Picture, colors: Mapping[int, str]) -> list[Mark]:
    """From the back to the front."""
    changed = picture.different
    return [
        *(_mark("same", box, colors) for box in picture.same[:MOST]),
        *(_mark("old", one.before, colors) for one in changed if one.before),
        *(_mark("new", one.after, colors) for one in changed if one.after),
    ]


def _mark(kind: str, box: BoxState, colors: Mapping[int, str]) -> Mark:
    x1, y1, x2, y2 = box.xyxy
    x, y, width, height = (f"{edge:.1f}" for edge in (x1, y1, x2 - x1, y2 - y1))
    return Mark(kind, x, y, width, height, colors.get(box.label, UNKNOWN))
