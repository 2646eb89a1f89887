"""The worker's part: takes up a step, ends it whatever happens, and takes up what a worker that died had in hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.core.files import File
from django.http import Http404
from django.utils import timezone

from annotations.formats import FormatError
from annotations.imports import actions, notices, remote
from annotations.imports.hold import Hold, Lost
from annotations.imports.preview import notices_of, preview_of
from annotations.imports.queue import enqueue
from annotations.imports.source import open_source
from annotations.imports.storing import store
from annotations.imports.undoing import undo
from annotations.models import LabelImport
from projects.errors import Forbidden, Refused
from projects.images.pictures import PictureError
from projects.models import Event, User
from projects.webhooks.emit import emit

log = logging.getLogger(__name__)
STUCK_AFTER = timedelta(minutes=2)
TRIES = 3
KEPT = timedelta(days=7)  # files of imports that nobody starts, or goes on with
Step, State = LabelImport.Step, LabelImport.State


def run_step(import_id: int) -> None:
    """A second delivery does nothing; whatever goes wrong ends the step as failed, with its reason."""
    hold = Hold.take(import_id)
    if hold is None:
        return
    job = hold.job
    steps: dict[str, Callable[[Hold], None]] = {Step.READ: _read, Step.STORE: _store, Step.UNDO: undo}
    try:
        steps[job.step](hold)
        hold.report(state=State.DONE)
    except Lost:
        return
    except PictureError as error:
        _fail(hold, notices.of_picture(job.name, error))
    except FormatError as error:
        _fail(hold, notices.of_format(error))
    except Exception as error:  # of any kind: nothing may leave an import running for ever
        log.exception("label import %s", job.pk)
        _fail(hold, notices.row(notices.INTERNAL, job.name, error=type(error).__name__))
    if job.step == Step.STORE and job.state == State.DONE:
        _drop_file(job)
    if job.step == Step.READ and job.state == State.DONE and job.choices:
        _go_on(job)
    if job.step != Step.READ:
        emit(job.project_id, Event.IMPORTS_FINISHED, {"label_import": job.pk, "step": job.step, "state": job.state})


def resume() -> int:
    """Queues again what a worker that died had in hand, a few times at most, and drops files that nobody wants; how many
    were queued. Called now and then by the supervisor.
    """
    now = timezone.now()
    resumed = 0
    for job in LabelImport.objects.filter(state=State.RUNNING, updated_at__lt=now - STUCK_AFTER):
        same = LabelImport.objects.filter(pk=job.pk, state=State.RUNNING, updated_at=job.updated_at)
        if job.attempts >= TRIES:
            given_up = notices.row(notices.GAVE_UP, job.name, times=TRIES)
            same.update(state=State.FAILED, problems=[given_up, *job.problems], updated_at=now)
        elif same.update(state=State.QUEUED, updated_at=now):
            enqueue(job)
            resumed += 1
    old = LabelImport.objects.exclude(state__in=LabelImport.OPEN).exclude(file="")
    for job in old.filter(updated_at__lt=now - KEPT)[:20]:
        if job.step == Step.READ:
            LabelImport.objects.filter(pk=job.pk).update(state=State.CANCELLED)
        _drop_file(job)
    return resumed


def _read(hold: Hold) -> None:
    job = hold.job
    job.problems, job.notices = [], []
    if job.urls and not job.file:
        name, fetched = remote.fetch(hold)
        with fetched:
            job.file.save(name, File(fetched), save=False)
        hold.report(file=job.file.name, name=name)
        job.refresh_from_db(fields=["file"])
    with job.file.open("rb") as stream:
        with hold.beating():
            source = open_source(stream, job.name, job.dataset)
        if source.format is None and not source.archive.pictures:
            raise FormatError(job.name, None, notices.NOTHING)
        preview = preview_of(source, job.dataset, hold.tick)
    problems = [*job.problems, *source.problems][: notices.MOST]
    hold.report(preview=preview, problems=problems, notices=notices_of(source)[: notices.MOST])


def _store(hold: Hold) -> None:
    with hold.job.file.open("rb") as stream:
        store(hold, stream)


def _go_on(job: LabelImport) -> None:
    """Imports what was read as it was said beforehand; where that cannot be, its page waits for a person."""
    try:
        actions.start(User.objects.get(pk=job.created_by_id or 0), job, job.choices)
    except (Refused, Forbidden, Http404, User.DoesNotExist) as error:
        reason = error.detail if isinstance(error, Refused) else type(error).__name__
        waits = notices.row(notices.WAITS, job.name, reason=reason)
        LabelImport.objects.filter(pk=job.pk).update(choices={}, problems=[waits, *job.problems][: notices.MOST])


def _fail(hold: Hold, problem: notices.Row) -> None:
    try:
        hold.report(state=State.FAILED, problems=[problem, *hold.job.problems][: notices.MOST])
    except Lost:
        return
    if hold.job.step == Step.READ:
        _drop_file(hold.job)


def _drop_file(job: LabelImport) -> None:
    if job.file:
        job.file.delete(save=False)
        LabelImport.objects.filter(pk=job.pk).update(file="")
