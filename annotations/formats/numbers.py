"""Numbers as label files have them: in any spelling, finite, and written so that they come back the same."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

LARGEST = 1e9  # pixels; what is beyond is no place in an image
_LARGEST = Decimal(10**9)
_DIGITS = 100  # of a whole number
_LONGEST = 10**_DIGITS
_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}(\.0*)?")


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


def decimal(value: object) -> Decimal | None:
    """A number with all its digits, None where it is none. (`abs` of a decimal rounds, and fails beyond all
    measure.)
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() and -_LARGEST <= found <= _LARGEST else None


def whole(value: object) -> int | None:
    """A whole number, also where it is written as text or with ".0"; None where it is none, or longer than any id."""
    if isinstance(value, bool):
        return None
    text = str(value).strip() if not isinstance(value, int) or abs(value) < _LONGEST else ""
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None


def pixels(value: object) -> int:
    """A side of an image, 0 where it is none."""
    found = whole(value)
    return found if found is not None and 0 < found <= LARGEST else 0


def plain(value: float) -> str:
    """The shortest text that is read back as this very number; whole numbers without ".0"."""
    return str(int(value)) if value == int(value) else repr(float(value))
