"""The boxes that a choice is about."""

from __future__ import annotations

from django.db.models import Exists, ExpressionWrapper, F, FloatField, OuterRef, QuerySet
from django.db.models.functions import Greatest, Least
from django.http import QueryDict
from django.utils.translation import gettext as _

from annotations.blindness import hidden_images
from annotations.boxes.filters import BoxFilter
from annotations.bulk_edits.choice import Choice
from annotations.gallery.filters import GalleryFilter, narrowed
from annotations.models import OBJECTS, Box, with_flag
from annotations.work import rules
from projects.errors import Refusal
from projects.models import Project, User

EQUAL = 0.9  # least overlap (intersection over union) of two boxes that are one object drawn twice


def chosen(actor: User, project: Project, choice: Choice) -> QuerySet[Box]:
    """All that the choice names, whoever may change them, but for what is hidden from the actor."""
    rows = Box.objects.filter(image__project=project).exclude(image__in=hidden_images(actor, project))
    if choice.label is not None:
        rows = rows.filter(label=choice.label)
    if choice.to is not None:
        rows = rows.exclude(label=choice.to)
    if choice.boxes:
        return rows.filter(pk__in=list(choice.seen))
    if choice.filter:
        found = BoxFilter(QueryDict(choice.filter), rows)
        if not found.is_valid():
            raise Refusal(_("This is no filter of boxes."), field="filter")
        rows = found.qs
    return _in_gallery(rows, project, actor, choice.images) if choice.images else rows


def reachable(actor: User, project: Project, choice: Choice) -> QuerySet[Box]:
    """Those of them that are the actor's to change."""
    return chosen(actor, project, choice).filter(rules.within_reach(actor, project))


def _in_gallery(rows: QuerySet[Box], project: Project, actor: User, query: str) -> QuerySet[Box]:
    """Boxes in the images that the gallery shows; where it asks how boxes came, or for a flag, such boxes alone."""
    wanted = GalleryFilter.parse(QueryDict(query))
    rows = rows.filter(image__in=narrowed(project, wanted, actor).order_by().values("pk"))
    if wanted.origin:
        rows = rows.filter(origin=wanted.origin)
    return with_flag(rows, wanted.flag) if wanted.flag else rows


def doubles(rows: QuerySet[Box], label: int) -> QuerySet[Box]:
    """Those that lie where a box of another class lies; regions to ignore are none."""
    x1, y1, x2, y2 = (ExpressionWrapper(OuterRef(edge), FloatField()) for edge in ("x1", "y1", "x2", "y2"))
    width, height = Least("x2", x2) - Greatest("x1", x1), Least("y2", y2) - Greatest("y1", y1)
    area, other_area = (F("x2") - F("x1")) * (F("y2") - F("y1")), (x2 - x1) * (y2 - y1)
    over = Box.objects.filter(OBJECTS, image=OuterRef("image"), label=label).alias(
        width=width, height=height, shared=width * height, both=area + other_area
    )
    equal = over.filter(width__gt=0, height__gt=0, shared__gte=(F("both") - F("shared")) * EQUAL)
    return rows.filter(OBJECTS, Exists(equal))
