"""Tells a project's webhooks of an event once it is committed: rows of the delivery log, which a worker sends."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from projects.models import Delivery, Event, Webhook

JOB = "projects.webhooks.jobs.deliver_due"


def emit(project_id: int, event: Event, data: dict[str, Any]) -> None:
    """data: what can be said as JSON; ids rather than content, for whoever hears of it may ask for the rest.

    A fault here never fails what was done.
    """
    transaction.on_commit(lambda: _log(project_id, event, data), robust=True)


def _log(project_id: int, event: Event, data: dict[str, Any]) -> None:
    hooks = [hook for hook in Webhook.objects.filter(project=project_id, active=True) if event.value in hook.events]
    if hooks:
        add(hooks, event.value, data)


def add(hooks: list[Webhook], event: str, data: dict[str, Any]) -> list[Delivery]:
    """New rows of the log for one event. A worker is asked for, unless one was asked for and has not come yet."""
    now = timezone.now()
    asked = Delivery.objects.filter(state=Delivery.State.PENDING, next_at__lte=now).exists()
    rows = [
        Delivery(
            webhook=hook,
            event=event,
            payload={"type": event, "timestamp": now.isoformat(), "project": hook.project_id, "data": data},
        )
        for hook in hooks
    ]
    made = Delivery.objects.bulk_create(rows)
    if not asked:
        wake_worker()
    return made


def wake_worker() -> None:
    async_task(JOB, task_name="webhooks")
