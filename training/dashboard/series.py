"""The series that the home page draws: boxes per day, and the precision of suggestions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from annotations.answers import total, wilson
from annotations.statistics import Day, Decisions

WINDOW = 7  # days; a single day has too few answers to say much


@dataclass(frozen=True, slots=True)
class Share:
    """right of n answers, with the ends of a 95 % interval."""

    n: int
    right: int
    low: float
    high: float

    @classmethod
    def of(cls, days: Sequence[Decisions]) -> Share | None:
        answers = total(day.answers for day in days)
        return cls(answers.all, answers.right, *wilson(answers.right, answers.all)) if answers.all else None

    @property
    def value(self) -> float:
        return self.right / self.n


def per_day(days: Sequence[Day], today: date, count: int) -> list[Day]:
    """The last `count` days without a gap, today last."""
    found = {day.day: day for day in days}
    wanted = (today - timedelta(days=back) for back in range(count - 1, -1, -1))
    return [found.get(day) or Day(day) for day in wanted]


def rolling_precision(decisions: Sequence[Decisions], most: int = 60) -> list[tuple[date, Share]]:
    """For every day with answers: the share that was right in the week that ends with it. The last `most` such days."""
    points: list[tuple[date, Share]] = []
    for last in decisions[-most:]:
        week = [day for day in decisions if last.day - timedelta(days=WINDOW) < day.day <= last.day]
        share = Share.of(week)
        if share:
            points.append((last.day, share))
    return points


def as_json(days: Sequence[Day], points: Sequence[tuple[date, Share]]) -> dict[str, Any]:
    """For the page's script."""
    return {
        "days": [
            {"day": day.day.isoformat(), "drawn": day.drawn, "accepted": day.accepted, "imported": day.imported}
            for day in days
        ],
        "precision": [
            {"day": day.isoformat(), "value": share.value, "low": share.low, "high": share.high, "n": share.n}
            for day, share in points
        ],
    }
