"""What lists of suggestions can be narrowed to."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import (
    BaseInFilter,
    CharFilter,
    ChoiceFilter,
    FilterSet,
    IsoDateTimeFilter,
    NumberFilter,
    OrderingFilter,
)

from annotations.models import Suggestion
from projects.models import Image
from projects.web.filters import YesNoFilter


class IdsFilter(BaseInFilter, NumberFilter):
    """1,2,3"""


class SuggestionFilter(FilterSet):
    """The most probable first, and those that wait, where nothing else is asked.

    `all` are the suggestions: what a run dropped is asked for by its own name.
    """

    run = NumberFilter("batch__run", label=_("Id of a run"))
    batch = NumberFilter("batch_id", label=_("Id of a batch: what a run or an import brought"))
    image = NumberFilter("image_id", label=_("Id of an image"))
    state = ChoiceFilter(
        choices=[*Suggestion.State.choices, ("all", _("All"))],
        method="in_state",
        label=_("pending where nothing is said"),
    )
    sure = YesNoFilter("sure", label=_("Whether the run calls it sure"))
    min_probability = NumberFilter("probability", "gte", min_value=0, max_value=1, label=_("0 to 1"))
    max_probability = NumberFilter("probability", "lte", min_value=0, max_value=1, label=_("0 to 1"))
    min_score = NumberFilter("score", "gte", min_value=0, max_value=1, label=_("The detector's own, 0 to 1"))
    max_score = NumberFilter("score", "lte", min_value=0, max_value=1, label=_("The detector's own, 0 to 1"))
    dataset = NumberFilter("image__dataset_id", label=_("Id of a dataset"))
    split = ChoiceFilter("image__split", choices=Image.Split.choices, label=_("Split of the image"))
    author = CharFilter("decided_by__email", "iexact", label=_("E-mail address of who decided"))
    created_after = IsoDateTimeFilter("created_at", "gte", label=_("Made at this time or later"))
    created_before = IsoDateTimeFilter("created_at", "lt", label=_("Made before this time"))
    ids = IdsFilter("id", lookup_expr="in", label=_("Only these: ids with commas between"))
    origin = ChoiceFilter(
        choices=[("run", _("A run")), ("import", _("An import"))], method="of_origin", label=_("What brought it")
    )
    ordering = OrderingFilter(fields=("probability", "score", "created_at", "id"))

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        data = data.copy() if data is not None else {}
        if not data.get("state"):
            data["state"] = Suggestion.State.PENDING
        if data.get("ordering") == "useful":  # no order of rows: the queue ranks them
            data["ordering"] = ""
        super().__init__(data, *args, **options)

    def of_origin(self, rows: QuerySet[Suggestion], name: str, value: str) -> QuerySet[Suggestion]:
        return rows.filter(batch__label_import__isnull=value == "run")

    def in_state(self, rows: QuerySet[Suggestion], name: str, value: str) -> QuerySet[Suggestion]:
        return rows.exclude(state=Suggestion.State.DROPPED) if value == "all" else rows.filter(state=value)


# Python will not let a class body name a field `class`.
SuggestionFilter.base_filters["class"] = NumberFilter("label_id", label=_("Id of a class"))
