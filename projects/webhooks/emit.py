"""Tells a project's webhooks of an event: rows of the delivery log, written in the transaction of what was done, which
a worker sends once they are there to see.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from projects.models import Delivery, Event, Webhook

log = logging.getLogger(__name__)
JOB = "projects.webhooks.jobs.deliver_due"


def emit(project_id: int, event: Event, data: dict[str, Any]) -> None:
    """data: what can be said as JSON; ids rather than content, for whoever hears of it may ask for the rest.

    Written with what was done or not at all, so that no event is lost where the process dies afterwards, and none is
    sent of what was taken back. A fault here never fails what was done.
    """
    active = Webhook.objects.filter(project=project_id, active=True).only("project", "events")
    hooks = [hook for hook in active if event.value in hook.events]
    if not hooks:
        return
    try:
        with transaction.atomic():
            add(hooks, event.value, data)
    except (DatabaseError, TypeError):
        log.exception("no webhook hears of %s in project %s", event, project_id)


def add(hooks: list[Webhook], event: str, data: dict[str, Any]) -> list[Delivery]:
    """New rows of the log for one event. A worker is asked for, unless one was asked for and has not come yet; should
    that fail, the sweep asks.
    """
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
        transaction.on_commit(wake_worker, robust=True)
    return made


def wake_worker() -> None:
    async_task(JOB, task_name="webhooks")
