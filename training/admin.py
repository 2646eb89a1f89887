"""The admin console over runs, their events and model versions: to look at; runs are started, stopped and undone in the portal."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from projects.admin_base import ReadOnlyAdmin
from training.models import ModelVersion, Run, RunEvent

SHOWN_EVENTS = 50


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "number",
        "project",
        "kind",
        "state",
        "stage",
        "percent",
        "created_by",
        "created_at",
        "finished_at",
    )
    list_select_related = ("project", "created_by")
    list_filter = ("state", "kind")
    search_fields = ("=id", "=number", "project__name", "created_by__email", "worker")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), "last_events"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "last_events"]

    @admin.display(description=_("last events"))
    def last_events(self, run: Run) -> str:
        rows = run.events.order_by("-seq")[:SHOWN_EVENTS]
        lines = format_html_join("", "<li>{} {} {}</li>", ((event.seq, event.kind, _short(event)) for event in rows))
        every = reverse("admin:training_runevent_changelist") + f"?run__id__exact={run.pk}"
        return format_html('<ul>{}</ul><a href="{}">{}</a>', lines, every, _("All events"))


@admin.register(RunEvent)
class RunEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "run", "seq", "kind", "short", "at")
    list_select_related = ("run",)
    search_fields = ("=run__id", "=kind")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("what it said"))
    def short(self, event: RunEvent) -> str:
        return _short(event)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "version", "kind", "project", "shots", "bytes", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project",)
    list_filter = ("kind",)
    search_fields = ("=id", "name", "=sha256", "project__name")


def _short(event: RunEvent) -> str:
    return json.dumps(event.payload, ensure_ascii=False)[:200]
