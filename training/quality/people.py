"""The figures of each person's way of working: table, picture and API are made of the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.quality.checks import CheckAnswer, checked
from annotations.quality.estimates import Estimate, Sums, share
from annotations.quality.pace import Pace, paces
from projects.models import Image, Project, User
from training.reports.period import Period
from training.reports.tables import Cell, Column, Table

MOST_DOTS = 40


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """checks: answers to check images, the oldest first."""

    person: User
    pace: Pace
    checks: Sequence[CheckAnswer] = ()

    @property
    def per_box(self) -> Estimate:
        return self.pace.per_box

    @property
    def fast(self) -> Estimate:
        return self.pace.fast_share

    @property
    def f1(self) -> Estimate:
        """Against the truth of check images."""
        sums = sum((one.score.sums for one in self.checks), Sums())
        return share(sums, sums.y / 2)  # boxes: true ones and the person's, halved

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Where each of the last answers stands in a picture, in percent of its sides: when, and how right."""
        last = self.checks[-MOST_DOTS:]
        step = 100 / max(1, len(last))
        return [(step * (n + 0.5), 100 - 100 * one.score.f1) for n, one in enumerate(last)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval as a picture: ends and value in percent of the picture's width."""

    name: str
    start: float
    percent: float
    dot: float
    estimate: Estimate


class People:
    """person: whose own figures alone are wanted."""

    def __init__(self, project: Project, period: Period, person: User | None = None) -> None:
        self.project, self.period, self.person = project, period, person

    @cached_property
    def rows(self) -> list[PersonFigures]:
        """Of everybody with something to tell, by name; of one person always one."""
        narrowed = self.period.images("")
        images = Image.objects.filter(narrowed, project=self.project) if narrowed else None
        own = self.person.pk if self.person else None
        since = self.period.start
        found = paces(self.project, since, person=own, images=images)
        answers: dict[int, list[CheckAnswer]] = defaultdict(list)
        for one in checked(self.project, since, person=own, images=images):
            answers[one.person].append(one)
        users = [self.person] if self.person else User.objects.filter(pk__in={*found, *answers})
        rows = [PersonFigures(user, found.get(user.pk, Pace()), answers[user.pk]) for user in users]
        return sorted(rows, key=lambda one: str(one.person))

    def table(self) -> Table:
        columns = [
            Column("person", _("Person"), "words"),
            Column("images", _("Images worked on")),
            Column("seconds", _("Time at work"), "seconds"),
            Column("boxes", _("Boxes made in it")),
            Column("seconds_per_box", _("Seconds per box"), "rate"),
            Column("seconds_low", _("from"), "rate"),
            Column("seconds_high", _("to"), "rate"),
            Column("accepted", _("Suggestions accepted one by one")),
            Column("fast_share", _("Of these, faster than a look"), "share"),
            Column("fast_low", _("from"), "share"),
            Column("fast_high", _("to"), "share"),
        ]
        rows = [
            (
                str(one.person), one.pace.work.n, one.pace.work.x, round(one.pace.work.y), *three(one.per_box),
                one.pace.timed, *three(one.fast),
            )
            for one in self.rows
        ]  # fmt: skip
        return Table("pace", _("How fast people work"), columns, rows)

    def checks(self) -> Table:
        """A row for each person with answers to check images."""
        columns = [
            Column("person", _("Person"), "words"),
            Column("checks", _("Check images")),
            Column("hits", _("Right boxes")),
            Column("missed", _("Missed boxes")),
            Column("wrong", _("Wrong boxes")),
            Column("f1", _("F1"), "share"),
            Column("f1_low", _("from"), "share"),
            Column("f1_high", _("to"), "share"),
        ]
        rows = []
        for one in self.rows:
            hits, said, true = (
                sum(getattr(each.score, name) for each in one.checks) for name in ("hits", "said", "true")
            )
            if one.checks:
                rows.append((str(one.person), len(one.checks), hits, true - hits, said - hits, *three(one.f1)))
        return Table("checks", _("Check images"), columns, rows)

    def answers(self) -> Table:
        """Each answer to a check image, the newest first."""
        columns = [
            Column("day", _("Day"), "day"),
            Column("person", _("Person"), "words"),
            Column("image", _("Image"), "words"),
            Column("hits", _("Right boxes")),
            Column("missed", _("Missed boxes")),
            Column("wrong", _("Wrong boxes")),
            Column("f1", _("F1"), "share"),
        ]
        found = sorted(((each, one.person) for one in self.rows for each in one.checks), key=lambda row: row[0].at)[
            ::-1
        ]
        rows = [
            (
                timezone.localdate(one.at, self.period.zone), str(person), one.image.name, one.score.hits,
                one.score.true - one.score.hits, one.score.said - one.score.hits, one.score.f1,
            )
            for one, person in found
        ]  # fmt: skip
        return Table("check-answers", _("Answers to check images"), columns, rows)

    def f1(self) -> list[Stretch]:
        return stretches(((str(one.person), one.f1) for one in self.rows), most=1.0)

    def per_box(self) -> list[Stretch]:
        return stretches((str(one.person), one.per_box) for one in self.rows)

    def fast(self) -> list[Stretch]:
        return stretches(((str(one.person), one.fast) for one in self.rows), most=1.0)


def stretches(named: Iterable[tuple[str, Estimate]], most: float | None = None) -> list[Stretch]:
    """Those that say something, on one scale: to `most`, or to the furthest end."""
    rows = [(name, one) for name, one in named if one.low is not None]
    whole = most or max((one.high or 0.0 for _name, one in rows), default=0.0) or 1.0
    return [_stretch(name, one, whole) for name, one in rows]


def _stretch(name: str, one: Estimate, whole: float) -> Stretch:
    low, value, high = (100 * (edge or 0.0) / whole for edge in (one.low, one.value, one.high))
    return Stretch(name, low, high - low, value, one)


def three(one: Estimate) -> Sequence[Cell]:
    return (one.value, one.low, one.high)
