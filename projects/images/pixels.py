"""Any Pillow image as what a browser shows: 8 bits, grey or RGB, without transparency.

The engine imports nothing of the portal and has the same rules for itself; a test compares the two to the byte.
"""

from __future__ import annotations

import math
from array import array

from PIL import Image as Pillow

WHITE = (255, 255, 255, 255)
DEPTHS = (8, 10, 12, 14, 16)
DEEPEST = 65535
DEEP = ("I", "F")  # the first letters of the modes with more than 8 bits


def has_transparency(image: Pillow.Image) -> bool:
    """Whether some pixel lets the background through."""
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        low, _high = image.getchannel(image.getbands()[-1]).getextrema()
        return low < 255  # type: ignore[operator]
    if "transparency" not in image.info:
        return False
    low, _high = image.convert("RGBA").getchannel("A").getextrema()
    return low < 255  # type: ignore[operator]


def eight_bit(image: Pillow.Image) -> Pillow.Image:
    """RGB or L of any mode. Transparent parts lie on white; deep greys are scaled."""
    if image.mode.startswith(DEEP):
        return _of_deep(image)
    if image.mode in ("RGB", "L"):
        return image if "transparency" not in image.info else _on_white(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_white(image: Pillow.Image) -> Pillow.Image:
    over = image.convert("RGBA")
    return Pillow.alpha_composite(Pillow.new("RGBA", over.size, WHITE), over).convert("RGB")


def _of_deep(image: Pillow.Image) -> Pillow.Image:
    """Greys of 16 or 32 bits and floats. NaN and infinity are no light; a picture of one value is that value.

    Whole numbers from 0 to 65535 are scaled by the least depth that holds them (10, 12 and 16 bits occur), the rest by
    its range.
    """
    if image.mode == "F":
        values: array[float] | array[int] = array("f", image.tobytes())
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        low, high = min(finite), max(finite)
    else:
        whole = image.convert("I")
        low, high = whole.getextrema()  # type: ignore[assignment]
        if low >= 0 and high <= DEEPEST:
            shift = _depth(high)
            return whole.point([min(value >> shift, 255) for value in range(DEEPEST + 1)], "L")
        values = array("i", whole.tobytes())
    start, scale = _window(low, high)
    levels = (int(min(max((value - start) * scale, 0), 255)) if math.isfinite(value) else 0 for value in values)
    return Pillow.frombytes("L", image.size, bytes(levels))


def _window(low: float, high: float) -> tuple[float, float]:
    """Start and scale that make 0..255 of values from low to high."""
    if low == high and not 1 < high <= DEEPEST:
        return 0.0, 255.0 if 0 < high <= 1 else 1.0
    if low < 0 or high > DEEPEST or 0 < high <= 1:
        return low, 255.0 / max(high - low, 1e-9)
    return 0.0, 1 / 2 ** _depth(high)


def _depth(high: float) -> int:
    """Bits to drop, so that the least depth that holds `high` becomes 8."""
    return next(bits for bits in DEPTHS if high < 2**bits) - 8
