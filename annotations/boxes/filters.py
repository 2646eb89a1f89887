"""What lists of images and suggestions can be narrowed to."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import (
    BooleanFilter,
    CharFilter,
    FilterSet,
    NumberFilter,
    OrderingFilter,
)

from annotations.models import Box, Complete, Suggestion
from projects.models import Image


def _waiting() -> Exists:
    return Exists(Suggestion.objects.filter(image=OuterRef("pk"), state=Suggestion.State.PENDING))


class ImageFilter(FilterSet):
    """`class`: has a box of it.

    `complete`, `incomplete`: a person said, or did not say, that a class has all its boxes.
    """

    dataset = NumberFilter("dataset_id", label=_("Id of a dataset"))
    search = CharFilter("name", "icontains", label=_("Part of the name"))
    complete = NumberFilter(method="said_complete", label=_("Id of a class that is said to be complete"))
    incomplete = NumberFilter(method="not_said_complete", label=_("Id of a class that is not said to be complete"))
    suggestions = BooleanFilter(method="has_suggestions", label=_("Whether suggestions wait for review"))
    ordering = OrderingFilter(fields=("id", "name"))

    def of_class(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        # One class's images are read off its index at once, instead of a look at each image.
        return rows.filter(pk__in=Box.objects.filter(label=value).values("image"))

    def said_complete(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(Exists(Complete.objects.filter(image=OuterRef("pk"), label=value)))

    def not_said_complete(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(~Exists(Complete.objects.filter(image=OuterRef("pk"), label=value)))

    def has_suggestions(self, rows: QuerySet[Image], name: str, value: bool) -> QuerySet[Image]:
        return rows.filter(_waiting() if value else ~_waiting())


# Python will not let a class body name a field `class`.
ImageFilter.base_filters["class"] = NumberFilter(method="of_class", label=_("Id of a class that has a box"))
