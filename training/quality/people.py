"""The figures of each person's way of working: table, picture and API are made of the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from annotations.quality.estimates import Estimate
from annotations.quality.pace import Pace, paces
from projects.models import Image, Project, User
from training.reports.period import Period
from training.reports.tables import Cell, Column, Table


@dataclass(frozen=True, slots=True)
class PersonFigures:
    person: User
    pace: Pace

    @property
    def per_box(self) -> Estimate:
        return self.pace.per_box

    @property
    def fast(self) -> Estimate:
        return self.pace.fast_share


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
        found = paces(self.project, self.period.start, person=own, images=images)
        users = [self.person] if self.person else User.objects.filter(pk__in=found)
        return sorted(
            (PersonFigures(user, found.get(user.pk, Pace())) for user in users), key=lambda one: str(one.person)
        )

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
                str(one.person), one.pace.work.n, one.pace.work.x, round(one.pace.work.y), *_three(one.per_box),
                one.pace.judged, *_three(one.fast),
            )
            for one in self.rows
        ]  # fmt: skip
        return Table("pace", _("How fast people work"), columns, rows)

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


def _three(one: Estimate) -> Sequence[Cell]:
    return (one.value, one.low, one.high)
