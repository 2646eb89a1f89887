"""Brush masks of Label Studio: run lengths of an RGBA picture packed bit by bit (thi.ng/rle-pack), as boxes around
them.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotations.geometry import XYXY

CHANNELS, ALPHA = 4, 3


def around_brush(packed: bytes, width: int, height: int) -> XYXY | None:
    """The box around all pixels that are not see-through, None where there is none. Raises ValueError."""
    found: XYXY | None = None
    for start, end in _painted(packed, CHANNELS * width * height):
        first, last = (start + CHANNELS - 1 - ALPHA) // CHANNELS, (end - 1 - ALPHA) // CHANNELS  # pixels
        if first > last:
            continue
        top, bottom = first // width, last // width
        left, right = (first % width, last % width) if top == bottom else (0, width - 1)
        x1, y1, x2, y2 = found or (width, height, 0, 0)
        found = min(x1, left), min(y1, top), max(x2, right + 1), max(y2, bottom + 1)
    return found


def _painted(packed: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Stretches [start, end) of values that are not zero. Raises ValueError where they are not those of `size`
    values.
    """
    bits = _Bits(packed)
    if bits.read(32) != size:
        raise ValueError(size)
    word = bits.read(5) + 1
    lengths = [bits.read(4) + 1 for _ in range(4)]
    at = 0
    while at < size:
        run = bits.read(1)
        end = at + 1 + bits.read(lengths[bits.read(2)])
        if run:
            if bits.read(word):
                yield at, end
        else:
            yield from ((place, place + 1) for place in range(at, end) if bits.read(word))
        at = end
    if at > size:
        raise ValueError(at)


class _Bits:
    """Numbers out of bytes, the highest bit first."""

    def __init__(self, packed: bytes) -> None:
        self.packed, self.at = packed, 0

    def read(self, n: int) -> int:
        """Raises ValueError behind the end."""
        first, end = self.at // 8, -(-(self.at + n) // 8)
        if end > len(self.packed):
            raise ValueError(n)
        self.at += n
        return int.from_bytes(self.packed[first:end], "big") >> (8 * end - self.at) & ((1 << n) - 1)
