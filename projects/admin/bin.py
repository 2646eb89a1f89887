"""What was deleted and can come back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.bin import actions as bin_actions
from projects.bin.kinds import kinds
from projects.errors import Conflict
from projects.models import BinEntry
from projects.web.actor import actor_of
from projects.web.admin import ReadOnlyAdmin


class KindFilter(admin.SimpleListFilter):
    """By the registry of kinds: Django would look through the table for those that are there."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(kind.title)) for name, kind in kinds.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BinEntry]) -> QuerySet[BinEntry]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(BinEntry)
class BinEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "kind", "project", "state", "deleted_by", "deleted_at")
    list_display_links = ("id", "name")
    list_select_related = ("project", "deleted_by")
    list_filter = (KindFilter, "state")
    fields = ("name", "kind", "project", "counts", "state", "deleted_by", "deleted_at")
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    actions = ("restore",)

    @admin.action(description=_("Restore from the bin"))
    def restore(self, request: HttpRequest, rows: QuerySet[BinEntry]) -> None:
        for row in rows.select_related("project"):
            try:
                bin_actions.restore(actor_of(request), row)
            except Conflict as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
