"""Ratios: silent where there is too little, and as sure as they say they are."""

from __future__ import annotations

import random

import pytest

from annotations.quality.estimates import FEW, Estimate, Sums, ratio, share


def summed(pairs: list[tuple[float, float]]) -> Sums:
    return sum((Sums.of(x, y) for x, y in pairs), Sums())


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], Estimate(0)),
        ([(3.0, 1.0)] * (FEW - 1), Estimate(FEW - 1)),
        ([(3.0, 0.0)] * FEW, Estimate(FEW)),
        ([(3.0, 2.0)] * FEW, Estimate(FEW, 1.5, 1.5, 1.5)),
    ],
)
def test_a_ratio(pairs: list[tuple[float, float]], expected: Estimate) -> None:
    assert ratio(summed(pairs)) == expected


@pytest.mark.parametrize(
    ("pairs", "count", "low", "high"),
    [
        ([(12.0, 12.0)] * 6, 36.0, 0.90, 1.0),  # all right: not so sure as images alike would have it
        ([(0.0, 12.0)] * 6, 36.0, 0.0, 0.10),
        ([(12.0, 12.0), (0.0, 12.0)] * 3, 36.0, 0.0, 1.0),  # where images differ much they decide
    ],
)
def test_a_share_is_no_surer_than_its_count(
    pairs: list[tuple[float, float]], count: float, low: float, high: float
) -> None:
    found = share(summed(pairs), count)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02))


def test_the_interval_holds_nineteen_times_in_twenty() -> None:
    rng = random.Random(3)

    def image() -> tuple[float, float]:
        boxes = rng.randrange(1, 12)
        return sum(rng.lognormvariate(0, 0.7) for _ in range(boxes)), boxes

    true = 2.718281828 ** (0.7**2 / 2)
    held = [ratio(summed([image() for _ in range(rng.randrange(8, 60))])) for _ in range(600)]
    inside = sum((one.low or 0) <= true <= (one.high or 0) for one in held)
    assert 0.91 < inside / len(held) < 0.98, inside / len(held)
