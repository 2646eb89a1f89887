"""Days of a zone are the database's as they are Python's, summer time included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F

from annotations.days import Slot, date_of, day_expression
from annotations.models import Comment
from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "Asia/Kolkata", "Europe/Berlin", "America/New_York"])
def test_a_day_is_the_readers(zone: str) -> None:
    first, last, there = date(2026, 3, 1), date(2026, 11, 20), ZoneInfo(zone)
    image = factories.make_image(factories.make_project())
    begin = datetime(2026, 3, 7, 22, 15, tzinfo=UTC)
    moments = [begin + timedelta(hours=7 * n) for n in range(12)] + [
        datetime(2026, month, day, hour, 45, tzinfo=UTC)
        for month, day in ((3, 8), (3, 29), (10, 25), (11, 1)) for hour in range(24)
    ]  # fmt: skip
    words = [Comment(image=image, text="-") for _ in moments]
    Comment.objects.bulk_create(words)
    for word, at in zip(words, moments, strict=True):
        word.created_at = at
    Comment.objects.bulk_update(words, ["created_at"])
    rows = Comment.objects.alias(slot=Slot(F("created_at"))).annotate(day=day_expression("slot", there, first, last))
    assert [date_of(day) for day in rows.order_by("id").values_list("day", flat=True)] == [
        at.astimezone(there).date() for at in moments
    ]
