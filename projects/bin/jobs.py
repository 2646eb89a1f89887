"""What the worker does of the bin: long deletions and restorations, and the end of what lay there long enough."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task

from projects.bin import moving
from projects.models import BinEntry, Project, User

JOB = "projects.bin.jobs.run"
STUCK_AFTER = timedelta(minutes=2)
TRIES = 5
State = BinEntry.State


def enqueue(entry: BinEntry) -> None:
    async_task(JOB, entry.pk, task_name=f"bin {entry.pk}")


def enqueue_project(project: Project, actor: User) -> None:
    """Asks a worker to delete a project for good."""
    async_task("projects.bin.jobs.purge_project", project.pk, actor.pk, task_name=f"purge project {project.pk}")


def purge_project(project_id: int, actor_id: int) -> None:
    project = Project.objects.filter(pk=project_id).exclude(deleted_at=None).first()
    if project is not None:
        moving.purge_project(project, User.objects.filter(pk=actor_id).first())


def run(entry_id: int) -> None:
    """Goes on with what the entry is at; a second delivery finds less to do, or nothing."""
    entry = BinEntry.objects.select_related("project", "restored_by").filter(pk=entry_id).first()
    if entry is None:
        return
    if entry.state == State.FILLING:
        moving.fill(entry)
    elif entry.state == State.EMPTYING:
        moving.empty(entry)


def sweep() -> None:
    """Takes up what a worker left, and purges what lay here longer than the setting says. Any number may call it."""
    now = timezone.now()
    stuck = BinEntry.objects.filter(state__in=[State.FILLING, State.EMPTYING], updated_at__lt=now - STUCK_AFTER)
    # What was moved so far lies in the bin: a person may restore it, or delete the rest again.
    stuck.filter(attempts__gte=TRIES).update(state=State.KEPT, attempts=0, updated_at=now)
    for entry in stuck[:20]:
        mine = BinEntry.objects.filter(pk=entry.pk, updated_at=entry.updated_at)
        if mine.update(updated_at=now, attempts=F("attempts") + 1):
            enqueue(entry)
    until = now - timedelta(days=settings.BIN_DAYS)
    for entry in BinEntry.objects.filter(state=State.KEPT, deleted_at__lt=until)[:20]:
        moving.purge(entry)
    for project in Project.objects.filter(deleted_at__lt=until)[:5]:
        moving.purge_project(project)
