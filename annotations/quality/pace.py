"""How fast people work, from the moments of the history: seconds of work per box, and answers faster than a look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Lag

from annotations.answers import wilson
from annotations.models import BoxHistory, Origin, Suggestion
from annotations.quality.estimates import FEW, Estimate, Sums, ratio
from projects.models import Image, Project

# Two steps of one person that lie further apart have a pause between them. Nobody knows how much of it was work, so it
# counts as none, and a box that follows it is left out with it.
IDLE_S = 60.0
# To see whether a photo holds an animal, the hand on the button already, takes 0.45 s (median; Thorpe, Fize and Marlot
# 1996). Of a box its edges and its class have to be looked at as well: who needs less did not look.
LOOK_S = 0.5
Verb = BoxHistory.Verb
MADE = (Verb.CREATED, Verb.ACCEPTED)
# What is done to many images at once, or by machines, is no step of somebody at work on an image.
NO_STEP = (Verb.IMPORTED, Verb.HANDED, Verb.TRAIN, Verb.VAL, Verb.TEST, Verb.UNSPLIT, Verb.WITHDRAWN, Verb.OFFERED)


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Pace:
    """One person's. work: seconds (x) and boxes (y) of each image. timed: accepted suggestions of which it is known
    when the person answered before; fast: those of them that took less than LOOK_S.
    """

    work: Sums = NOTHING
    timed: int = 0
    fast: int = 0

    @property
    def per_box(self) -> Estimate:
        """Seconds."""
        return ratio(self.work)

    @property
    def fast_share(self) -> Estimate:
        if self.timed < FEW:
            return Estimate(self.timed)
        return Estimate(self.timed, self.fast / self.timed, *wilson(self.fast, self.timed))


class Epoch(Func):
    """Seconds since some day, with fractions."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(julianday(%(expressions)s) * 86400.0)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
        return self.as_sql(compiler, connection, template=template, **context)


def paces(
    project: Project, since: datetime, *, person: int | None = None, images: QuerySet[Image] | None = None
) -> dict[int, Pace]:
    """Of each person with work since then, or of one; in two questions. images: those that count, None for all."""
    found: dict[int, Pace] = {}
    for who, *sums in _asked(WORK, _steps(project, since, person, images), IDLE_S):
        found[who] = Pace(Sums(int(sums[0]), *map(float, sums[1:])))
    for who, timed, fast in _asked(ANSWERS, _answers(project, since, person, images), LOOK_S):
        found[who] = replace(found.get(who, Pace()), timed=int(timed), fast=int(fast))
    return found


def _steps(
    project: Project, since: datetime, person: int | None, images: QuerySet[Image] | None
) -> QuerySet[BoxHistory, Any]:
    """Each step of each person, with the seconds since their one before, whatever image that was in."""
    rows = BoxHistory.objects.filter(project=project, at__gte=since, **_of(actor=person)).exclude(verb__in=NO_STEP)
    unseen = Suggestion.objects.filter(pk=OuterRef("suggestion"), unseen=True)
    before = Window(Lag(Epoch("at")), partition_by="actor", order_by=["at", "id"])
    return (
        rows.order_by()
        .annotate(
            who=F("actor"),
            number=F("image_number"),
            made=_one(Q(verb__in=MADE) & ~Exists(unseen)),
            gap=Epoch("at") - before,
            counts=_chosen(images),
        )
        .values("who", "number", "made", "gap", "counts")
    )


def _answers(
    project: Project, since: datetime, person: int | None, images: QuerySet[Image] | None
) -> QuerySet[Suggestion, Any]:
    """What each person answered with one save. A box that was drawn where a suggestion lay is a yes, but no click."""
    rows = Suggestion.objects.filter(
        label__project=project, state__in=(Suggestion.State.ACCEPTED, Suggestion.State.REJECTED), unseen=False,
        decided_at__gte=since, **_of(decided_by=person),
    )  # fmt: skip
    accepted = _one(Q(state=Suggestion.State.ACCEPTED) & ~Q(box__origin=Origin.PERSON) & _among(images))
    return (
        rows.order_by()
        .annotate(who=F("decided_by"), moment=F("decided_at"))
        .values("who", "moment")
        .annotate(n=Count("pk"), accepted=Sum(accepted), second=Epoch("decided_at"))
        .values("who", "second", "n", "accepted")
    )


def _of(**who: int | None) -> dict[str, Any]:
    ((name, person),) = who.items()
    return {f"{name}__isnull": False} if person is None else {name: person}


def _among(images: QuerySet[Image] | None) -> Q:
    return Q() if images is None else Q(image__in=images.values("pk"))


def _chosen(images: QuerySet[Image] | None) -> Case | Value:
    return Value(1, output_field=IntegerField()) if images is None else _one(_among(images))


def _one(when: Q | Combinable) -> Case:
    return Case(When(when, then=Value(1)), default=Value(0), output_field=IntegerField())


WORK = """
SELECT who, COUNT(*), SUM(s), SUM(b), SUM(s * s), SUM(s * b), SUM(b * b) FROM (
    SELECT who, number, SUM(gap) AS s, SUM(made) AS b FROM ({inner}) AS steps
    WHERE gap <= %s AND counts = 1 GROUP BY who, number
) AS images GROUP BY who"""
# A save with many answers stands for a look at each of them, since the one before.
ANSWERS = """
SELECT who, SUM(accepted), SUM(CASE WHEN gap < %s * n THEN accepted ELSE 0 END) FROM (
    SELECT who, n, accepted, second - LAG(second) OVER (PARTITION BY who ORDER BY second) AS gap
    FROM ({inner}) AS saves
) AS looks WHERE gap IS NOT NULL GROUP BY who"""


def _asked(sql: str, inner: QuerySet[Any, Any], limit: float) -> Iterable[tuple[Any, ...]]:
    """The ORM cannot sum what a window gives: it writes the inner part, and this the sums around it."""
    text, parameters = inner.query.sql_with_params()
    first = sql.index("%s") < sql.index("{inner}")
    with connection.cursor() as cursor:
        cursor.execute(sql.format(inner=text), (limit, *parameters) if first else (*parameters, limit))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
