"""How far people agree who labelled the same images apart: the matrix of pairs, the classes, and the tables beneath."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from annotations.models import LabelClass, Replica
from annotations.quality.agreement import Agreement, ClassAgreement, ImageUnits, Pair, agreement
from annotations.quality.estimates import Estimate
from annotations.quality.marks import Mark
from projects.models import Project, User
from training.quality.people import three
from training.reports.period import Period
from training.reports.tables import Column, Table

MOST = 2000  # images, the last ones


@dataclass(frozen=True, slots=True)
class Cell:
    """Of the matrix. step: 0 to 4, how strong its ground is; None on the diagonal and where two never met."""

    same: Estimate | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    label: LabelClass
    found: ClassAgreement
    percent: float


class Apart:
    def __init__(self, project: Project, period: Period) -> None:
        self.project, self.period = project, period

    @cached_property
    def found(self) -> Agreement:
        """Of images that two people at least have submitted; in two questions."""
        rows = Replica.objects.filter(
            self.period.images("image__"), job__project=self.project, item__isnull=False,
            state=Replica.State.SUBMITTED, submitted_at__gte=self.period.start,
        )  # fmt: skip
        said: dict[int, dict[int, list[Mark]]] = defaultdict(dict)
        for image, person, boxes in rows.order_by("-image").values_list("image_id", "person_id", "boxes"):
            if image not in said and len(said) == MOST:
                break
            said[image][person] = [Mark.of_row(row) for row in boxes]
        return agreement([ImageUnits.of(boxes) for boxes in said.values() if len(boxes) > 1])

    @cached_property
    def people(self) -> list[User]:
        ids = {one for pair in self.found.pairs for one in (pair.first, pair.second)}
        return sorted(User.objects.filter(pk__in=ids), key=str)

    @cached_property
    def matrix(self) -> list[tuple[User, list[Cell]]]:
        pairs = {frozenset((pair.first, pair.second)): pair for pair in self.found.pairs}
        return [(row, [_cell(pairs.get(frozenset((row.pk, one.pk)))) for one in self.people]) for row in self.people]

    @cached_property
    def bars(self) -> list[Bar]:
        classes = {label.pk: label for label in self.project.classes.all()}
        return [
            Bar(classes[one.label], one, 100 * (one.same.value or 0.0))
            for one in self.found.classes
            if one.label in classes
        ]

    def pairs(self) -> Table:
        columns = [
            Column("person", _("Person"), "words"),
            Column("other", _("And"), "words"),
            Column("images", _("Images")),
            Column("places", _("Places")),
            *_figures(),
        ]
        names = {person.pk: str(person) for person in self.people}
        rows = [
            (
                names.get(one.first, "–"),
                names.get(one.second, "–"),
                one.images,
                one.units,
                *three(one.same),
                *three(one.alpha),
            )
            for one in self.found.pairs
        ]
        return Table("pairs", _("Agreement of pairs"), columns, rows)

    def classes(self) -> Table:
        columns = [Column("class", _("Class"), "words"), Column("places", _("Places")), *_figures()]
        rows = [(one.label.name, one.found.units, *three(one.found.same), *three(one.found.alpha)) for one in self.bars]
        return Table("class-agreement", _("Agreement by class"), columns, rows)


def _figures() -> Sequence[Column]:
    return (
        Column("same", _("Same boxes"), "share"),
        Column("same_low", _("from"), "share"),
        Column("same_high", _("to"), "share"),
        Column("alpha", _("Alpha"), "index"),
        Column("alpha_low", _("from"), "index"),
        Column("alpha_high", _("to"), "index"),
    )


def _cell(pair: Pair | None) -> Cell:
    if pair is None:
        return Cell(None, None)
    if pair.same.value is None:
        return Cell(pair.same, None)
    return Cell(pair.same, min(4, int(5 * pair.same.value)))
