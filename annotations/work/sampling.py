"""Acceptance by a random sample: which images are looked at, and what a sample proves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from random import Random


def draw(ids: Sequence[int], size: int, seed: int) -> list[int]:
    """`size` of the images, in their order; the same for the same seed."""
    chosen = set(Random(seed).sample(sorted(ids), min(size, len(ids))))
    return [pk for pk in ids if pk in chosen]


def passes(lot: int, wrong: int, size: int, most_errors: int) -> float:
    """How probable it is that a lot with so many wrong images passes: at most `most_errors` of them are drawn."""
    ways = sum(comb(wrong, hit) * comb(lot - wrong, size - hit) for hit in range(min(most_errors, wrong, size) + 1))
    return ways / comb(lot, size)
