"""Verbs on webhooks: for owners; each leaves its audit row."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Delivery, Event, Project, User, Webhook
from projects.policies import Action
from projects.web.outbound import check_reachable
from projects.webhooks import emit
from projects.webhooks.signing import secret_of

MOST = 20  # of one project
PING = "ping"


def get_webhook(actor: User, project: Project, pk: int) -> Webhook:
    """Raises Forbidden for who is no owner, Http404 where there is none."""
    policies.require(actor, Action.MANAGE, project)
    found = project.webhooks.filter(pk=pk).select_related("project").first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def create_webhook(actor: User, project: Project, *, url: str, events: Collection[str]) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown this once. Raises Refusal."""
    policies.require(actor, Action.MANAGE, project)
    if project.webhooks.count() >= MOST:
        raise Conflict(_("A project has at most %(n)d webhooks.") % {"n": MOST}, code="too_many")
    check_reachable(url)
    hook = Webhook.objects.create(project=project, url=url, events=_known(events), created_by=actor)
    audit.record(actor, "webhook.created", url, project=project, id=hook.pk, events=hook.events)
    return hook, secret_of(hook.key)


@transaction.atomic
def update_webhook(
    actor: User,
    hook: Webhook,
    *,
    url: str | None = None,
    events: Collection[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Switching it on again forgets its failures, and sends what waited. Raises Refusal."""
    policies.require(actor, Action.MANAGE, hook.project)
    if url is not None:
        check_reachable(url)
        hook.url = url
    if events is not None:
        hook.events = _known(events)
    if active is not None:
        hook.active = active
    if active:
        hook.failures, hook.disabled_at = 0, None
    hook.save(update_fields=["url", "events", "active", "failures", "disabled_at"])
    audit.record(actor, "webhook.changed", hook.url, project=hook.project, id=hook.pk, events=hook.events)
    return hook


@transaction.atomic
def renew_secret(actor: User, hook: Webhook) -> str:
    """The old secret signs nothing from now on."""
    policies.require(actor, Action.MANAGE, hook.project)
    hook.key = uuid.uuid4()
    hook.save(update_fields=["key"])
    audit.record(actor, "webhook.secret", hook.url, project=hook.project, id=hook.pk)
    return secret_of(hook.key)


@transaction.atomic
def delete_webhook(actor: User, hook: Webhook) -> None:
    policies.require(actor, Action.MANAGE, hook.project)
    audit.record(actor, "webhook.deleted", hook.url, project=hook.project, id=hook.pk)
    hook.delete()


def ping(actor: User, hook: Webhook) -> Delivery:
    """Sends a word without an event, so that the address can be tried."""
    policies.require(actor, Action.MANAGE, hook.project)
    _must_be_active(hook)
    (row,) = emit.add([hook], PING, {})
    return row


def redeliver(actor: User, hook: Webhook, pk: int) -> Delivery:
    """Sends a delivery once more, under the same id, so that whoever has had it can tell."""
    policies.require(actor, Action.MANAGE, hook.project)
    _must_be_active(hook)
    row = hook.deliveries.filter(pk=pk).first()
    if row is None:
        raise Http404
    row.state, row.attempts, row.next_at = Delivery.State.PENDING, 0, timezone.now()
    row.save(update_fields=["state", "attempts", "next_at"])
    emit.wake_worker()
    return row


def _must_be_active(hook: Webhook) -> None:
    if not hook.active:
        raise Conflict(_("This webhook is switched off."), code="inactive")


def _known(events: Collection[str]) -> list[str]:
    if not events or set(events) - set(Event.values):
        raise Refusal(_("Choose at least one of the events."), field="events")
    return [event for event in Event.values if event in events]
