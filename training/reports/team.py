"""The tables of what people made, and of what a project holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from annotations.answers import Answers, total, wilson
from annotations.statistics import Decisions
from projects.models import Project, User
from training.dashboard import series
from training.reports import holdings, output
from training.reports.holdings import Balance
from training.reports.output import Key, Output
from training.reports.period import Period
from training.reports.tables import Column, Table

LEAST = 5  # answers, or decided images; below, a share says nothing


class Team:
    """person: whose own figures alone are wanted."""

    def __init__(self, project: Project, period: Period, person: User | None = None) -> None:
        self.project, self.period, self.person = project, period, person

    @cached_property
    def outputs(self) -> dict[Key, Output]:
        return output.outputs(self.project, self.period, self.person.pk if self.person else None)

    @cached_property
    def days(self) -> dict[date, Output]:
        return output.by_day(self.outputs)

    @cached_property
    def balance_rows(self) -> list[Balance]:
        return holdings.balance(self.project, self.period)

    @cached_property
    def answers(self) -> Answers:
        return total(one.answers for one in self.days.values())

    def columns_data(self) -> list[dict[str, Any]]:
        """Boxes of each day, for the page's script."""
        found = ((day, self.days.get(day, Output())) for day in self.period.days)
        return [
            {"day": day.isoformat(), "drawn": one.drawn, "accepted": one.accepted, "imported": 0} for day, one in found
        ]

    def precision_data(self) -> list[dict[str, Any]]:
        decisions = [Decisions(day, **asdict(one.answers)) for day, one in sorted(self.days.items()) if one.answers.all]
        precision: list[dict[str, Any]] = series.as_json([], series.rolling_precision(decisions))["precision"]
        return precision

    def throughput(self) -> Table:
        """A row for each day and person with work."""
        names = self._names()
        columns = [
            Column("day", _("Day"), "day"),
            Column("person", _("Person"), "words"),
            Column("images", _("Images submitted")),
            Column("drawn", _("Boxes drawn")),
            Column("accepted", _("Boxes accepted")),
            Column("reviewed", _("Images reviewed")),
            Column("answers", _("Suggestions answered")),
        ]
        found = sorted(self.outputs.items(), key=lambda row: (-row[0][1].toordinal(), names.get(row[0][0], "")))
        rows = [
            (day, names.get(who, "–"), one.images, one.drawn, one.accepted, one.reviewed, one.answers.all)
            for (who, day), one in found
        ]
        return Table("throughput", _("Work by day and person"), columns, rows)

    def people(self) -> Table:
        names = self._names()
        columns = [
            Column("person", _("Person"), "words"),
            Column("images", _("Images submitted")),
            Column("boxes", _("Boxes")),
            Column("reviewed", _("Images reviewed")),
            Column("answers", _("Suggestions looked at")),
            Column("unchanged_share", _("Of accepted, unchanged"), "share"),
            Column("unchanged_low", _("from"), "share"),
            Column("unchanged_high", _("to"), "share"),
            Column("decided", _("Images decided about")),
            Column("returned_share", _("Of these, returned"), "share"),
            Column("returned_low", _("from"), "share"),
            Column("returned_high", _("to"), "share"),
        ]
        found = output.by_person(self.outputs)
        if self.person:
            found = {self.person.pk: found.get(self.person.pk, Output())}
        rows = []
        for who, one in sorted(found.items(), key=lambda row: names.get(row[0], "")):
            said = one.answers
            accepted = said.kept + said.adjusted + said.renamed
            rows.append((
                names.get(who, "–"), one.images, one.drawn + one.accepted, one.reviewed, said.all,
                *_share(said.kept, accepted), one.decided, *_share(one.returned, one.decided),
            ))  # fmt: skip
        return Table("people", _("By person"), columns, rows)

    def suggestions(self) -> Table:
        columns = [
            Column("day", _("Day"), "day"),
            Column("answers", _("Answers")),
            Column("right", _("Right")),
            Column("precision", _("Precision"), "share"),
            Column("low", _("from"), "share"),
            Column("high", _("to"), "share"),
            Column("unseen", _("Accepted unseen")),
            Column("seconds_saved", _("Time saved"), "seconds"),
        ]
        rows = []
        for day in sorted(self.days, reverse=True):
            said = self.days[day].answers
            if said.seconds is not None:
                share = _share(said.right, said.all)
                rows.append((day, said.all, said.right, *share, said.unseen, said.seconds))
        return Table("suggestions", _("How right suggestions were"), columns, rows)

    def classes(self) -> Table:
        columns = [
            Column("class", _("Class"), "words"),
            Column("boxes", _("Boxes")),
            Column("share", _("Share"), "share"),
        ]
        rows = [(one.label.name, one.boxes, one.share) for one in self.balance_rows]
        return Table("classes", _("Class balance"), columns, rows)

    def storage(self) -> Table:
        columns = [
            Column("what", _("What"), "words"),
            Column("files", _("Files")),
            Column("bytes", _("Size"), "bytes"),
        ]
        return Table("storage", _("Storage"), columns, holdings.storage(self.project))

    def _names(self) -> dict[int | None, str]:
        ids = {who for who, _day in self.outputs if who} | ({self.person.pk} if self.person else set())
        return {person.pk: str(person) for person in User.objects.filter(pk__in=ids)}


TEAM_TABLES: dict[str, Callable[[Team], Table]] = {
    "throughput": Team.throughput,
    "people": Team.people,
    "suggestions": Team.suggestions,
    "classes": Team.classes,
    "storage": Team.storage,
}


def _share(part: int, whole: int) -> tuple[float | None, float | None, float | None]:
    """With the ends of a 95 % interval; nothing below so few."""
    return (part / whole, *wilson(part, whole)) if whole >= LEAST else (None, None, None)
