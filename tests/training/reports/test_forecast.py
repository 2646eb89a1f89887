"""Forecasts: silent where there is too little to go by, and as sure as they say they are."""

from __future__ import annotations

import random

import pytest

from training.reports.forecast import FEW, forecast


@pytest.mark.parametrize(
    ("left", "done"),
    [(10, []), (10, [0] * 28), (10, [9, 9, 9, 9]), (10, [0, 0, 5, 5, 5, 5]), (0, [5] * 10)],
)
def test_too_little_to_say(left: int, done: list[int]) -> None:
    assert forecast(left, done) is None


def test_even_days_leave_no_doubt() -> None:
    found = forecast(100, [10] * FEW)
    assert found
    assert (found.low, found.days, found.high, found.per_day) == (10, 10, 10, 10)


def test_days_that_differ_too_much_have_no_latest() -> None:
    found = forecast(1000, [1, 1, 1, 1, 200])
    assert found
    assert found.high is None
    assert found.low < found.days


def test_the_interval_holds_nine_times_in_ten() -> None:
    rng = random.Random(7)

    def day() -> int:
        return 0 if rng.random() < 0.3 else round(rng.lognormvariate(3, 0.6))

    inside = tried = 0
    for _ in range(400):
        found = forecast(400, [day() for _ in range(rng.randrange(8, 29))])
        if found is None:
            continue
        left, days = 400, 0
        while left > 0:
            left, days = left - day(), days + 1
        tried += 1
        inside += found.low <= days and (found.high is None or days <= found.high)
    assert 0.85 < inside / tried < 0.97, inside / tried
