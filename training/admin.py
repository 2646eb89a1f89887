"""The admin console over runs, their events and model versions: to look at; runs are started, stopped and undone in the
portal.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat, yesno
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from projects.web.admin import ReadOnlyAdmin, counted, counters
from projects.web.admin_search import IndexSearch, by_number
from training.models import ModelVersion, Run, RunEvent

SHOWN_EVENTS = 50


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "project", "kind", "state", "stage", "done", "created_by", "created_at")
    list_select_related = ("project", "created_by")
    list_filter = ("state", "kind")
    search_fields = ("=id", "=number", "project__name", "created_by__email", "worker")
    search_help_text = _("Number, project, e-mail address or worker")
    fields = (
        "number", "project", "kind", "classes", "dataset", "state", "stage", "done", "created_by", "created_at",
        "started_at", "finished_at", "error_code", "error_text", "params", "result", "attempts", "worker",
        "last_events",
    )  # fmt: skip

    @admin.display(description=_("percent"), ordering="percent")
    def done(self, run: Run) -> str:
        return f"{run.percent:.0f}%"

    @admin.display(description=_("last events"))
    def last_events(self, run: Run) -> str:
        rows = run.events.order_by("-seq")[:SHOWN_EVENTS]
        lines = format_html_join("", "<li>{} {} {}</li>", ((event.seq, event.kind, _short(event)) for event in rows))
        every = reverse("admin:training_runevent_changelist") + f"?run__id__exact={run.pk}"
        return format_html('<ul>{}</ul><a href="{}">{}</a>', lines, every, _("All events"))


@admin.register(RunEvent)
class RunEventAdmin(IndexSearch, ReadOnlyAdmin):
    list_display = ("id", "run", "seq", "kind", "short", "at")
    list_select_related = ("run",)
    search_help_text = _("Kind of event; the page of a run leads to its own")
    fields = ("run", "seq", "kind", "at", "payload")

    def found_by(self, words: str) -> Q:
        return by_number(words, "run") | Q(kind=words)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("what it said"))
    def short(self, event: RunEvent) -> str:
        return _short(event)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "version", "kind", "project", "shots", "file_size", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project",)
    list_filter = ("kind",)
    search_fields = ("=id", "name", "=sha256", "project__name")
    search_help_text = _("Number, name, SHA-256 or project")
    fields = (
        "name", "version", "kind", "project", "run", "shots", "classes", "metrics", "details", "file_name", "file_size",
        "sha256", "created_at",
    )  # fmt: skip

    @admin.display(description=_("file size"), ordering="bytes")
    def file_size(self, version: ModelVersion) -> str:
        return filesizeformat(version.bytes)


def _short(event: RunEvent) -> str:
    """Its sentence where it has one, else its figures."""
    payload = event.payload
    figures = {name: value for name, value in payload.items() if name != "t"}
    return str(payload.get("text") or _said(figures))[:200]


def _said(value: Any) -> str:
    """Data as one reads it, by name, for databases keep no order: {"n": 0.5, "classes": {"fox": 3}} -> classes (fox 3),
    n 0.5.
    """
    if isinstance(value, dict):
        return ", ".join(f"{name} {_inner(one)}" for name, one in sorted(value.items()) if one is not None)
    if isinstance(value, list):
        return "; ".join(_inner(one) for one in value)
    if isinstance(value, bool) or value is None:
        return "–" if value is None else str(yesno(value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _inner(value: Any) -> str:
    return f"({_said(value)})" if isinstance(value, dict) else _said(value)


counters[Project].append(lambda rows: counted(Run, project__in=rows) | counted(ModelVersion, project__in=rows))
