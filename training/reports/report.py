"""The manager's report of a project: what each part of the page shows, and the tables under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.models import WorkJob
from annotations.work import queries
from projects.models import Project
from training.reports import burndown
from training.reports.burndown import Course
from training.reports.forecast import Forecast
from training.reports.period import Period
from training.reports.tables import Column, Table
from training.reports.waiting import waiting

MOST_POINTS = 120  # of a curve; of more days every so manyth is drawn


@dataclass(frozen=True, slots=True)
class Outlook:
    """How much is left of something, and between which days it will be done; `says` why there are none."""

    name: str
    left: int
    per_day: float | None
    first: date | None
    last: date | None
    says: str

    @classmethod
    def of(cls, name: str, left: int, found: Forecast | None, today: date) -> Outlook:
        if not left:
            return cls(name, 0, None, None, None, _("done"))
        if found is None:
            return cls(name, left, None, None, None, _("not enough days to say"))
        first = today + timedelta(days=found.low)
        if found.high is None:
            return cls(name, left, found.per_day, first, None, _("the days differ too much to say until when"))
        return cls(name, left, found.per_day, first, today + timedelta(days=found.high), "")


class Report:
    """What it looks up it looks up once, and only where it is asked for."""

    def __init__(self, project: Project, period: Period) -> None:
        self.project, self.period = project, period

    @cached_property
    def courses(self) -> dict[int, Course]:
        return burndown.courses(self.project, self.period)

    @cached_property
    def whole(self) -> Course:
        return burndown.together(self.courses.values())

    @cached_property
    def outlooks(self) -> list[Outlook]:
        """When all is labelled, and when all is final."""
        return [self._labelled(self.whole), self._final(self.whole)]

    @cached_property
    def drawn_days(self) -> list[date]:
        days = self.period.days
        return days[:: -max(1, -(-len(days) // MOST_POINTS))][::-1]

    def burndown_data(self) -> dict[str, Any]:
        """For the page's script; empty where there is no job."""
        if not self.whole.given:
            return {}
        days, label = self.drawn_days, self.outlooks[1]
        return {
            "days": [day.isoformat() for day in days],
            "label": self.whole.left(self.whole.labelled, days),
            "final": self.whole.left(self.whole.final, days),
            "first": label.first and label.first.isoformat(),
            "last": label.last and label.last.isoformat(),
        }

    def burndown(self) -> Table:
        days = self.period.days[::-1]
        course = self.whole
        label, final = course.left(course.labelled, days[::-1])[::-1], course.left(course.final, days[::-1])[::-1]
        columns = [
            Column("day", _("Day"), "day"),
            Column("given", _("Given out")),
            Column("labelled", _("Labelled")),
            Column("final", _("Final")),
            Column("left_to_label", _("Left to label")),
            Column("left_to_finish", _("Not final yet")),
        ]
        rows = [
            (day, course.given[day], course.labelled[day], course.final[day], to_label, to_finish)
            for day, to_label, to_finish in zip(days, label, final, strict=True)
        ]
        return Table("burndown", _("Work left, day by day"), columns, rows)

    def jobs(self) -> Table:
        columns = [
            Column("job", _("Job"), "words"),
            Column("assignee", _("Assignee"), "words"),
            Column("images", _("Images")),
            Column("to_label", _("Left to label")),
            Column("to_finish", _("Not final yet")),
            Column("due", _("Due"), "day"),
            Column("per_day", _("Labelled a day"), "rate"),
            Column("labelled_from", _("Labelled at the earliest"), "day"),
            Column("labelled_until", _("Labelled at the latest"), "day"),
            Column("forecast", _("Forecast"), "words"),
        ]
        jobs = burndown.jobs_of(self.project, self.period)
        apart = queries.people_apart(jobs)
        rows = [self._job(job, self.courses[job.pk], apart.get(job.pk, ())) for job in jobs if job.pk in self.courses]
        links = [reverse("work-job", args=[job.project_id, job.pk]) for job in jobs if job.pk in self.courses]
        return Table("jobs", _("Jobs"), columns, rows, links)

    def _job(self, job: WorkJob, course: Course, apart: Sequence[str]) -> Sequence[Any]:
        outlook = self._labelled(course)
        who = str(job.assignee) if job.assignee else ", ".join(apart) or _("Shared queue")
        says = outlook.says
        if not says and job.due and outlook.first and outlook.first > job.due:
            says = _("later than it is due")
        elif not says and job.due and outlook.last and outlook.last > job.due:
            says = _("perhaps later than it is due")
        left = (course.given.total(), course.to_label, course.to_finish)
        return (job.name, who, *left, job.due, outlook.per_day, outlook.first, outlook.last, says)

    def _labelled(self, course: Course) -> Outlook:
        today = self.period.last
        return Outlook.of(_("Left to label"), course.to_label, course.forecast(course.labelled, today), today)

    def _final(self, course: Course) -> Outlook:
        today = self.period.last
        return Outlook.of(_("Not final yet"), course.to_finish, course.forecast(course.final, today), today)

    def waiting(self) -> Table:
        columns = [
            Column("what", _("What waits"), "words"),
            Column("who", _("For whom"), "words"),
            Column("count", _("How many")),
            Column("since", _("Since, or due"), "day"),
        ]
        found = waiting(self.project, self.period)
        rows = [(one.what, one.who, one.n, one.since) for one in found]
        return Table("waiting", _("Who waits for what"), columns, rows, [one.url for one in found])


TABLES: dict[str, Callable[[Report], Table]] = {
    "burndown": Report.burndown,
    "jobs": Report.jobs,
    "waiting": Report.waiting,
}
