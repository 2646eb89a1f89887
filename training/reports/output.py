"""What people made and answered: by day, and by person. Boxes that were deleted since are no work done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from annotations.answers import Answers, total
from annotations.closed_images import CLOSED
from annotations.days import Slot, date_of
from annotations.models import OBJECTS, Box, Origin, Suggestion, WorkImage
from annotations.outcome import DECIDED, outcome
from projects.models import Project
from training.reports.period import Period

State = WorkImage.State
Key = tuple[int | None, date]  # person and day


@dataclass(slots=True)
class Output:
    """drawn, accepted: boxes. images: submitted. reviewed: images accepted or returned. answers: to suggestions.

    decided, returned: images that the person submitted and a reviewer decided about, and those of them that were
    returned at least once.
    """

    drawn: int = 0
    accepted: int = 0
    images: int = 0
    reviewed: int = 0
    decided: int = 0
    returned: int = 0
    answers: Answers = field(default_factory=Answers)

    def __add__(self, other: Output) -> Output:
        names = ("drawn", "accepted", "images", "reviewed", "decided", "returned")
        counts = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Output(**counts, answers=total([self.answers, other.answers]))


def outputs(project: Project, period: Period, person: int | None = None) -> dict[Key, Output]:
    """Of each person and day, in four questions; of one person where one is named."""
    found: dict[Key, Output] = {}

    def of(who: int | None, day: int) -> Output:
        return found.setdefault((who, date_of(day)), Output())

    boxes = Box.objects.filter(OBJECTS, period.images("image__"), label__project=project)
    names = {Origin.PERSON: "drawn", Origin.SUGGESTION: "accepted"}
    boxes = boxes.filter(origin__in=names)
    for who, day, origin, n in _by_day(boxes, "author", "created_at", period, person, "origin"):
        setattr(of(who, day), names[Origin(origin)], n)
    items = WorkImage.objects.filter(period.images("image__"), job__project=project)
    submitted = items.filter(state__in=CLOSED)
    for who, day, n in _by_day(submitted, "submitted_by", "submitted_at", period, person):
        of(who, day).images = n
    for who, day, by, rounds, n in _by_day(items, "decided_by", "decided_at", period, None, "submitted_by", "rounds"):
        if person in (None, who):
            of(who, day).reviewed += n
        if by is not None and person in (None, by):
            one = of(by, day)
            one.decided, one.returned = one.decided + n, one.returned + (n if rounds else 0)
    answered = Suggestion.objects.filter(DECIDED, period.images("image__"), label__project=project)
    words: dict[tuple[int | None, int], Counter[str]] = {}
    for who, day, word, n in _by_day(answered, "decided_by", "decided_at", period, person, outcome()):
        words.setdefault((who, day), Counter())[word] += n
    for (who, day), counts in words.items():
        of(who, day).answers = Answers(**counts)
    return found


def _by_day(
    rows: QuerySet[Any, Any], who: str, at: str, period: Period, person: int | None, *more: Any
) -> Iterator[tuple[Any, ...]]:
    since = Q(**{f"{at}__gte": period.start}) & (Q(**{who: person}) if person else Q())
    dated = rows.filter(since).order_by().alias(slot=Slot(F(at)))
    return iter(dated.values_list(who, period.day_of("slot"), *more).annotate(n=Count("pk")))


def by_day(found: dict[Key, Output]) -> dict[date, Output]:
    days: dict[date, Output] = {}
    for (_who, day), one in found.items():
        days[day] = days.get(day, Output()) + one
    return days


def by_person(found: dict[Key, Output]) -> dict[int | None, Output]:
    people: dict[int | None, Output] = {}
    for (who, _day), one in found.items():
        people[who] = people.get(who, Output()) + one
    return people
