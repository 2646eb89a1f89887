"""Verbs of the bin: put away, restore, purge. Who may delete may do all three."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.bin import jobs, moving
from projects.bin.contents import waiting_words
from projects.bin.kinds import kinds
from projects.errors import Conflict
from projects.models import BinEntry, BinImage, Dataset, Image, Project, User
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
    """Puts back all that has a place; returns how many rows stay until theirs is there, or 0 where the worker does it.

    Raises Conflict where nothing can come before something else is restored.
    """
    policies.require(actor, Action.MANAGE, entry.project)
    _start_restoring(actor, entry)
    if entry.parts.count() > INLINE_PARTS:
        jobs.enqueue(entry)
        return 0
    came = moving.empty(entry)
    left = BinEntry.objects.filter(pk=entry.pk).first()
    if left is not None and not came:
        raise Conflict(waiting_words(left), code="needs_other")
    return sum(left.counts.values()) if left else 0


def bring_back(actor: User, entry: BinEntry) -> None:
    """The same at once, for a worker that takes back what it had put away; the right to is the caller's to check."""
    if entry.state != State.EMPTYING:  # begun, and broken off
        _start_restoring(actor, entry)
    moving.empty(entry)


def bring_images_back(actor: User, project: Project, numbers: Collection[int]) -> None:
    """Only these images, whatever they were deleted with, and their datasets; the right to is the caller's to check."""
    wanted = frozenset(numbers)
    lying = BinImage.objects.filter(entry__project=project, number__in=wanted)
    entries, datasets = (set(lying.values_list(name, flat=True)) for name in ("entry", "dataset"))
    for entry in project.bin.filter(state=State.KEPT).order_by("kind", "pk"):  # datasets before images
        if entry.pk in entries or (entry.kind == "dataset" and datasets & set(entry.numbers)):
            entry.restored_by = actor
            moving.empty(entry, images=wanted)


def bring_pictures_back(actor: User | None, dataset: Dataset, hashes: Collection[str]) -> set[str]:
    """Images whose pictures are uploaded once more, where the person may restore; which pictures these were."""
    lying = BinImage.objects.filter(dataset=dataset.pk, sha256__in=hashes, entry__state=State.KEPT)
    found = dict(lying.exclude(sha256__in=dataset.images.values("sha256")).values_list("sha256", "number"))
    if not found or actor is None or not policies.can(actor, Action.MANAGE, dataset.project):
        return set()
    bring_images_back(actor, dataset.project, found.values())
    return set(dataset.images.filter(sha256__in=found).values_list("sha256", flat=True))


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
