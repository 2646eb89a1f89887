"""Images into a dataset: many files in one request, or one zip that the `default` worker unpacks. One bad file never stops the rest."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from projects import audit, policies
from projects.images import duplicates, pictures
from projects.models import Dataset, Image, Import, User
from projects.policies import Action

ZIP_MAGIC = b"PK\x03\x04"
MAX_RATIO = 200  # a picture that unpacks to 200 times its size is a bomb, not a picture
MAX_PROBLEMS = 1000
STUCK_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    code: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        return {"file": self.file, "code": self.code, "detail": self.detail}


@dataclass(slots=True)
class UploadResult:
    added: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)


def explain(code: str, **data: Any) -> str:
    """The sentence for a reason code."""
    sentences = {
        "empty": _("The file is empty."),
        "not_image": _("This is not an image that LabelHub reads (JPEG, PNG, WebP, BMP, GIF or TIFF)."),
        "broken": _("The image is damaged: it could not be decoded to its end."),
        "too_many_pixels": _("The image has %(megapixels)s megapixels; the limit is %(limit)s."),
        "too_large": _("The file has %(mb)s MB; the limit is %(limit)s MB."),
        "duplicate": _("This picture is in the dataset already, as “%(name)s”."),
        "unsafe_path": _("The path inside the zip leads outside of it."),
        "zip_ratio": _("The file unpacks to more than %(ratio)s times its size."),
        "zip_encrypted": _("The file inside the zip is encrypted."),
        "zip_broken": _("The zip is damaged."),
        "zip_too_many": _("The zip holds more than %(limit)s files."),
        "zip_too_large": _("The zip unpacks to more than %(limit)s MB."),
    }
    return sentences[code] % data


def add_images(actor: User, dataset: Dataset, files: Iterable[UploadedFile[Any]]) -> UploadResult:
    """Takes every good picture, names every other file with its reason; a zip becomes an Import for the worker."""
    policies.require(actor, Action.UPLOAD, dataset.project)
    result = UploadResult()
    for file in files:
        name = clean_name(file.name or "")
        try:
            if _is_zip(file):
                result.imports.append(_queue_zip(actor, dataset, file, name))
            else:
                result.added.append(_add(actor, dataset, name, _read_whole(file)))
        except pictures.PictureError as error:
            result.problems.append(Problem(name, error.code, explain(error.code, **error.data)))
    if result.added:
        audit.record(actor, "images.added", dataset, project=dataset.project, count=len(result.added))
    return result


def run_import(import_id: int) -> None:
    """The worker's part of a zip: picture by picture, progress as it goes. A second delivery does nothing."""
    taken = Import.objects.filter(pk=import_id, state=Import.State.QUEUED).update(
        state=Import.State.RUNNING, updated_at=timezone.now()
    )
    if not taken:
        return
    job = Import.objects.select_related("dataset__project", "created_by").get(pk=import_id)
    try:
        with job.file.open("rb") as stream:
            _unpack(job, stream)
        job.state = Import.State.DONE
    except pictures.PictureError as error:
        job.problems.append(Problem(job.name, error.code, explain(error.code, **error.data)).as_dict())
        job.state = Import.State.FAILED
    job.save()
    if job.added:
        audit.record(
            job.created_by, "images.added", job.dataset, project=job.dataset.project, count=job.added, zip=job.name
        )
    job.file.delete(save=True)


def resume_imports() -> int:
    """Queues again what a worker that died had in hand; how many. Called now and then by who watches the workers."""
    stuck = Import.objects.filter(state=Import.State.RUNNING, updated_at__lt=timezone.now() - STUCK_AFTER)
    resumed = 0
    for job in stuck:
        mine = Import.objects.filter(pk=job.pk, state=Import.State.RUNNING, updated_at=job.updated_at)
        if mine.update(state=Import.State.QUEUED, updated_at=timezone.now()):
            _enqueue(job)
            resumed += 1
    return resumed


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in last if char.isprintable())[-200:] or "image"


