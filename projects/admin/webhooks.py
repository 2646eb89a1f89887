"""Webhooks, without their secrets, and what was sent to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.errors import Conflict
from projects.models import Delivery, Webhook
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, DeletesByAction, ReadOnlyAdmin
from projects.webhooks import actions


@admin.register(Webhook)
class WebhookAdmin(ChangesByAction, DeletesByAction):
    list_display = ("id", "url", "project", "active", "failures", "disabled_at", "created_by")
    list_display_links = ("id", "url")
    list_select_related = ("project", "created_by")
    list_filter = ("active",)
    search_fields = ("=id", "url", "project__name")
    search_help_text = _("Number, address or project")
    fields = ("project", "url", "listens_to", "active", "failures", "disabled_at", "created_by", "created_at")
    readonly_fields = ("project", "url", "listens_to", "failures", "disabled_at", "created_by", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # its secret is shown once, to who makes it

    def act_change(self, request: HttpRequest, row: Webhook, changed: dict[str, Any]) -> None:
        actions.update_webhook(actor_of(request), row, **changed)

    def act_delete(self, request: HttpRequest, row: Webhook) -> None:
        actions.delete_webhook(actor_of(request), row)

    @admin.display(description=_("events"))
    def listens_to(self, hook: Webhook) -> str:
        return ", ".join(hook.events)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "webhook", "project", "state", "attempts", "status", "created_at", "sent_at")
    list_select_related = ("webhook__project",)
    list_filter = ("state",)
    search_fields = ("=id", "event__startswith", "webhook__url", "webhook__project__name")
    search_help_text = _("Number, event, address or project")
    fields = (
        "webhook", "event", "state", "attempts", "status", "error", "answer", "payload", "created_at", "sent_at",
    )  # fmt: skip
    actions = ("send_again",)

    @admin.display(description=_("project"))
    def project(self, row: Delivery) -> Any:
        return row.webhook.project

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        for row in rows.select_related("webhook__project")[:1000]:
            try:
                actions.redeliver(actor_of(request), row.webhook, row.pk)
            except Conflict as error:
                self.message_user(request, f"{row.pk}: {error.detail}", messages.ERROR)
