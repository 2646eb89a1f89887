"""What lists of images and suggestions can be narrowed to."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import (
    BaseInFilter,
    CharFilter,
    ChoiceFilter,
    FilterSet,
    IsoDateTimeFilter,
    NumberFilter,
    OrderingFilter,
    UUIDFilter,
)

from annotations.attribute_values import AttributeFilter, boxes_saying
from annotations.flags import NAMES
from annotations.models import OBJECTS, Box, Complete, ImageTag, LabelClass, Origin, Suggestion, WorkImage, with_flag
from annotations.tags.names import clean_tag
from projects.models import Image
from projects.web.filters import YesNoFilter

# Of images: those that tell what labels one has.
TELLING = ("class", "complete", "incomplete", "suggestions", "origin", "min_probability", "max_probability")


def _waiting(**wanted: Any) -> Exists:
    return Exists(Suggestion.objects.filter(image=OuterRef("pk"), state=Suggestion.State.PENDING, **wanted))


class ImageFilter(FilterSet):
    """`class`: has a box of it.

    `complete`, `incomplete`: a person said, or did not say, that a class has all its boxes.
    """

    dataset = NumberFilter("dataset_id", label=_("Id of a dataset"))
    search = CharFilter("name", "icontains", label=_("Part of the name"))
    complete = NumberFilter(method="said_complete", label=_("Id of a class that is said to be complete"))
    incomplete = NumberFilter(method="not_said_complete", label=_("Id of a class that is not said to be complete"))
    suggestions = YesNoFilter(method="has_suggestions", label=_("Whether suggestions wait for review"))
    split = ChoiceFilter(
        choices=[*Image.Split.choices, ("none", _("In no split"))], method="in_split", label=_("Split of the image")
    )
    tag = CharFilter(method="tagged", label=_("Name of a tag that the image has"))
    author = CharFilter("uploaded_by__email", "iexact", label=_("E-mail address of who uploaded it"))
    assignee = CharFilter("assignee__email", "iexact", label=_("E-mail address of whose image it is"))
    origin = ChoiceFilter(choices=Origin.choices, method="of_origin", label=_("Where one of its boxes comes from"))
    created_after = IsoDateTimeFilter("created_at", "gte", label=_("Uploaded at this time or later"))
    created_before = IsoDateTimeFilter("created_at", "lt", label=_("Uploaded before this time"))
    state = ChoiceFilter(
        choices=[*WorkImage.State.choices, ("none", _("In no job"))], method="at_work", label=_("Its state in a job")
    )
    min_probability = NumberFilter(
        method="likely", min_value=0, max_value=1, label=_("0 to 1: a suggestion waits there that is as probable")
    )
    max_probability = NumberFilter(
        method="unlikely",
        min_value=0,
        max_value=1,
        label=_("0 to 1: a suggestion waits there that is no more probable"),
    )
    ordering = OrderingFilter(fields=("id", "name", "created_at"))

    def at_work(self, rows: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return rows.filter(work=None) if value == "none" else rows.filter(work__state=value)

    def likely(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(_waiting(probability__gte=value))

    def unlikely(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(_waiting(probability__lte=value))

    def in_split(self, rows: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return rows.filter(split="" if value == "none" else value)

    def tagged(self, rows: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return rows.filter(Exists(ImageTag.objects.filter(image=OuterRef("pk"), tag__name=clean_tag(value))))

    def of_origin(self, rows: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return rows.filter(Exists(Box.objects.filter(image=OuterRef("pk"), origin=value)))

    def of_class(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        # One class's images are read off its index at once, instead of a look at each image.
        return rows.filter(pk__in=Box.objects.filter(OBJECTS, label=value).values("image"))

    def said_complete(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(Exists(Complete.objects.filter(image=OuterRef("pk"), label=value)))

    def not_said_complete(self, rows: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return rows.filter(~Exists(Complete.objects.filter(image=OuterRef("pk"), label=value)))

    def has_suggestions(self, rows: QuerySet[Image], name: str, value: bool) -> QuerySet[Image]:
        return rows.filter(_waiting() if value else ~_waiting())


class KeysFilter(BaseInFilter, UUIDFilter):
    """1234abcd-…,5678abcd-…"""


class BoxFilter(FilterSet):
    """Boxes of a project. The order is the list's own (see its cursor)."""

    image = NumberFilter("image_id", label=_("Id of an image"))
    dataset = NumberFilter("image__dataset_id", label=_("Id of a dataset"))
    split = ChoiceFilter("image__split", choices=Image.Split.choices, label=_("Split of the image"))
    author = CharFilter("author__email", "iexact", label=_("E-mail address of who made it"))
    origin = ChoiceFilter("origin", choices=Origin.choices, label=_("Where it comes from"))
    flag = ChoiceFilter(choices=[(name, name) for name in NAMES], method="flagged", label=_("What is said of it"))
    attribute = CharFilter(method="saying", label=_("colour, colour=red, or !colour: asked for and not said"))
    created_after = IsoDateTimeFilter("created_at", "gte", label=_("Made at this time or later"))
    created_before = IsoDateTimeFilter("created_at", "lt", label=_("Made before this time"))
    min_probability = NumberFilter(
        "suggestion__probability", "gte", min_value=0, max_value=1, label=_("0 to 1: of the suggestion that it came of")
    )
    max_probability = NumberFilter(
        "suggestion__probability", "lte", min_value=0, max_value=1, label=_("0 to 1: of the suggestion that it came of")
    )
    updated_after = IsoDateTimeFilter("updated_at", "gte", label=_("Changed at this time or later"))
    updated_before = IsoDateTimeFilter("updated_at", "lt", label=_("Changed before this time"))

    ids = KeysFilter("id", lookup_expr="in", label=_("Only these: ids with commas between"))
    state = ChoiceFilter(
        choices=[("complete", _("Complete")), ("open", _("Not complete"))],
        method="in_state",
        label=_("Whether its image is complete for its class"),
    )
    work = ChoiceFilter(
        choices=[*WorkImage.State.choices, ("none", _("In no job"))],
        method="at_work",
        label=_("State of its image in a job"),
    )

    def in_state(self, rows: QuerySet[Box], name: str, value: str) -> QuerySet[Box]:
        complete = Exists(Complete.objects.filter(image=OuterRef("image"), label=OuterRef("label")))
        return rows.filter(complete if value == "complete" else ~complete)

    def at_work(self, rows: QuerySet[Box], name: str, value: str) -> QuerySet[Box]:
        return rows.filter(image__work=None) if value == "none" else rows.filter(image__work__state=value)

    def flagged(self, rows: QuerySet[Box], name: str, value: str) -> QuerySet[Box]:
        return with_flag(rows, value)

    def saying(self, rows: QuerySet[Box], name: str, value: str) -> QuerySet[Box]:
        said = AttributeFilter.parse(value)
        project = list(rows.order_by().values_list("image__project", flat=True)[:1])  # all are of one
        asking = LabelClass.objects.filter(project__in=project)
        return rows.none() if said is None else boxes_saying(rows, asking, said)


# Python will not let a class body name a field `class`.
BoxFilter.base_filters["class"] = NumberFilter("label_id", label=_("Id of a class"))
ImageFilter.base_filters["class"] = NumberFilter(method="of_class", label=_("Id of a class that has a box"))
