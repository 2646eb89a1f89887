"""Versions of a project's labels, and ways back to them: to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotations.models import DatasetVersion, Restore
from projects.web.admin import ReadOnlyAdmin


@admin.register(DatasetVersion)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "name", "project", "images", "boxes", "reason", "made_by", "made_at")
    list_select_related = ("project", "made_by")
    list_filter = ("reason",)
    search_fields = ("=id", "=number", "name", "project__name")
    search_help_text = _("Number, name or project")
    fields = ("project", "number", "name", "notes", "reason", "made_by", "made_at", "figures", "classes", "datasets")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetVersion]:
        return super().get_queryset(request).defer("blocks")

    @admin.display(description=_("images"))
    def images(self, version: DatasetVersion) -> Any:
        return version.figures.get("images")

    @admin.display(description=_("boxes"))
    def boxes(self, version: DatasetVersion) -> Any:
        return version.figures.get("boxes")


@admin.register(Restore)
class RestoreAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "project", "version", "state", "done", "total", "created_by", "created_at")
    list_select_related = ("project", "version", "created_by")
    list_filter = ("state",)
    search_fields = ("=id", "project__name")
    search_help_text = _("Number or project")
    fields = (
        "project", "version", "dataset", "state", "done", "total", "attempts", "result", "created_by", "created_at",
    )  # fmt: skip
