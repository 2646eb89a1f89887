"""Days of a reader's time zone, counted by the database in whole numbers: neither a function of Python's for each row
on SQLite, nor a table of time zones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Case, Expression, ExpressionWrapper, F, Func, IntegerField, Value, When
from django.db.models.expressions import CombinedExpression

SLOT_S = 1800  # zones differ from UTC by whole half-hours, but for a few of a quarter
SLOTS = 24 * 3600 // SLOT_S
EPOCH = date(1970, 1, 1)


class Slot(Func):
    """Half-hours since 1970 of a moment."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {SLOT_S})"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {SLOT_S})::integer"
        return self.as_sql(compiler, connection, template=template, **context)


def slot_of(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_S


def day_expression(slot: Any, zone: tzinfo, first: date, last: date) -> Expression:
    """Days since 1970 of a slot, with the summer times of `zone` between two days."""
    parts = _offsets(zone, first, last)
    changes = [When(**{f"{slot}__lt": until}, then=Value(offset)) for until, offset in parts[:-1]]
    offset = Case(*changes, default=Value(parts[-1][1]), output_field=IntegerField())
    shifted = CombinedExpression(F(slot), "+", offset, output_field=IntegerField())
    whole = CombinedExpression(shifted, "/", Value(SLOTS), output_field=IntegerField())
    return ExpressionWrapper(whole, output_field=IntegerField())


def _offsets(zone: tzinfo, first: date, last: date) -> list[tuple[int, int]]:
    """(slot until which it holds, offset in slots), in order; the last holds for ever."""
    found: list[tuple[int, int]] = []
    at, end = _midnight(first - timedelta(days=1), UTC), _midnight(last + timedelta(days=2), UTC)
    now = _offset(at, zone)
    while at < end:
        later = min(at + timedelta(days=7), end)
        if _offset(later, zone) != now:
            change = _change(at, later, zone)
            found.append((slot_of(change), now))
            now = _offset(later, zone)
        at = later
    return [*found, (0, now)]


def _change(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first slot with another offset."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=SLOT_S):
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return datetime.fromtimestamp(round(high.timestamp() / SLOT_S) * SLOT_S, UTC)


def _offset(at: datetime, zone: tzinfo) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // SLOT_S


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def start_of(day: date, zone: tzinfo) -> datetime:
    return _midnight(day, zone)


def day_number(day: date) -> int:
    return (day - EPOCH).days


def date_of(number: int) -> date:
    return EPOCH + timedelta(days=number)
