"""When work will be done, from what was done on each of the last days, with how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import fmean, stdev

WINDOW = 28  # days; whole weeks, so that weekends weigh what they are worth
FEW = 5  # days with work; with fewer a forecast says nothing
FURTHEST = 730  # days
Z = 1.645  # an interval that holds nine times in ten


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days from now until it is done: likely, at the earliest, and at the latest; None where the days are too uneven to
    say.
    """

    days: int
    low: int
    high: int | None
    per_day: float


def forecast(left: int, done: Sequence[int]) -> Forecast | None:
    """done: images of each whole day so far, oldest first, idle days included. None where there are too few to say.

    What D days bring is D times their mean, give or take how days differ (which grows as the root of D) and how well
    the mean is known (which grows as D); the spread is Student's, since it comes from as few days.
    """
    days = done[-WINDOW:]
    mean = fmean(days) if days else 0.0
    if sum(map(bool, days)) < FEW or left <= 0:
        return None
    spread = _student(len(days) - 1) * stdev(days)

    def reached(sign: int) -> int | None:
        brought = (mean * n + sign * spread * sqrt(n + n * n / len(days)) for n in range(1, FURTHEST + 1))
        return next((n for n, count in enumerate(brought, 1) if count >= left), None)

    return Forecast(ceil(left / mean), reached(1) or FURTHEST, reached(-1), mean)


def _student(freedom: int) -> float:
    """The quantile of Student's distribution, by the series of Cornish and Fisher."""
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
