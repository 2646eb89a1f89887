"""Zips of images: the `default` worker unpacks them, picture by picture, with progress, and ends every one of them."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.images import storing
from projects.images.pictures import PictureError
from projects.images.storing import DecodedPicture, Problem, StoreResult, clean_name, explain
from projects.images.zip_entries import Entry, entries_of
from projects.jobs import sweep
from projects.jobs.hold import Hold, carry_out
from projects.models import Event, Import, NotificationKind, User
from projects.notifications.actions import News, Page, notify
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
AT_ONCE = (
    20  # pictures that are decoded before one short transaction takes them: people's saves never wait for a decoder
)
HELD_BYTES = 64 * 2**20  # of decoded pictures that wait
MAX_PROBLEMS = 1000


def run_import(import_id: int) -> None:
    """The worker's part."""
    job = carry_out(Import.objects.select_related("dataset__project", "created_by"), import_id, _work, _why)
    if job is None:
        return
    if job.added:
        audit.record(
            job.created_by, "images.added", job.dataset, project=job.dataset.project, count=job.added, zip=job.name
        )
    job.file.delete(save=True)
    state = {"import": job.pk, "state": job.state, "added": job.added}
    emit(job.dataset.project_id, Event.IMPORTS_FINISHED, state)
    page = Page("images", (job.dataset.project_id,), f"?dataset={job.dataset_id}")
    failed = job.state == Import.State.FAILED
    news = News(NotificationKind.IMPORT_FINISHED, job.dataset.project, f"zip-{job.pk}", page, job.name, failed=failed)
    if failed or job.state == Import.State.DONE:
        notify([job.created_by], news)


@transaction.atomic
def cancel(actor: User, job: Import) -> Import:
    """Its worker stops within seconds; pictures that are stored stay. What has ended stays as it is."""
    policies.require_own(actor, job.created_by_id, job.dataset.project)
    live = Import.objects.filter(pk=job.pk, state__in=Import.OPEN)
    if live.update(state=Import.State.CANCELLED, updated_at=timezone.now()):
        audit.record(actor, "import.cancelled", job.name, project=job.dataset.project)
        transaction.on_commit(lambda: job.file.delete(save=True))
    job.refresh_from_db(fields=["state"])
    return job


def resume_imports() -> int:
    """Called now and then by the supervisor."""
    return sweep.take_up(
        Import.objects.all(), lambda job: _and(job, Problem(job.name, "gave_up", explain("gave_up", times=sweep.TRIES)))
    )


def _why(job: Import, error: Exception) -> dict[str, Any]:
    if isinstance(error, PictureError):
        return _and(job, Problem.of(job.name, error))
    log.error("import %s", job.pk, exc_info=error)
    return _and(job, Problem(job.name, "internal", explain("internal", error=type(error).__name__)))


def _and(job: Import, problem: Problem) -> dict[str, Any]:
    return {"problems": [*job.problems, problem.as_dict()]}


def _work(hold: Hold[Import]) -> None:
    job = hold.job
    with job.file.open("rb") as stream:
        _unpack(hold, stream)
    hold.report(total=job.total, notes=job.notes)


def _unpack(hold: Hold[Import], stream: IO[bytes]) -> None:
    job = hold.job
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
                _take(hold, decoded, problems)
    except zipfile.BadZipFile as error:
        raise PictureError("zip_broken") from error


def _take(hold: Hold[Import], decoded: list[DecodedPicture], problems: list[Problem]) -> None:
    """Stores one part. The pictures and the count of them stand or fall together, so a restart repeats none."""
    job = hold.job
    before = (job.done, job.added, list(job.problems))
    _note(job, "flattened" if any(one.picture.flattened for one in decoded) else None)

    def count(stored: StoreResult) -> None:
        reported = [*before[2], *(problem.as_dict() for problem in (*problems, *stored.problems))]
        hold.report(
            done=before[0] + len(decoded) + len(problems), total=job.total, added=before[1] + len(stored.added),
            problems=reported[:MAX_PROBLEMS], notes=job.notes,
        )  # fmt: skip

    storing.store(job.created_by, job.dataset, decoded, count)


def _parts(archive: zipfile.ZipFile, entries: list[Entry]) -> Iterator[tuple[list[DecodedPicture], list[Problem]]]:
    """Decoded pictures and refused entries, some at a time; all that comes out covers all entries, in order."""
    decoded: list[DecodedPicture] = []
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
