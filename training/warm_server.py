"""The warm worker's one message: it lives as long as the job that it started."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

JOB, QUEUE = "training.jobs.serve_predictions", "predict"


def start() -> None:
    """Puts the message into the queue, unless it is there or its worker lives."""
    if not OrmQ.objects.filter(key=QUEUE).exists():
        _send()


def start_again() -> None:
    """For work that waits too long: the message of a worker that died stays locked for days; a second one then starts
    the next.
    """
    if not OrmQ.objects.filter(key=QUEUE, lock__lte=timezone.now()).exists():
        _send()


def _send() -> None:
    async_task(JOB, cluster=QUEUE, task_name="predictions")
