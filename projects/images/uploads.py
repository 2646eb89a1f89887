"""Images into a dataset by one request: many files, zips among them. One bad file never stops the rest."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from projects import audit, policies
from projects.images import storing
from projects.images.pictures import PictureError, is_picture
from projects.images.storing import DecodedPicture, Problem, clean_name, explain
from projects.images.zip_entries import too_large
from projects.models import Dataset, Image, Import, Project, User
from projects.policies import Action

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(slots=True)
class UploadResult:
    """What came of a request. notes: what was done to files that went in."""

    added: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)


def add_images(actor: User, dataset: Dataset, files: Iterable[UploadedFile[Any]]) -> UploadResult:
    """Takes every good picture, names every other file with its reason; a zip becomes an Import for the worker."""
    policies.require(actor, Action.UPLOAD, dataset.project)
    result = UploadResult()
    decoded: list[DecodedPicture] = []
    order: dict[str, int] = {}
    for place, file in enumerate(files):
        name = clean_name(file.name or "")
        order.setdefault(name, place)
        try:
            if is_zip(file):
                result.imports.append(_queue_zip(actor, dataset, file, name))
            else:
                decoded.append(storing.decode(name, _read_whole(file)))
        except PictureError as error:
            result.problems.append(Problem.of(name, error))
    if decoded:
        stored = storing.store(actor, dataset, decoded)
        result.added = stored.added
        result.problems = sorted([*result.problems, *stored.problems], key=lambda problem: order[problem.file])
    if any(one.picture.flattened for one in decoded):
        result.notes.append(Problem("", "flattened", explain("flattened")))
    if result.added:
        audit.record(actor, "images.added", dataset, project=dataset.project, count=len(result.added))
    return result


def is_zip(file: UploadedFile[Any]) -> bool:
    """Whether a file is a zip: it begins as one, or is no picture and ends as one (as self-extracting archives do)."""
    head = file.read(12)
    file.seek(0)
    if head.startswith(ZIP_MAGIC):
        return True
    found = not is_picture(head) and zipfile.is_zipfile(file)
    file.seek(0)
    return found


def _read_whole(file: UploadedFile[Any]) -> bytes:
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise too_large(file.size or 0, settings.UPLOAD_MAX_BYTES)
    return bytes(file.read())


def _queue_zip(actor: User, dataset: Dataset, file: UploadedFile[Any], name: str) -> Import:
    if (file.size or 0) > settings.ZIP_MAX_BYTES:
        raise PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
    job = Import.objects.create(dataset=dataset, name=name, file=file, created_by=actor)
    job.enqueue()
    return job


def upload_data(project: Project, datasets: list[Dataset], chosen: Dataset | None) -> dict[str, Any]:
    """What the upload form knows of its project."""
    ids = [dataset.pk for dataset in datasets]
    live = Import.objects.filter(dataset__in=ids, state__in=[Import.State.QUEUED, Import.State.RUNNING])
    return {
        "project": project.pk,
        "dataset": (chosen or datasets[0]).pk if datasets else None,
        "max_mb": settings.UPLOAD_MAX_BYTES // 2**20,
        "imports": list(live.values_list("pk", flat=True)),
    }
