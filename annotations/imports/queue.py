"""How a step of an import comes to a worker."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task

from annotations.models import LabelImport

JOB = "annotations.imports.jobs.run_step"


def enqueue(job: LabelImport) -> None:
    """Asks a worker for the step, once the row is there for it to see."""
    transaction.on_commit(lambda: async_task(JOB, job.pk, task_name=f"label import {job.pk}"))
