"""The worker's part of label imports: each step, why it failed, and what becomes of imports that nobody looks after."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any

from django.core.files import File
from django.http import Http404
from django.utils import timezone

from annotations.formats import FormatError
from annotations.imports import actions, notices, remote
from annotations.imports.preview import notices_of, preview_of
from annotations.imports.source import open_source
from annotations.imports.storing import store
from annotations.imports.undoing import undo
from annotations.models import LabelImport
from projects.errors import Forbidden, Refusal
from projects.images.pictures import PictureError
from projects.jobs import sweep
from projects.jobs.hold import Hold, carry_out
from projects.models import Event, NotificationKind, User
from projects.notifications.actions import News, Page, notify
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
KEPT = timedelta(days=7)  # files of imports that nobody starts, or goes on with
Step, State = LabelImport.Step, LabelImport.State


def run_step(import_id: int) -> None:
    """The worker's part: the step that the import is at."""
    rows = LabelImport.objects.select_related("project", "dataset__project", "created_by", "batch")
    job = carry_out(rows, import_id, lambda hold: STEPS[hold.job.step](hold), _why)
    if job is None:
        return
    if (job.step, job.state) in ((Step.STORE, State.DONE), (Step.READ, State.FAILED)):
        _drop_file(job)
    if job.step == Step.READ and job.state == State.DONE and job.choices:
        _go_on(job)
    if job.step != Step.READ:
        emit(job.project_id, Event.IMPORTS_FINISHED, {"label_import": job.pk, "step": job.step, "state": job.state})
    if job.state == State.FAILED or (job.state == State.DONE and job.step == Step.STORE):
        _tell(job)


def _tell(job: LabelImport) -> None:
    page = Page("import", (job.project_id, job.pk))
    failed = job.state == State.FAILED
    news = News(NotificationKind.IMPORT_FINISHED, job.project, f"labels-{job.pk}", page, job.name, failed=failed)
    notify([job.created_by], news)


def resume() -> int:
    """Takes up what a worker that died had in hand, and drops files that nobody wants. Called now and then by the
    supervisor.
    """
    resumed = sweep.take_up(
        LabelImport.objects.all(), lambda job: _first(job, notices.row(notices.GAVE_UP, job.name, times=sweep.TRIES))
    )
    old = LabelImport.objects.exclude(state__in=LabelImport.OPEN).exclude(file="")
    for job in old.filter(updated_at__lt=timezone.now() - KEPT)[:20]:
        if job.step == Step.READ:
            LabelImport.objects.filter(pk=job.pk).update(state=State.CANCELLED)
        _drop_file(job)
    return resumed


def _read(hold: Hold[LabelImport]) -> None:
    job = hold.job
    job.problems, job.notices = [], []
    fetched = False  # what does not come once is named, and not asked for again
    if job.urls and not job.file:
        _keep(hold, *remote.fetch(hold))
    elif job.urls and job.file.name:  # of pictures beside labels, which lie in its file from then on
        labels = job.file.name
        _keep(hold, f"{job.name}.zip", remote.fetch_beside(hold), urls=[])
        job.file.storage.delete(labels)
        fetched = True
    with job.file.open("rb") as stream:
        with hold.beating():
            source = open_source(stream, job.name, job.dataset)
        if source.format is None and not source.archive.pictures:
            raise FormatError(job.name, None, notices.NOTHING)
        preview = preview_of(source, job.dataset, hold.tick)
    problems = [*job.problems, *source.problems][: notices.MOST]
    urls = [] if fetched else source.placed.addresses[: remote.MOST]
    preview |= {"addresses": len(urls)}
    hold.report(preview=preview, problems=problems, notices=notices_of(source)[: notices.MOST], urls=urls)


def _keep(hold: Hold[LabelImport], name: str, fetched: IO[bytes], **more: Any) -> None:
    job = hold.job
    with fetched:
        job.file.save(name, File(fetched), save=False)
    hold.report(file=job.file.name, name=name, **more)
    job.refresh_from_db(fields=["file"])


def _store(hold: Hold[LabelImport]) -> None:
    with hold.job.file.open("rb") as stream:
        store(hold, stream)


STEPS: dict[str, Callable[[Hold[LabelImport]], None]] = {Step.READ: _read, Step.STORE: _store, Step.UNDO: undo}


def _why(job: LabelImport, error: Exception) -> dict[str, Any]:
    if isinstance(error, PictureError):
        return _first(job, notices.of_picture(job.name, error))
    if isinstance(error, remote.EmptyFetch):
        return {"problems": job.problems[: notices.MOST]}
    if isinstance(error, FormatError):
        return _first(job, notices.of_format(error))
    log.error("label import %s", job.pk, exc_info=error)
    return _first(job, notices.row(notices.INTERNAL, job.name, error=type(error).__name__))


def _first(job: LabelImport, problem: notices.Row) -> dict[str, Any]:
    return {"problems": [problem, *job.problems][: notices.MOST]}


def _go_on(job: LabelImport) -> None:
    """Imports what was read as it was said beforehand; where that cannot be, its page waits for a person."""
    try:
        actions.start(User.objects.get(pk=job.created_by_id or 0), job, job.choices)
    except (Refusal, Forbidden, Http404, User.DoesNotExist) as error:
        reason = error.detail if isinstance(error, Refusal) else type(error).__name__
        waits = notices.row(notices.WAITS, job.name, reason=reason)
        rows = LabelImport.objects.filter(pk=job.pk)
        rows.update(choices={}, problems=[waits, *job.problems][: notices.MOST])
        if getattr(error, "code", "") == actions.NOTHING:  # a person could do nothing with it either
            rows.update(state=State.FAILED)
            _drop_file(job)


def _drop_file(job: LabelImport) -> None:
    if job.file:
        job.file.delete(save=False)
        LabelImport.objects.filter(pk=job.pk).update(file="")
