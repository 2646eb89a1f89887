"""Verbs of the bin: put away, restore, purge. Who may delete may do all three."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.bin import jobs, moving
from projects.bin.kinds import kinds
from projects.errors import Conflict
from projects.models import BinEntry, Dataset, Image, Project, User
from projects.policies import Action

INLINE = 200  # images whose deletion a person waits for; more is the worker's
INLINE_PARTS = 25

State = BinEntry.State
project_put_away = Signal()  # sender: the project. For what an app above has under way in it


def put_away(
    actor: User, project: Project, kind: str, numbers: list[int], name: str, *, size: int = 0, **about: Any
) -> BinEntry:
    """Deletes a thing into the bin; the right to is the caller's to check. size: images, by which the worker is asked.

    about: what the audit row keeps beside.
    """
    with transaction.atomic():
        entry = BinEntry.objects.create(project=project, kind=kind, numbers=numbers, name=name[:255], deleted_by=actor)
        audit.record(actor, f"{kind}.deleted", name, project=project, bin=entry.pk, **about)
        if size > INLINE:
            transaction.on_commit(lambda: jobs.enqueue(entry))
    if size <= INLINE:
        moving.fill(entry)
    return entry


def restore(actor: User, entry: BinEntry) -> int:
    """Puts it all back; returns how many rows could not come, or 0 where the worker does it. Raises Conflict."""
    policies.require(actor, Action.MANAGE, entry.project)
    _start_restoring(actor, entry)
    if entry.parts.count() > INLINE_PARTS:
        jobs.enqueue(entry)
        return 0
    return moving.empty(entry)


def bring_back(actor: User, entry: BinEntry) -> int:
    """The same at once, for a worker that takes back what it had put away; the right to is the caller's to check."""
    if entry.state != State.EMPTYING:  # begun, and broken off
        _start_restoring(actor, entry)
    return moving.empty(entry)


def _start_restoring(actor: User, entry: BinEntry) -> None:
    kinds[entry.kind].check(entry)
    mine = BinEntry.objects.filter(pk=entry.pk, state=State.KEPT)
    if not mine.update(state=State.EMPTYING, restored_by=actor, attempts=0, updated_at=timezone.now()):
        raise Conflict(_("This is on its way already."), code="busy")
    entry.state, entry.restored_by = State.EMPTYING, actor


def purge(actor: User, entry: BinEntry) -> None:
    policies.require(actor, Action.MANAGE, entry.project)
    if entry.state != State.KEPT:
        raise Conflict(_("This is on its way already."), code="busy")
    moving.purge(entry, actor)


# --- projects ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def delete_project(actor: User, project: Project) -> None:
    """Puts a project away: nobody sees it but who may bring it back, and nothing in it is touched."""
    policies.require(actor, Action.MANAGE, project)
    if Project.objects.filter(pk=project.pk, deleted_at=None).update(deleted_at=timezone.now()):
        audit.record(actor, "project.deleted", project, project=project, id=project.pk)
        transaction.on_commit(lambda: project_put_away.send(project))


@transaction.atomic
def restore_project(actor: User, project: Project) -> None:
    policies.require(actor, Action.MANAGE, project)
    if Project.objects.filter(pk=project.pk).exclude(deleted_at=None).update(deleted_at=None):
        audit.record(actor, "project.restored", project, project=project)


def purge_project(actor: User, project: Project) -> None:
    policies.require(actor, Action.MANAGE, project)
    if project.deleted_at is None:
        raise Conflict(_("Only what lies in the bin can be deleted for good."), code="not_deleted")
    jobs.enqueue_project(project, actor)


# --- datasets and images ----------------------------------------------------------------------------------------------
def delete_dataset(actor: User, dataset: Dataset) -> BinEntry:
    policies.require(actor, Action.MANAGE, dataset.project)
    images = dataset.images.count()
    about = {"id": dataset.pk, "images": images}
    return put_away(actor, dataset.project, "dataset", [dataset.pk], dataset.name, size=images, **about)


def delete_image(actor: User, image: Image) -> BinEntry | None:
    return delete_images(actor, image.project, [image.pk])


def delete_images(actor: User, project: Project, ids: Sequence[int]) -> BinEntry | None:
    """Several images as one entry, so that one undo brings all back. None where none of them is in the project."""
    policies.require(actor, Action.MANAGE, project)
    rows = Image.objects.filter(project=project, pk__in=ids).order_by("pk").values_list("pk", "name", "sha256")
    found = list(rows)
    if not found:
        return None
    name = found[0][1] + (f" + {len(found) - 1}" if len(found) > 1 else "")
    gone = [{"id": pk, "name": name, "sha256": sha256} for pk, name, sha256 in found]
    return put_away(actor, project, "image", [row[0] for row in found], name, size=len(found), images=gone)