def _unpack(job: Import, stream: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
            _check_zip(entries)
            job.total = len(entries)
            for entry, data, problem in _entries(archive, entries[job.done :]):
                # The picture and the count of it stand or fall together, so a restart repeats none.
                with transaction.atomic():
                    _take_entry(job, entry, data, problem)
                    job.done += 1
                    job.save(update_fields=["done", "total", "added", "problems", "updated_at"])
    except zipfile.BadZipFile as error:
        raise pictures.PictureError("zip_broken") from error


def _take_entry(job: Import, entry: zipfile.ZipInfo, data: bytes, problem: pictures.PictureError | None) -> None:
    try:
        if problem:
            raise problem
        _add(job.created_by, job.dataset, clean_name(entry.filename), data)
        job.added += 1
    except pictures.PictureError as error:
        if len(job.problems) < MAX_PROBLEMS:
            job.problems.append(Problem(entry.filename[-200:], error.code, explain(error.code, **error.data)).as_dict())


def _entries(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]
) -> Iterator[tuple[zipfile.ZipInfo, bytes, pictures.PictureError | None]]:
    """Each entry's bytes, or why it is refused; never more bytes in memory than one picture may have."""
    limit = settings.UPLOAD_MAX_BYTES
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            yield entry, b"", pictures.PictureError("unsafe_path")
        elif entry.flag_bits & 1:
            yield entry, b"", pictures.PictureError("zip_encrypted")
        elif entry.file_size > limit:
            yield entry, b"", _too_large(entry.file_size)
        elif entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            yield entry, b"", pictures.PictureError("zip_ratio", ratio=MAX_RATIO)
        else:
            try:
                with archive.open(entry) as file:
                    data = file.read(limit + 1)
            except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
                yield entry, b"", pictures.PictureError("zip_broken")
                continue
            yield entry, data, None if len(data) <= limit else _too_large(len(data))


def _check_zip(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > settings.ZIP_MAX_FILES:
        raise pictures.PictureError("zip_too_many", limit=settings.ZIP_MAX_FILES)
    if sum(entry.file_size for entry in entries) > settings.ZIP_MAX_BYTES:
        raise pictures.PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)


def _is_litter(path: str) -> bool:
    """What macOS and Windows leave in zips without being asked."""
    parts = PurePosixPath(path).parts
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in {".DS_Store", "Thumbs.db"}


def _is_zip(file: UploadedFile[Any]) -> bool:
    magic = file.read(4)
    file.seek(0)
    return bool(magic == ZIP_MAGIC)


def _read_whole(file: UploadedFile[Any]) -> bytes:
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise _too_large(file.size or 0)
    return bytes(file.read())


def _too_large(size: int) -> pictures.PictureError:
    return pictures.PictureError("too_large", mb=round(size / 2**20), limit=settings.UPLOAD_MAX_BYTES // 2**20)


def _queue_zip(actor: User, dataset: Dataset, file: UploadedFile[Any], name: str) -> Import:
    if (file.size or 0) > settings.ZIP_MAX_BYTES:
        raise pictures.PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
    job = Import.objects.create(dataset=dataset, name=name, file=file, created_by=actor)
    _enqueue(job)
    return job


def _enqueue(job: Import) -> None:
    transaction.on_commit(
        lambda: async_task("projects.images.uploads.run_import", job.pk, task_name=f"import {job.pk}")
    )


def _add(actor: User | None, dataset: Dataset, name: str, data: bytes) -> Image:
    picture = pictures.read(data, max_pixels=settings.UPLOAD_MAX_PIXELS)
    twin = dataset.images.filter(sha256=picture.sha256).values_list("name", flat=True).first()
    if twin is not None:
        raise pictures.PictureError("duplicate", name=twin)
    waves, edges = picture.look or (None, None)
    image = Image(
        project_id=dataset.project_id,
        dataset=dataset,
        name=name,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.content),
        waves=waves,
        edges=edges,
        uploaded_by=actor,
    )
    image.file.save(f"original.{picture.extension}", ContentFile(picture.content), save=False)
    image.thumb.save("thumb.jpg", ContentFile(picture.thumb), save=False)
    try:
        with transaction.atomic():
            image.save()
    except IntegrityError as error:  # the same picture in two requests at once
        image.file.delete(save=False)
        image.thumb.delete(save=False)
        raise pictures.PictureError("duplicate", name=name) from error
    # Once it is there for others to see. Should it fail, the sweep catches up.
    transaction.on_commit(lambda: duplicates.compare([image]), robust=True)
    return image


def upload_data(datasets: list[Dataset], chosen: Dataset | None) -> dict[str, Any]:
    ids = [dataset.pk for dataset in datasets]
    live = Import.objects.filter(dataset__in=ids, state__in=[Import.State.QUEUED, Import.State.RUNNING])
    return {
        "dataset": (chosen or datasets[0]).pk if datasets else None,
        "max_mb": settings.UPLOAD_MAX_BYTES // 2**20,
        "imports": list(live.values_list("pk", flat=True)),
    }
