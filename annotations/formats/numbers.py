"""Numbers as label files have them: in any spelling, finite, and written so that they come back the same."""

from __future__ import annotations

import math

LARGEST = 1e9  # pixels; what is beyond is no place in an image


def number(value: object) -> float | None:
    """A finite number, also where it is written as text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and abs(found) <= LARGEST else None


def numbers(values: list[object]) -> list[float] | None:
    """All of them, None where one is none."""
    found = [number(value) for value in values]
    return None if None in found else [value for value in found if value is not None]


def plain(value: float) -> str:
    """The shortest text that is read back as this very number; whole numbers without ".0"."""
    return str(int(value)) if value == int(value) else repr(float(value))
