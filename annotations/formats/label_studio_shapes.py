"""One result of Label Studio: its shape as a box, its classes, the size that it says of the picture.

Parts of a percent come as decimals, so that what LabelHub wrote comes back as the very floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

from annotations.formats.brush import around_brush
from annotations.formats.numbers import decimal, pixels
from annotations.formats.outlines import around, ellipse, turned
from annotations.geometry import XYXY

REGION_LABELS = ("rectanglelabels", "labels", "polygonlabels", "ellipselabels", "brushlabels", "keypointlabels")
_EXACT = Context(prec=60)


def degrees_of(result: Mapping[str, Any]) -> float:
    """How far a region is turned."""
    rotation = _value(result).get("rotation")
    return float(decimal(rotation) or 0) if rotation else 0.0


def box_of(result: Mapping[str, Any], shape: str, size: tuple[int, int], degrees: float) -> XYXY | None:
    """The box around a rectangle, polygon, ellipse or brush mask, in pixels of a picture of this size."""
    value = _value(result)
    found = _polygon(value, size) if shape == "polygon" else _brush(result, size) if shape == "brush" else None
    if shape == "rectangle" and (sides := _sides(value, "x", "y", "width", "height")):
        x, y, w, h = sides
        x1, x2 = _part(x, size[0]), _part(_EXACT.add(x, w), size[0])
        y1, y2 = _part(y, size[1]), _part(_EXACT.add(y, h), size[1])
        found = (x1, y1, x2, y2)
        found = turned(found, degrees, about=(x1, y1)) if degrees else found
    elif shape == "ellipse" and (sides := _sides(value, "x", "y", "radiusX", "radiusY")):
        cx, rx = (_part(side, size[0]) for side in (sides[0], sides[2]))
        cy, ry = (_part(side, size[1]) for side in (sides[1], sides[3]))
        found = ellipse(cx, cy, rx, ry, degrees)
    return found


def _value(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return result["value"] if isinstance(result.get("value"), dict) else {}


def size_in(meta: Mapping[str, Any], owners: tuple[dict[str, Any], ...]) -> tuple[int, int] | None:
    rows = ((result, "original_width", "original_height") for owner in owners for result in dicts(owner, "result"))
    for row, *keys in chain(rows, [(meta, "width", "height")]):
        width, height = (pixels(row.get(key)) for key in keys)
        if width and height:
            return width, height
    return None


def names_of(result: Mapping[str, Any]) -> list[str]:
    value = _value(result)
    given = [name for kind in (*REGION_LABELS, "choices") if isinstance(value.get(kind), list) for name in value[kind]]
    return [name.strip() for name in given if isinstance(name, str) and name.strip()]


def _polygon(value: Mapping[str, Any], size: tuple[int, int]) -> XYXY | None:
    points = value.get("points")
    if not isinstance(points, list):
        return None
    found = [[decimal(side) for side in point] if isinstance(point, list) else [] for point in points]
    places = [
        (_part(p[0], size[0]), _part(p[1], size[1]))
        for p in found
        if len(p) == 2 and p[0] is not None and p[1] is not None
    ]
    return around(places) if len(places) == len(points) else None


def packed(result: Mapping[str, Any]) -> list[Any]:
    """The packed bytes of a brush mask."""
    found = _value(result).get("rle")
    return found if isinstance(found, list) else []


def _brush(result: Mapping[str, Any], size: tuple[int, int]) -> XYXY | None:
    """The mask is of the size that its region says, if it says one."""
    width, height = size_in({}, ({"result": [result]},)) or size
    try:
        found = around_brush(bytes(packed(result)), width, height)
    except (TypeError, ValueError):
        return None
    if found is None:
        return None
    x, y = size[0] / width, size[1] / height
    return found[0] * x, found[1] * y, found[2] * x, found[3] * y


def _sides(value: Mapping[str, Any], *keys: str) -> tuple[Decimal, ...] | None:
    found = []
    for key in keys:
        if (side := decimal(value.get(key))) is None:
            return None
        found.append(side)
    return tuple(found)


def _part(percent: Decimal, side: int) -> float:
    return float(_EXACT.multiply(percent, _hundredth(side)))


@lru_cache(maxsize=64)
def _hundredth(side: int) -> Decimal:
    return Decimal(side).scaleb(-2)


def dicts(owner: Mapping[str, Any], *keys: str) -> list[dict[str, Any]]:
    rows: list[Any] = next((owner[key] for key in keys if isinstance(owner.get(key), list)), [])
    return [row for row in rows if isinstance(row, dict)]
