"""The worker's part of exports: writes the file into the storage, says how far it is, and ends every one of them."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_q.tasks import async_task
from rest_framework.exceptions import ValidationError

from annotations.exports.export import export
from annotations.exports.pieces import Pieces
from annotations.exports.serializers import parse
from annotations.exports.sources import Labels, source_of
from annotations.models import Export
from projects import policies
from projects.errors import Refused
from projects.models import Event
from projects.policies import Action
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
JOB = "annotations.exports.jobs.run_export"
BEAT_S = 2.0  # between two signs of life, each a small write


class Lost(Exception):
    """Somebody cancelled or deleted the export, or another worker has it."""


def enqueue(job: Export) -> None:
    """Asks a worker for an export, once the row is there for it to see."""
    transaction.on_commit(lambda: async_task(JOB, job.pk, task_name=f"export {job.pk}"))


def run_export(export_id: int) -> None:
    """A second delivery does nothing; whatever goes wrong ends the export as failed, with its reason."""
    queued = Export.objects.filter(pk=export_id, state=Export.State.QUEUED)
    now = timezone.now()
    if not queued.update(state=Export.State.RUNNING, attempts=F("attempts") + 1, done=0, updated_at=now):
        return
    job = Export.objects.select_related("project", "created_by").get(pk=export_id)
    with translation.override(job.created_by.language if job.created_by else None):
        try:
            _write(job)
        except Lost:
            log.info("Export %s was taken away from its worker.", job.pk)
            _drop(job)
        except Exception as error:  # of any kind: nothing may leave an export running for ever
            _drop(job)
            _end(job, state=Export.State.FAILED, file="", problem=_why(error)[:500])


def _write(job: Export) -> None:
    """The file goes to the storage piece by piece: neither memory nor a temporary file holds it."""
    if job.created_by is None or not policies.can(job.created_by, Action.READ, job.project):
        raise Refused(_("Who asked for this export is no member of the project any more."))
    choice = parse(job.choice)
    source = source_of(job.project, choice)
    labels, download = source.labels, export(source, choice)
    _drop(job)  # what a worker that died had begun
    job.file.name = f"exports/{job.project_id}/{uuid.uuid4().hex}/{job.name}"
    _say(job, file=job.file.name)  # before the first byte, so that whoever follows finds what to remove
    pieces = Pieces(_watched(job, labels, download.chunks))
    stored = job.file.storage.save(job.file.name, pieces)
    job.file.name = stored
    ended = {"file": stored, "bytes": pieces.bytes, "sha256": pieces.hash.hexdigest()}
    if not _end(job, state=Export.State.DONE, done=labels.total, total=labels.total, **ended):
        raise Lost


def _watched(job: Export, labels: Labels, pieces: Iterable[bytes]) -> Iterator[bytes]:
    said = time.monotonic()
    for piece in pieces:
        yield piece
        if time.monotonic() - said >= BEAT_S:
            said = time.monotonic()
            _say(job, done=labels.done, total=labels.total)


def _mine(job: Export) -> Any:
    return Export.objects.filter(pk=job.pk, state=Export.State.RUNNING, attempts=job.attempts)


def _say(job: Export, **fields: Any) -> None:
    """A sign of life. Raises Lost where the export is no longer this worker's."""
    if not _mine(job).update(updated_at=timezone.now(), **fields):
        raise Lost


def _end(job: Export, **fields: Any) -> bool:
    now = timezone.now()
    ended = bool(_mine(job).update(finished_at=now, updated_at=now, **fields))
    if ended:
        emit(job.project_id, Event.EXPORTS_FINISHED, {"export": job.pk, "state": fields["state"]})
    return ended


def _drop(job: Export) -> None:
    if job.file.name:
        job.file.storage.delete(job.file.name)


def _why(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.detail
    if isinstance(error, ValidationError):  # of a choice that an older LabelHub wrote down
        return _("This choice cannot be read any more: make the export anew.")
    log.error("An export failed.", exc_info=error)
    return _("Writing the file failed (%(error)s). The log of the worker says more.") % {"error": type(error).__name__}
