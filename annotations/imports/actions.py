"""Verbs on imports of labels: take the files, start what a person chose, cancel, undo."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import File as AnyFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from annotations.imports import choices, remote
from annotations.imports.preview import brings_nothing
from annotations.models import LabelImport
from projects import policies
from projects.errors import Conflict, Refusal
from projects.models import Dataset, User
from projects.policies import Action
from projects.web import outbound

Step, State, Phase = LabelImport.Step, LabelImport.State, LabelImport.Phase
PARTS = 1 << 20
NOTHING = "nothing"  # the code of an import that would change nothing


def take_files(
    actor: User,
    dataset: Dataset,
    files: Sequence[AnyFile[Any]],
    wanted: Mapping[str, Any] | None = None,
    *,
    pictures: Sequence[str] = (),
) -> LabelImport:
    """A zip, a file of labels, or several files that belong together; a worker reads them next.

    pictures: http(s) addresses of those that one file of labels speaks of; what is not here is fetched.

    wanted: as `start` takes it, where it is said beforehand: what was read is then imported without being asked about.
    """
    _require(actor, dataset)
    if not files:
        raise Refusal(_("“files” is missing: send a zip, or files of labels with their pictures."), field="files")
    if sum(file.size or 0 for file in files) > settings.ZIP_MAX_BYTES:
        limit = settings.ZIP_MAX_BYTES // 2**20
        raise Refusal(_("More than %(limit)s MB.") % {"limit": limit}, code="too_large", field="files")
    if len(files) == 1:
        return _create(actor, dataset, _name(files[0]), files[0], urls=pictures, wanted=wanted)
    with tempfile.TemporaryFile() as out:
        _zip_up(files, out)
        name = f"{_name(files[0])} + {len(files) - 1}"
        return _create(actor, dataset, name, File(out, name="files.zip"), wanted=wanted)


def take_addresses(actor: User, dataset: Dataset, urls: Sequence[str]) -> LabelImport:
    """Files that lie at http(s) addresses; a worker fetches and reads them next."""
    _require(actor, dataset)
    wanted = remote.addresses(urls)
    if not wanted or len(wanted) > remote.MOST:
        raise Refusal(_("Name 1 to %(n)d addresses.") % {"n": remote.MOST}, field="urls")
    for url in wanted:
        _check(url)
    name = wanted[0] if len(wanted) == 1 else f"{wanted[0]} + {len(wanted) - 1}"
    return _create(actor, dataset, name[-255:], None, urls=wanted)


def fetch(actor: User, job: LabelImport) -> LabelImport:
    """Reads it again, with the pictures that are missing from where its labels say that they lie."""
    _require(actor, job.dataset)
    with transaction.atomic():
        job = _locked(job)
        if job.phase != Phase.READY or not job.urls:
            raise Conflict(_("There is nothing to fetch."), code="state")
        _queue(job, Step.READ)
    return job


def start(actor: User, job: LabelImport, wanted: Mapping[str, Any]) -> LabelImport:
    """Imports what was previewed, as it is wanted (see choices); goes on with an import that failed or was
    cancelled.
    """
    _require(actor, job.dataset)
    with transaction.atomic():
        job = _locked(job)
        again = job.step == Step.STORE and job.phase in (Phase.FAILED, Phase.CANCELLED) and bool(job.file)
        if job.phase != Phase.READY and not again:
            raise Conflict(_("This import cannot be started: %(state)s.") % {"state": job.phase_label}, code="state")
        if not again:
            if brings_nothing(job.preview):
                words = _(
                    "There is nothing to import: none of the pictures that its labels name is in it or in this project."
                )
                raise Refusal(words, code=NOTHING)
            job.choices = choices.settle(actor, job, wanted).as_dict()
            job.created_by = actor
        _queue(job, Step.STORE)
    return job


def cancel(actor: User, job: LabelImport) -> LabelImport:
    """Ends what a worker does, or throws away what was read. What is stored already stays, and can be undone."""
    _require_own(actor, job)
    with transaction.atomic():
        job = _locked(job)
        if not (job.is_live or job.phase == Phase.READY):
            raise Conflict(_("There is nothing to cancel."), code="state")
        LabelImport.objects.filter(pk=job.pk).update(state=State.CANCELLED, updated_at=timezone.now())
        job.state = State.CANCELLED
    return job


def undo(actor: User, job: LabelImport, *, pictures: bool = False) -> LabelImport:
    """Takes back all that it brought, as new history. pictures: those that came along, too, where nobody has left
    anything in them.
    """
    _require_own(actor, job)
    if pictures:
        policies.require(actor, Action.MANAGE, job.project)
    with transaction.atomic():
        job = _locked(job)
        if not job.is_undoable:
            raise Conflict(_("This import cannot be undone: %(state)s.") % {"state": job.phase_label}, code="state")
        job.undo = {"by": actor.pk, "pictures": pictures}
        _queue(job, Step.UNDO)
    return job


def _require(actor: User, dataset: Dataset) -> None:
    """Who may upload and label."""
    policies.require(actor, Action.UPLOAD, dataset.project)
    policies.require(actor, Action.LABEL, dataset.project)


def _require_own(actor: User, job: LabelImport) -> None:
    """One's own is who may label, another's who may review."""
    policies.require_words(actor, job.created_by_id, job.project, others=Action.REVIEW)


def _create(
    actor: User,
    dataset: Dataset,
    name: str,
    file: AnyFile[Any] | None,
    *,
    urls: Sequence[str] = (),
    wanted: Mapping[str, Any] | None = None,
) -> LabelImport:
    job = LabelImport(project=dataset.project, dataset=dataset, name=name, urls=list(urls), created_by=actor)
    job.choices = dict(wanted or {})
    if file is not None:
        job.file.save(PurePosixPath(name).name or "file", file, save=False)
    with transaction.atomic():
        job.save()
        job.enqueue()
    return job


def _locked(job: LabelImport) -> LabelImport:
    fresh = LabelImport.objects.select_for_update().get(pk=job.pk)
    fresh.project, fresh.dataset = job.project, job.dataset
    return fresh


def _queue(job: LabelImport, step: str) -> None:
    job.step, job.state, job.attempts, job.done, job.total = step, State.QUEUED, 0, 0, 0
    job.save()
    job.enqueue()


def _check(url: str) -> None:
    try:
        outbound.check_url(url)
    except outbound.OutboundError as error:
        named = _("“%(url)s”: %(reason)s") % {"url": Truncator(url).chars(100), "reason": error.detail}
        raise Refusal(named, code=error.code, field="urls") from error


def _name(file: AnyFile[Any]) -> str:
    name = PurePosixPath(str(file.name or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[-200:] or "file"


def _zip_up(files: Sequence[AnyFile[Any]], out: Any) -> None:
    taken: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            name = _name(file)
            if name in taken:
                raise Refusal(_("Two files are called “%(name)s”: send them in a zip.") % {"name": name}, field="files")
            taken.add(name)
            with archive.open(name, "w", force_zip64=True) as member:
                for chunk in file.chunks(PARTS):
                    member.write(chunk)
    out.seek(0)
