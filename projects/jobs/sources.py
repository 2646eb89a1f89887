"""All work of the workers, whatever it is: each kind as a source, that each app adds as it starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from projects.errors import Conflict
from projects.models import Job, Project, User

SHOWN = 20  # newest of each kind that failed; all that wait or run are few
MOST = 200


class Group(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"


class Verb(StrEnum):
    RETRY = "retry"
    CANCEL = "cancel"


JOB_STATES = {Group.RUNNING: {Job.State.RUNNING}, Group.WAITING: {Job.State.QUEUED}, Group.FAILED: {Job.State.FAILED}}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a line says of one piece of work. project: None of what is of the installation. percent: None where nobody
    knows. problem: why it failed.
    """

    name: str
    project: Project | None
    percent: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work. states: of its rows, by group. since: the field that says when it was asked for.

    verbs: what can be done, by actions. offers: which of them a row takes now, by its group.
    """

    key: str
    title: Any
    rows: Callable[[], QuerySet[Any]]
    show: Callable[[Any], Summary]
    verbs: Mapping[Verb, Callable[[User, Any], object]] = field(default_factory=dict)
    offers: Callable[[Any, Group], Collection[Verb]] | None = None
    states: Mapping[Group, Collection[str]] = field(default_factory=lambda: JOB_STATES)
    since: str = "created_at"

    def group_of(self, row: Any) -> Group | None:
        return next((group for group, states in self.states.items() if row.state in states), None)

    def offered(self, row: Any) -> list[Verb]:
        group = self.group_of(row)
        if group is None:
            return []
        wanted = self.offers(row, group) if self.offers else USUAL[group]
        return [verb for verb in wanted if verb in self.verbs]


USUAL: dict[Group, tuple[Verb, ...]] = {
    Group.RUNNING: (Verb.CANCEL,),
    Group.WAITING: (Verb.CANCEL,),
    Group.FAILED: (Verb.RETRY,),
}
sources: dict[str, Source] = {}


def add(source: Source) -> None:
    sources[source.key] = source


@dataclass(frozen=True, slots=True)
class Line:
    source: Source
    row: Any
    shown: Summary
    verbs: list[Verb]

    @property
    def since(self) -> datetime:
        found: datetime = getattr(self.row, self.source.since)
        return found


@dataclass(frozen=True, slots=True)
class Lines:
    """count: of all, of which `lines` may be the newest ones."""

    count: int
    lines: list[Line]


def find() -> dict[Group, Lines]:
    """All that runs and waits, oldest first, and what failed, newest first; two queries for each kind."""
    found: dict[Group, list[Line]] = {group: [] for group in Group}
    counts = dict.fromkeys(Group, 0)
    for source in sources.values():
        rows = source.rows().order_by("-pk")
        for state, n in rows.order_by().values_list("state").annotate(Count("pk")):
            for group in Group:
                counts[group] += n if state in source.states[group] else 0
        live = [*source.states[Group.RUNNING], *source.states[Group.WAITING]]
        failed = source.states[Group.FAILED]
        for row in [*rows.filter(state__in=live)[:MOST], *(rows.filter(state__in=failed)[:SHOWN] if failed else ())]:
            if of := source.group_of(row):
                found[of].append(Line(source, row, source.show(row), source.offered(row)))
    for group, lines in found.items():
        lines.sort(key=lambda line: line.since, reverse=group == Group.FAILED)
    return {group: Lines(counts[group], lines) for group, lines in found.items()}


def get(key: str, pk: int) -> Line:
    """Raises Http404."""
    source = sources.get(key)
    row = source.rows().filter(pk=pk).first() if source else None
    if source is None or row is None:
        raise Http404
    return Line(source, row, source.show(row), source.offered(row))


def act(actor: User, line: Line, verb: str) -> None:
    """Raises Conflict where the row does not take it now, and as the action does."""
    wanted = next((one for one in line.verbs if one == verb), None)
    if wanted is None:
        raise Conflict(_("This has changed meanwhile."), code="stale")
    line.source.verbs[wanted](actor, line.row)
