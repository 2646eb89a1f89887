"""Groups of people across projects, of which one whose keeper has left gets another here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.groups import actions
from projects.models import UserGroup
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, DeletesByAction


@admin.register(UserGroup)
class UserGroupAdmin(ChangesByAction, DeletesByAction):
    """Who is in it, and where it counts, is the portal's."""

    list_display = ("id", "name", "keeper", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("keeper",)
    search_fields = ("name", "=id", "keeper__email")
    search_help_text = _("Name, number, or e-mail address of the keeper")
    fields = ("name", "keeper", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("keeper",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def act_change(self, request: HttpRequest, row: UserGroup, changed: dict[str, Any]) -> None:
        actions.change_group(actor_of(request), row, **changed)

    def act_delete(self, request: HttpRequest, row: UserGroup) -> None:
        actions.delete_group(actor_of(request), row)
