"""Zips of images: the `default` worker unpacks them, picture by picture, with progress, and ends every one of them."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from projects import audit
from projects.images import storing
from projects.images.pictures import PictureError
from projects.images.storing import Decoded, Problem, Stored, clean_name, explain
from projects.images.zip_entries import Entry, entries_of
from projects.models import Event, Import
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
JOB = "projects.images.imports.run_import"
AT_ONCE = (
    20  # pictures that are decoded before one short transaction takes them: people's saves never wait for a decoder
)
HELD_BYTES = 64 * 2**20  # of decoded pictures that wait
MAX_PROBLEMS = 1000
STUCK_AFTER = timedelta(minutes=2)
TRIES = 3


def enqueue(job: Import) -> None:
    """Asks a worker for an import, once the row is there for it to see."""
    transaction.on_commit(lambda: async_task(JOB, job.pk, task_name=f"import {job.pk}"))


def run_import(import_id: int) -> None:
    """The worker's part. A second delivery does nothing; whatever goes wrong ends the import as failed, with its
    reason.
    """
    taken = Import.objects.filter(pk=import_id, state=Import.State.QUEUED).update(
        state=Import.State.RUNNING, attempts=F("attempts") + 1, updated_at=timezone.now()
    )
    if not taken:
        return
    job = Import.objects.select_related("dataset__project", "created_by").get(pk=import_id)
    try:
        with job.file.open("rb") as stream:
            _unpack(job, stream)
        job.state = Import.State.DONE
    except PictureError as error:
        _fail(job, Problem.of(job.name, error))
    except Exception as error:  # of any kind: nothing may leave an import running for ever
        log.exception("import %s", job.pk)
        _fail(job, Problem(job.name, "internal", explain("internal", error=type(error).__name__)))
    job.save()
    if job.added:
        audit.record(
            job.created_by, "images.added", job.dataset, project=job.dataset.project, count=job.added, zip=job.name
        )
    job.file.delete(save=True)
    state = {"import": job.pk, "state": job.state, "added": job.added}
    emit(job.dataset.project_id, Event.IMPORTS_FINISHED, state)


def resume_imports() -> int:
    """Queues again what a worker that died had in hand, a few times at most; how many.

    Called now and then by the supervisor.
    """
    stuck = Import.objects.filter(state=Import.State.RUNNING, updated_at__lt=timezone.now() - STUCK_AFTER)
    resumed = 0
    for job in stuck:
        mine = Import.objects.filter(pk=job.pk, state=Import.State.RUNNING, updated_at=job.updated_at)
        if job.attempts >= TRIES:
            gave_up = Problem(job.name, "gave_up", explain("gave_up", times=TRIES)).as_dict()
            mine.update(state=Import.State.FAILED, problems=[*job.problems, gave_up], updated_at=timezone.now())
        elif mine.update(state=Import.State.QUEUED, updated_at=timezone.now()):
            enqueue(job)
            resumed += 1
    return resumed


def _fail(job: Import, problem: Problem) -> None:
    job.problems.append(problem.as_dict())
    job.state = Import.State.FAILED


def _unpack(job: Import, stream: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            found, encoding = entries_of(archive)
            entries = [entry for entry in found if not entry.is_litter]
            _check(entries)
            images = [entry for entry in entries if not entry.is_labels]
            job.total = len(images)
            _note(job, "names_decoded" if encoding else None, encoding=encoding)
            _note(job, "labels_unread" if len(images) < len(entries) else None, count=len(entries) - len(images))
            for decoded, problems in _parts(archive, images[job.done :]):
                _take(job, decoded, problems)
    except zipfile.BadZipFile as error:
        raise PictureError("zip_broken") from error


def _take(job: Import, decoded: list[Decoded], problems: list[Problem]) -> None:
    """Stores one part. The pictures and the count of them stand or fall together, so a restart repeats none."""
    before = (job.done, job.added, list(job.problems))
    _note(job, "flattened" if any(one.picture.flattened for one in decoded) else None)

    def count(stored: Stored) -> None:
        job.done, job.added = before[0] + len(decoded) + len(problems), before[1] + len(stored.added)
        reported = [*before[2], *(problem.as_dict() for problem in (*problems, *stored.problems))]
        job.problems = reported[:MAX_PROBLEMS]
        job.save(update_fields=["done", "total", "added", "problems", "notes", "updated_at"])

    storing.store(job.created_by, job.dataset, decoded, count)


def _parts(archive: zipfile.ZipFile, entries: list[Entry]) -> Iterator[tuple[list[Decoded], list[Problem]]]:
    """Decoded pictures and refused entries, some at a time; all that comes out covers all entries, in order."""
    decoded: list[Decoded] = []
    problems: list[Problem] = []
    held = 0
    for place, entry in enumerate(entries, start=1):
        name = entry.path or _("file %(n)d of the zip") % {"n": place}
        try:
            one = storing.decode(clean_name(name), entry.read(archive, settings.UPLOAD_MAX_BYTES), name[-200:])
            decoded.append(one)
            held += len(one.picture.content)
        except PictureError as error:
            problems.append(Problem.of(name[-200:], error))
        if len(decoded) + len(problems) >= AT_ONCE or held >= HELD_BYTES:
            yield decoded, problems
            decoded, problems, held = [], [], 0
    if decoded or problems:
        yield decoded, problems


def _note(job: Import, code: str | None, **data: object) -> None:
    """Adds a note once."""
    if code and all(note["code"] != code for note in job.notes):
        job.notes.append(Problem("", code, explain(code, **data)).as_dict())


def _check(entries: list[Entry]) -> None:
    if len(entries) > settings.ZIP_MAX_FILES:
        raise PictureError("zip_too_many", limit=settings.ZIP_MAX_FILES)
    if sum(entry.info.file_size for entry in entries) > settings.ZIP_MAX_BYTES:
        raise PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
