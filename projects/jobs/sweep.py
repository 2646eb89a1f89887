"""What becomes of jobs that nobody looks after: a dead worker's are taken up again, what was forgotten is sent
again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import OrmQ

from projects.models.jobs import Job

STUCK_AFTER = timedelta(minutes=2)  # a worker says something every few seconds
TRIES = 3
J = TypeVar("J", bound=Job)
State = Job.State


def take_up(rows: QuerySet[J], gave_up: Callable[[J], dict[str, Any]]) -> int:
    """Queues again what a worker that died had in hand, a few times at most; then it has failed, with the fields that
    `gave_up` says. Returns how many were queued. Any number of callers may do so at once.
    """
    now = timezone.now()
    resumed = 0
    for job in rows.filter(state=State.RUNNING, updated_at__lt=now - STUCK_AFTER):
        same = rows.model._default_manager.filter(pk=job.pk, state=State.RUNNING, updated_at=job.updated_at)
        if job.attempts >= TRIES:
            same.update(state=State.FAILED, updated_at=now, **gave_up(job))
        elif same.update(state=State.QUEUED, updated_at=now):
            job.enqueue()
            resumed += 1
    _send_again(rows, now)
    return resumed


def _send_again(rows: QuerySet[J], now: datetime) -> None:
    """A message that a dead worker had taken stays locked for days: what is queued must not wait for it."""
    forgotten = rows.filter(state=State.QUEUED, updated_at__lt=now - STUCK_AFTER)
    if forgotten.exists() and not OrmQ.objects.filter(key="default", lock__lte=now).exists():
        for job in forgotten:
            same = rows.model._default_manager.filter(pk=job.pk, state=State.QUEUED, updated_at=job.updated_at)
            if same.update(updated_at=now):
                job.enqueue()
