"""How far the work of jobs is, day by day, and when it will be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from annotations.closed_images import CLOSED
from annotations.days import Slot, date_of
from annotations.models import WorkImage, WorkJob
from projects.models import Project
from training.reports.forecast import WINDOW, Forecast, forecast
from training.reports.period import Period

State = WorkImage.State


@dataclass(slots=True)
class Course:
    """Images of one job, or of several: given, labelled and final on each day.

    As they stand now: what was returned counts as never labelled, and what was taken back as never given.
    """

    given: Counter[date] = field(default_factory=Counter)
    labelled: Counter[date] = field(default_factory=Counter)
    final: Counter[date] = field(default_factory=Counter)

    @property
    def to_label(self) -> int:
        return self.given.total() - self.labelled.total()

    @property
    def to_finish(self) -> int:
        return self.given.total() - self.final.total()

    def left(self, done: Counter[date], days: Sequence[date]) -> list[int]:
        """At the end of each of these days."""
        before = days[0]
        now = sum(n for day, n in self.given.items() if day < before) - sum(
            n for day, n in done.items() if day < before
        )
        found = []
        for day in days:
            now += self.given[day] - done[day]
            found.append(now)
        return found

    def forecast(self, done: Counter[date], today: date) -> Forecast | None:
        """From whole days: today is not over. It begins where the work did."""
        begun = min(self.given, default=today)
        first = max(today - timedelta(days=WINDOW), begun)
        days = [done[first + timedelta(days=n)] for n in range((today - first).days)]
        return forecast(self.given.total() - done.total(), days)


def courses(project: Project, period: Period) -> dict[int, Course]:
    """Of each job, in three questions."""
    rows = WorkImage.objects.filter(period.images("image__"), job__project=project).order_by()
    since = timezone.localdate(project.created_at, period.zone)
    found: dict[int, Course] = {}

    def count(into: str, moment: str, chosen: Q) -> None:
        by_day = rows.filter(chosen, **{f"{moment}__isnull": False}).alias(slot=Slot(F(moment)))
        for job, day, n in by_day.values_list("job", period.day_of("slot", since)).annotate(n=Count("pk")):
            getattr(found.setdefault(job, Course()), into)[date_of(day)] += n

    count("given", "job__created_at", Q())
    count("labelled", "submitted_at", Q(state__in=CLOSED))
    count("final", "decided_at", Q(state=State.FINAL))
    return found


def together(parts: Iterable[Course]) -> Course:
    whole = Course()
    for part in parts:
        whole.given.update(part.given)
        whole.labelled.update(part.labelled)
        whole.final.update(part.final)
    return whole


def jobs_of(project: Project, period: Period) -> list[WorkJob]:
    """In the order in which they are worked on."""
    rows = WorkJob.objects.filter(project=project).select_related("assignee")
    return list(rows.filter(pk=period.job.pk) if period.job else rows)


def is_late(job: WorkJob, course: Course, today: date) -> bool:
    return job.due is not None and job.due < today and course.to_label > 0
