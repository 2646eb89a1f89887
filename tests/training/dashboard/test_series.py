"""The series of the home page: days without gaps, precision of a rolling week, effort."""

from __future__ import annotations

from datetime import date, timedelta

from annotations.statistics import Day, Decisions
from training.dashboard.series import Share, per_day, rolling_precision

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_days_have_no_gaps_and_end_today() -> None:
    days = per_day([Day(ago(40), drawn=9), Day(ago(2), drawn=5, accepted=1)], TODAY, 4)
    assert [day.day for day in days] == [ago(3), ago(2), ago(1), TODAY]
    assert [day.drawn for day in days] == [0, 5, 0, 0]


def test_precision_is_of_the_week_that_ends_with_the_day() -> None:
    decisions = [
        Decisions(ago(8), wrong=10),
        Decisions(ago(6), kept=3, adjusted=1),
        Decisions(TODAY, kept=2, renamed=1, wrong=1),
    ]
    points = rolling_precision(decisions)
    assert [(day, share.right, share.n) for day, share in points] == [(ago(8), 0, 10), (ago(6), 4, 14), (TODAY, 6, 8)]
    assert all(share.low <= share.value <= share.high for _day, share in points)


def test_no_answers_are_no_share() -> None:
    assert Share.of([]) is None
    assert Share.of([Decisions(TODAY)]) is None
