"""Which label errors still stand: those whose label is as the check saw it."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from annotations.models import Box, LabelError
from projects.models import Project

State, Kind = LabelError.State, LabelError.Kind


def errors_of(project: Project) -> QuerySet[LabelError]:
    """All of a project, most probable first."""
    rows = LabelError.objects.filter(batch__project=project).select_related("image", "label", "proposed")
    return rows.order_by("-probability", "id")


def standing(rows: QuerySet[LabelError]) -> QuerySet[LabelError]:
    """Those that wait and are still so: the box is as it was, and where one is missing nobody has drawn it."""
    same = Box.objects.filter(
        pk=OuterRef("box"), label=OuterRef("label"), x1=OuterRef("x1"), y1=OuterRef("y1"), x2=OuterRef("x2"),
        y2=OuterRef("y2"),
    )  # fmt: skip
    middle_x, middle_y = (OuterRef("x1") + OuterRef("x2")) / 2, (OuterRef("y1") + OuterRef("y2")) / 2
    around = Box.objects.filter(image=OuterRef("image"), label=OuterRef("label"))
    around = around.filter(x1__lt=middle_x, x2__gt=middle_x, y1__lt=middle_y, y2__gt=middle_y)
    around = around.annotate(mx=(F("x1") + F("x2")) / 2, my=(F("y1") + F("y2")) / 2)
    drawn = around.filter(mx__gt=OuterRef("x1"), mx__lt=OuterRef("x2"), my__gt=OuterRef("y1"), my__lt=OuterRef("y2"))
    missing = Q(kind=Kind.MISSING)
    return rows.filter(state=State.PENDING).filter((missing & ~Exists(drawn)) | (~missing & Exists(same)))


def counts(rows: QuerySet[LabelError]) -> dict[str, int]:
    """How many stand, by kind."""
    found = dict(standing(rows).order_by().values_list("kind").annotate(n=Count("id")))
    return {kind: found.get(kind, 0) for kind in Kind.values}
