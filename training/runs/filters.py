"""What lists of runs can be narrowed to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter, NumberFilter, OrderingFilter

from training.models import Run


class RunFilter(FilterSet):
    state = ChoiceFilter("state", choices=Run.State.choices)
    kind = ChoiceFilter("kind", choices=Run.Kind.choices)
    author = CharFilter("created_by__email", "iexact", label=_("E-mail address of who started it"))
    dataset = NumberFilter("dataset_id", label=_("Id of a dataset"))
    created_after = IsoDateTimeFilter("created_at", "gte", label=_("Started at this time or later"))
    created_before = IsoDateTimeFilter("created_at", "lt", label=_("Started before this time"))
    ordering = OrderingFilter(fields=("id", "created_at", "finished_at"))


# Python will not let a class body name a field `class`. A run names each of its classes once, so no row comes twice.
RunFilter.base_filters["class"] = NumberFilter("classes", label=_("Id of a class"))
