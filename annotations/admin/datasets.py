"""Ways from the lists of datasets, images and projects to changes of datasets, and the list of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.datasets import views  # noqa: F401 -- its pages
from annotations.datasets.choice import MOST
from annotations.models import DatasetChange
from projects.admin.images import ImageAdmin
from projects.admin.projects import DatasetAdmin, ProjectAdmin
from projects.web.actor import actor_of
from projects.web.admin import ReadOnlyAdmin

Kind = DatasetChange.Kind
Act = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]


@admin.register(DatasetChange)
class DatasetChangeAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "kind",
        "project",
        "state",
        "step",
        "count",
        "stayed",
        "created_by",
        "created_at",
        "undone_at",
    )
    list_select_related = ("project", "created_by")
    list_filter = ("kind", "state")
    search_fields = ("=id", "project__name", "created_by__email")
    search_help_text = gettext_lazy("Number, project or e-mail address")
    fields = (
        "project", "kind", "choice", "state", "step", "done", "total", "count", "boxes", "stayed", "problem",
        "created_by",
        "created_at", "undone_by", "undone_at",
    )  # fmt: skip
    change_form_template = "annotations/console/dataset_change_done.html"


def _to(kind: str, field: str, title: Any) -> Act:
    """An action of a list that leads to the page of the change, with what was chosen; that page asks and shows."""

    @admin.action(description=title)
    def go(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase | None:
        chosen = list(rows.order_by("pk").values_list("pk", "project")[: MOST + 1])
        projects = {project for _pk, project in chosen}
        if len(projects) != 1 or len(chosen) > MOST:
            words = _("Choose rows of one project, and at most %(n)d.") % {"n": MOST}
            model_admin.message_user(request, words, messages.ERROR)
            return None
        address = reverse("admin:dataset-change", args=[projects.pop(), kind])
        return redirect(f"{address}?{urlencode({field: ','.join(str(pk) for pk, _project in chosen)})}")

    go.__name__ = kind
    return go


@admin.action(description=gettext_lazy("Resolve near-copies…"))
def copies(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase | None:
    if rows.count() != 1:
        model_admin.message_user(request, _("Choose one project."), messages.ERROR)
        return None
    return redirect("admin:dataset-change", rows.get().pk, Kind.COPIES)


def _for_administrators(shown: type[Any], *acts: Any) -> None:
    """Adds actions to a list of another app."""
    shown.actions = (*(shown.actions or ()), *acts)
    own = shown.get_actions

    def get_actions(self: Any, request: HttpRequest) -> Any:
        found = own(self, request)
        hidden = () if actor_of(request).is_superuser else {act.__name__ for act in acts}
        return {name: act for name, act in found.items() if name not in hidden}

    shown.get_actions = get_actions


_for_administrators(
    DatasetAdmin,
    _to(Kind.MERGE, "datasets", gettext_lazy("Merge…")),
    _to(Kind.SPLIT, "datasets", gettext_lazy("Split…")),
    _to(Kind.MOVE, "datasets", gettext_lazy("Move to another project…")),
    _to(Kind.COPY, "datasets", gettext_lazy("Copy to another project…")),
    _to(Kind.COPIES, "datasets", gettext_lazy("Resolve near-copies…")),
)
_for_administrators(
    ImageAdmin,
    _to(Kind.SPLIT, "images", gettext_lazy("Into a new dataset…")),
    _to(Kind.MOVE, "images", gettext_lazy("Move to another project…")),
    _to(Kind.COPY, "images", gettext_lazy("Copy to another project…")),
    _to(Kind.COPIES, "images", gettext_lazy("Resolve near-copies…")),
)
_for_administrators(ProjectAdmin, copies)
