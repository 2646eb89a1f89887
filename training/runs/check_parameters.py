"""The parameters of a check: classes whose labels can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from annotations.models import EXAMPLES, Box, Complete, LabelClass
from projects.errors import Refusal
from projects.models import Image, Project
from training.scope import trusted

LEAST = 2  # complete images: each is looked at by models of the others


def ready(project: Project, scope: QuerySet[Image]) -> dict[int, int]:
    """Classes that have complete images enough within the scope: how many, by id."""
    images = trusted(project).filter(pk__in=scope.order_by().values("pk")).order_by().values("pk")
    drawn = Box.objects.filter(EXAMPLES, image__in=images).order_by().values("label").distinct()
    said = Complete.objects.filter(image__in=images, label__in=drawn)
    rows = said.order_by().values_list("label").annotate(n=Count("pk"))
    return {label: count for label, count in rows if count >= LEAST}


def classes_of(project: Project, scope: QuerySet[Image], asked: Any) -> list[LabelClass]:
    """Those of these ids, or all that can be checked. Raises Refusal for one that cannot."""
    found = ready(project, scope)
    if asked is not None and (not isinstance(asked, Sequence) or isinstance(asked, (str, bytes))):
        raise Refusal(_("“%(name)s” must be a list.") % {"name": "classes"}, field="classes")
    labels = list(project.classes.filter(pk__in=found if not asked else [pk for pk in asked if isinstance(pk, int)]))
    if asked and len(labels) != len(set(asked)):
        raise Refusal(_("Name one or more classes of this project."), field="classes")
    for label in labels:
        if label.pk not in found:
            words = _("“%(name)s” has boxes in fewer than two complete images: say of more that they are complete.")
            raise Refusal(words % {"name": label.name}, code="nothing_to_check", field="classes")
    if not labels:
        words = _("No class has boxes in two complete images: say first which images are complete.")
        raise Refusal(words, code="nothing_to_check", field="classes")
    return labels
