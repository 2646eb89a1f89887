"""Figures with how sure they are: ratios over images, means of a few values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from annotations.answers import wilson

FEW = 5  # images, answers, boxes; with fewer a figure says nothing
Z = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the ends of its 95 % interval, from `n` of something; all three None where there are too few."""

    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Of pairs (x, y), one for each of n images: what a ratio and its spread are made of."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @classmethod
    def of(cls, x: float, y: float) -> Sums:
        return cls(1, x, y, x * x, x * y, y * y)


def ratio(sums: Sums, most: float = float("inf")) -> Estimate:
    """x over y, as it is of all images together; images are what differs by chance (Cochran 1977, chapter 6).

    The interval is Student's, within 0 and `most`; nothing is said of fewer than FEW images.
    """
    if sums.n < FEW or sums.y <= 0:
        return Estimate(sums.n)
    found = sums.x / sums.y
    left = max(0.0, sums.xx - 2 * found * sums.xy + found * found * sums.yy)
    spread = student(sums.n - 1) * sqrt(sums.n * left / (sums.n - 1)) / sums.y
    return Estimate(sums.n, found, max(0.0, found - spread), min(most, found + spread))


def share(sums: Sums, count: float) -> Estimate:
    """A ratio that is a share of `count` things: at least as wide as Wilson's, so that a few faultless images do not
    promise that all will be.
    """
    found = ratio(sums, most=1.0)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = wilson(found.value * count, count)
    return replace(found, low=min(low, found.low), high=max(high, found.high))


def student(freedom: int, z: float = Z) -> float:
    """The quantile of Student's distribution that is the normal one's z, by the series of Cornish and Fisher."""
    third, fifth = z**3 + z, 5 * z**5 + 16 * z**3 + 3 * z
    return z + third / (4 * freedom) + fifth / (96 * freedom**2)
