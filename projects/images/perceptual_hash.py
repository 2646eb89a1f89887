"""How a picture looks, in two numbers of 64 bits that hardly change when it is re-encoded, resized or cropped a
little.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from operator import mul

from PIL import Image as Pillow

BITS = 64
SIDE = 32  # of the picture whose waves are counted
WAVES = 8
FLAT = 4  # grey levels: a picture with fewer has no look, or every blank page would be a copy of the other
WAVES_APART, EDGES_APART = 10, 12  # bits; chosen by the curves of bench/copies.py
SHAPES_APART = 0.08  # log of the ratio of two aspect ratios: three percent off one side are .03
BANDS, BAND_BITS = 4, 16
# Of two numbers that differ in 10 bits at most, one of four bands differs in two at most.
NEAR_BITS = WAVES_APART // BANDS
FLIPS = tuple(
    sum(1 << bit for bit in bits) for count in range(NEAR_BITS + 1) for bits in combinations(range(BAND_BITS), count)
)
COSINES = [[math.cos(math.pi * (2 * x + 1) * k / (2 * SIDE)) for x in range(SIDE)] for k in range(WAVES)]


@dataclass(frozen=True, slots=True)
class Look:
    """waves: signs of the lowest 64 cosine waves against their median (pHash). edges: is each pixel brighter than its
    left one (dHash).

    Both signed, as a database keeps 64 bits. width, height: pixels of the upright picture.
    """

    waves: int
    edges: int
    width: int
    height: int

    def near(self, other: Look, *, waves: int = WAVES_APART, edges: int = EDGES_APART) -> bool:
        """Do both show the same, as far as this can tell? `waves`, `edges`: bits that may differ."""
        return (
            apart(self.waves, other.waves) <= waves
            and apart(self.edges, other.edges) <= edges
            and abs(math.log(self.width * other.height / (self.height * other.width))) <= SHAPES_APART
        )


def look_of(thumb: bytes) -> tuple[int, int] | None:
    """`waves` and `edges` of a thumbnail's bytes; None where it is all of one grey, or cannot be read.

    Of the thumbnail as it is kept, so that a picture that was uploaded before there were looks gets the very same.
    """
    try:
        with Pillow.open(io.BytesIO(thumb)) as image:
            grey = image.convert("L")
    except (OSError, ValueError, SyntaxError):  # Pillow's words for broken files
        return None
    small = grey.resize((SIDE, SIDE), Pillow.Resampling.LANCZOS)
    darkest, brightest = small.getextrema()
    if brightest - darkest < FLAT:  # type: ignore[operator]
        return None
    return _waves(small.tobytes()), _edges(grey.resize((9, 8), Pillow.Resampling.LANCZOS).tobytes())


def apart(a: int, b: int) -> int:
    """In how many of 64 bits two numbers differ."""
    return ((a ^ b) & ((1 << BITS) - 1)).bit_count()


def bands_near(waves: int) -> list[list[int]]:
    """Per band, the values that it can have in a number that is near by this band."""
    return [[(waves >> BAND_BITS * band & 0xFFFF) ^ flip for flip in FLIPS] for band in range(BANDS)]


def _waves(pixels: bytes) -> int:
    rows = [pixels[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    across = [[sum(map(mul, cosine, row)) for row in rows] for cosine in COSINES]
    waves = [sum(map(mul, cosine, column)) for cosine in COSINES for column in across]
    median = sorted(waves[1:])[(BITS - 1) // 2]  # the first is the brightness of all
    return _number(wave > median for wave in waves)


def _edges(pixels: bytes) -> int:
    return _number(pixels[9 * y + x + 1] > pixels[9 * y + x] for y in range(8) for x in range(8))


def _number(bits: Iterable[bool]) -> int:
    found = 0
    for bit in bits:
        found = found << 1 | bit
    return found - (1 << BITS) if found >> (BITS - 1) else found
