"""Verbs of exports: stream one, have a worker make one, cancel it, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.blindness import refuse_blind
from annotations.exports.choice import ExportChoice
from annotations.exports.export import Download, export, file_name
from annotations.exports.sources import Source, source_of
from annotations.models import Export
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Project, User
from projects.policies import Action


class AlreadyAtWork(Conflict):
    """The same choice is at work already; `export` is its id."""

    code = "running"

    def __init__(self, export: int) -> None:
        super().__init__(_("The same export is being made already."))
        self.export = export

    def body(self) -> dict[str, Any]:
        return super().body() | {"export": self.export}


def visible_exports(user: policies.Person) -> QuerySet[Export]:
    return Export.objects.filter(project__in=policies.visible_projects(user)).select_related("project", "created_by")


def get_export(user: policies.Person, pk: int) -> Export:
    job = visible_exports(user).filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def get_file(actor: User, pk: int) -> Export:
    """An export to download, whoever had it made. Raises Refusal where it may show what is hidden from the person."""
    job = get_export(actor, pk)
    refuse_blind(actor, job.project)
    return job


def select(actor: User, project: Project, choice: ExportChoice) -> Source:
    """What may be exported. Raises Refusal where images are chosen and none of them is finished, since a file without
    them would look like a project without labels.
    """
    policies.require(actor, Action.READ, project)
    refuse_blind(actor, project)
    source = source_of(project, choice)
    if choice.unfinished or source.labels.has_images():
        return source
    left_out = source_of(project, replace(choice, unfinished=True)).labels.count_images()
    if left_out:
        words = ngettext(
            "The %(n)d image that was chosen is not complete for these classes, so nothing would be exported. Say in "
            "the"
            " editor or the gallery that it is complete, or take unfinished images along (unfinished=1).",
            "None of the %(n)d images that were chosen is complete for these classes, so nothing would be exported. Say"
            " in the editor or the gallery which are complete, or take unfinished images along (unfinished=1).",
            left_out,
        )
        raise Refusal(words % {"n": left_out}, code="nothing_complete", field="unfinished")
    return source


def stream(actor: User, project: Project, choice: ExportChoice) -> Download:
    return export(select(actor, project, choice), choice)


def start(actor: User, project: Project, choice: ExportChoice) -> Export:
    """Has a worker make the file. Raises AlreadyAtWork where it makes the very same one."""
    name = file_name(select(actor, project, choice), choice)
    try:
        with transaction.atomic():
            job = Export.objects.create(
                project=project, choice=choice.as_query(), key=choice.key, name=name, created_by=actor
            )
            audit.record(actor, "export.started", job.name, project=project, choice=job.choice)
            job.enqueue()
    except IntegrityError as error:
        same = Export.objects.filter(project=project, key=choice.key, state__in=Export.OPEN).first()
        if same is None:  # it ended meanwhile
            return start(actor, project, choice)
        raise AlreadyAtWork(same.pk) from error
    return job


@transaction.atomic
def cancel(actor: User, job: Export) -> Export:
    """Its worker stops within seconds. What has ended stays as it is."""
    policies.require_own(actor, job.created_by_id, job.project)
    now = timezone.now()
    ended = {"state": Export.State.CANCELLED, "finished_at": now, "updated_at": now}
    if Export.objects.filter(pk=job.pk, state__in=Export.OPEN).update(**ended):
        audit.record(actor, "export.cancelled", job.name, project=job.project)
    job.refresh_from_db()
    return job


def retry(actor: User, job: Export) -> Export:
    """Queues one that failed or was cancelled again. Raises Conflict, AlreadyAtWork."""
    policies.require_own(actor, job.created_by_id, job.project)
    ended = Export.objects.filter(pk=job.pk, state__in=[Export.State.FAILED, Export.State.CANCELLED])
    try:
        with transaction.atomic():
            again = {"attempts": 0, "problem": "", "finished_at": None, "updated_at": timezone.now()}
            if not ended.update(state=Export.State.QUEUED, **again):
                raise Conflict(_("Only what failed or was cancelled can be tried again."), code="not_retriable")
            audit.record(actor, "export.retried", job.name, project=job.project)
            job.enqueue()
    except IntegrityError as error:
        same = Export.objects.filter(project=job.project_id, key=job.key, state__in=Export.OPEN).first()
        raise AlreadyAtWork(same.pk if same else job.pk) from error
    job.refresh_from_db()
    return job


@transaction.atomic
def delete(actor: User, job: Export) -> None:
    """It goes with its file; a worker that is at it stops within seconds."""
    policies.require_own(actor, job.created_by_id, job.project)
    audit.record(actor, "export.deleted", job.name, project=job.project)
    job.delete()
