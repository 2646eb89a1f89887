"""The worker's part of exports: writes the file into the storage, says how far it is, and ends every one of them."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from annotations.exports.export import export
from annotations.exports.pieces import Pieces
from annotations.exports.serializers import parse
from annotations.exports.sources import Labels, source_of
from annotations.models import Export
from projects import policies
from projects.errors import Refusal
from projects.jobs.hold import Hold, carry_out
from projects.models import Event, NotificationKind
from projects.notifications.actions import News, Page, notify
from projects.policies import Action
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
BEAT_S = 2.0  # between two signs of life, each a small write


def run_export(export_id: int) -> None:
    """The worker's part."""
    job = carry_out(Export.objects.select_related("project", "created_by"), export_id, _work, _why)
    if job is not None:
        emit(job.project_id, Event.EXPORTS_FINISHED, {"export": job.pk, "state": job.state})
        page = Page("export", (job.project_id,), "#exports")
        failed = job.state == Export.State.FAILED
        news = News(
            NotificationKind.EXPORT_FINISHED, job.project, f"export-{job.pk}", page, job.name, job.problem, failed
        )
        if failed or job.state == Export.State.DONE:
            notify([job.created_by], news)


def _work(hold: Hold[Export]) -> None:
    try:
        with words_of(hold.job):
            _write(hold)
    except Exception:
        drop(hold.job)
        raise


def _write(hold: Hold[Export]) -> None:
    """The file goes to the storage piece by piece: neither memory nor a temporary file holds it."""
    job = hold.job
    if job.created_by is None or not policies.can(job.created_by, Action.READ, job.project):
        raise Refusal(_("Who asked for this export is no member of the project any more."))
    choice = parse(job.choice)
    source = source_of(job.project, choice)
    labels, download = source.labels, export(source, choice)
    drop(job)  # what a worker that died had begun
    job.file.name = f"exports/{job.project_id}/{uuid.uuid4().hex}/{job.name}"
    hold.report(done=0, file=job.file.name)  # before the first byte, so that whoever follows finds what to remove
    pieces = Pieces(_watched(hold, labels, download.chunks))
    job.file.name = job.file.storage.save(job.file.name, pieces)
    hold.report(
        state=Export.State.DONE, done=labels.total, total=labels.total, file=job.file.name, bytes=pieces.hash.size,
        sha256=pieces.hash.sha256, finished_at=timezone.now(),
    )  # fmt: skip


def _watched(hold: Hold[Export], labels: Labels, pieces: Iterable[bytes]) -> Iterator[bytes]:
    said = time.monotonic()
    for piece in pieces:
        yield piece
        if time.monotonic() - said >= BEAT_S:
            said = time.monotonic()
            hold.report(done=labels.done, total=labels.total)


def drop(job: Export) -> None:
    if job.file.name:
        job.file.storage.delete(job.file.name)


def words_of(job: Export) -> AbstractContextManager[None]:
    """Words are in the language of who asked for the file."""
    return translation.override(job.created_by.language if job.created_by else None)


def _why(job: Export, error: Exception) -> dict[str, Any]:
    with words_of(job):
        return {"file": "", "problem": _words(error)[:500], "finished_at": timezone.now()}


def _words(error: Exception) -> str:
    if isinstance(error, Refusal):
        return error.detail
    if isinstance(error, ValidationError):  # of a choice that an older LabelHub wrote down
        return _("This choice cannot be read any more: make the export anew.")
    log.error("An export failed.", exc_info=error)
    return _("Writing the file failed (%(error)s). The log of the worker says more.") % {"error": type(error).__name__}
