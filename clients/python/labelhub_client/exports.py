"""Labels and models out, onto the disk. A download that breaks goes on where it was."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from labelhub_client import calls
from labelhub_client.errors import ClientError, LabelHubError, Unreachable
from labelhub_client.jobs import Listener, Progress, ignore, require, wait
from labelhub_client.values import Export
from labelhub_client.wire import Sleep, Steps, ask, exchange

ENDS = ("done", "failed", "cancelled")
ATTEMPTS, PAUSE_S = 5, 1.0


def start_export(
    project: int,
    format: str,
    *,
    images: bool = False,
    classes: Sequence[int] = (),
    dataset: int | None = None,
    split: str | None = None,
    unfinished: bool | None = None,
) -> Steps[Export]:
    """Has a worker make the file. Where it makes the very same one already, that one is returned."""
    try:
        return (
            yield from ask(
                calls.create_export(
                    project, format, images=images, classes=classes, dataset=dataset, split=split, unfinished=unfinished
                )
            )
        )
    except LabelHubError as error:
        if error.code != "running":
            raise
        return (yield from ask(calls.get_export(int(error.body["export"]))))


def export_file(export: Export, to: Path | str, progress: Listener = ignore) -> Steps[Path]:
    """Waits for an export and saves its file as `to`, or in the folder `to` by its own name. Raises JobFailure."""
    job = yield from wait(
        calls.get_export(export.id), ENDS, lambda job: progress(Progress("exporting", job.done, job.total))
    )
    require(job, "done", job.problem)
    target = Path(to) / PurePosixPath(job.name).name if Path(to).is_dir() else Path(to)
    yield from _download(job, target)
    progress(Progress("downloaded", job.bytes, job.bytes))
    return target


def export(
    project: int,
    folder: Path | str,
    format: str = "coco",
    *,
    images: bool = False,
    classes: Sequence[int] = (),
    dataset: int | None = None,
    split: str | None = None,
    unfinished: bool | None = None,
    progress: Listener = ignore,
) -> Steps[list[Path]]:
    """The labels as files of a folder; a zip is unpacked. Returns what was written. Raises JobFailure."""
    job = yield from start_export(
        project, format, images=images, classes=classes, dataset=dataset, split=split, unfinished=unfinished
    )
    Path(folder).mkdir(parents=True, exist_ok=True)
    file = yield from export_file(job, folder, progress)
    return _unpack(file, Path(folder)) if file.suffix == ".zip" else [file]


def save_model(id: int, to: Path | str) -> Steps[Path]:
    """A model's zip: weights, MODEL_CARD.md and model.json."""
    part = _part_of(Path(to))
    yield from exchange(calls.get_model_file(id, part))
    return part.replace(to)


def _download(job: Export, target: Path) -> Steps[None]:
    part = _part_of(target)
    for attempt in range(ATTEMPTS):
        first = part.stat().st_size if part.exists() else 0
        try:
            yield from exchange(calls.get_export_file(job.id, part, first=first, sha256=job.sha256))
            break
        except Unreachable:
            if attempt + 1 == ATTEMPTS:
                raise
            yield Sleep(PAUSE_S * (attempt + 1))
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != job.sha256:
        part.unlink()
        raise ClientError(f"The download of {job.name} is not what the server made: please try again.")
    part.replace(target)


def _part_of(target: Path) -> Path:
    """Where it is written until it is whole."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    return part


def _unpack(file: Path, folder: Path) -> list[Path]:
    with zipfile.ZipFile(file) as archive:
        written = [Path(archive.extract(entry, folder)) for entry in archive.infolist() if not entry.is_dir()]
    file.unlink()
    return written
