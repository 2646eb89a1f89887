"""Which runs are so small that the warm engine does them while somebody waits at the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from annotations.models import LabelClass
from projects.models import Image, Project
from training.models import Run

MOST_TO_LEARN_FROM = 40  # images: so many take some ten seconds, and clicks wait meanwhile


def is_here(project: Project, kind: str, params: Mapping[str, Any], classes: Sequence[LabelClass]) -> bool:
    """About one image alone, training nothing and measuring nothing; what is learned comes of few images."""
    if kind == Run.Kind.SIMILAR:
        return bool(params["within"])
    if len(params["images"] or ()) != 1 or kind == Run.Kind.CHECK:
        return False
    if kind == Run.Kind.PREDICT:
        return True
    if project.images.filter(split=Image.Split.TEST).exists():
        return False
    return kind == Run.Kind.DETECT or (params["train"] == "never" and _learns_from_few(project, classes))


def _learns_from_few(project: Project, classes: Sequence[LabelClass]) -> bool:
    known = Q(boxes__label__in=classes) | Q(complete__label__in=classes) | Q(suggestions__label__in=classes)
    images = project.images.filter(known).order_by().values("pk").distinct()
    return images[: MOST_TO_LEARN_FROM + 1].count() <= MOST_TO_LEARN_FROM
