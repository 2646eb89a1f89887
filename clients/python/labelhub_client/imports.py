"""Labels in: files in any of the formats, with pictures or without; and the predictions of one's own model."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelhub_client import calls
from labelhub_client.jobs import Listener, Progress, ignore, require, wait
from labelhub_client.values import XYXY, LabelImport
from labelhub_client.wire import Part, Steps, ask, once

ENDS = ("done", "failed", "cancelled", "undone")


@dataclass(frozen=True, slots=True)
class OutsidePrediction:
    """What a model of one's own sees. image: the picture's name; score: 0 to 1."""

    image: str
    label: str
    xyxy: XYXY
    score: float


def preview_labels(
    project: int, path: Path | str, *, dataset: int | None = None, progress: Listener = ignore
) -> Steps[LabelImport]:
    """Sends a zip, a file of labels or a folder, and waits until it is read: `preview` says what it would bring.
    Nothing is imported before `start_import`. Raises JobFailure.
    """
    path = Path(path)
    if path.is_dir():
        with tempfile.TemporaryDirectory(prefix="labelhub-") as scratch:
            packed = Path(scratch) / f"{path.resolve().name}.zip"
            _pack(path, packed)
            return (yield from _read(project, Part(packed.name, packed), dataset, progress))
    return (yield from _read(project, Part(path.name, path), dataset, progress))


def start_import(
    project: int,
    id: int,
    *,
    classes: Mapping[str, int | str | None] | None = None,
    complete: str = "no",
    progress: Listener = ignore,
) -> Steps[LabelImport]:
    """Imports what was previewed, and waits for its end. classes: what each of the file's becomes: the id or name of
    one of the project's, or None to leave its boxes out. complete: images to mark complete: no, file (those that the
    file calls so), all. Raises JobFailure.
    """
    yield from ask(calls.start_import(project, id, classes=classes, complete=complete))
    job = yield from wait(calls.get_import(project, id), ENDS, lambda job: _tell(job, progress))
    return require(job, "done", _reason(job))


def import_labels(
    project: int,
    path: Path | str,
    *,
    dataset: int | None = None,
    classes: Mapping[str, int | str | None] | None = None,
    complete: str = "no",
    progress: Listener = ignore,
) -> Steps[LabelImport]:
    """preview_labels and start_import in one."""
    job = yield from preview_labels(project, path, dataset=dataset, progress=progress)
    return (yield from start_import(project, job.id, classes=classes, complete=complete, progress=progress))


def undo_import(project: int, id: int) -> Steps[LabelImport]:
    """Takes all back that an import has brought, its pictures aside. Raises JobFailure."""
    yield from ask(calls.undo_import(project, id))
    job = yield from wait(calls.get_import(project, id), ("undone", "failed"), lambda job: None)
    return require(job, "undone", _reason(job))


def push_predictions(
    project: int, predictions: Iterable[OutsidePrediction], *, model: str, progress: Listener = ignore
) -> Steps[LabelImport]:
    """Makes them suggestions of a model of this name, which people review like any other. Raises JobFailure."""
    text = json.dumps(_coco(predictions)).encode()
    part = Part(f"{model.replace('/', '-')}.json", text)
    job = yield from _read(project, part, None, progress)
    return (yield from start_import(project, job.id, progress=progress))


def _read(project: int, part: Part, dataset: int | None, progress: Listener) -> Steps[LabelImport]:
    job = yield from ask(once(calls.create_import(project, [part], dataset=dataset)))
    call = calls.get_import(project, job.id)
    job = yield from wait(call, ("ready", *ENDS), lambda job: _tell(job, progress))
    return require(job, "ready", _reason(job))


def _tell(job: LabelImport, progress: Listener) -> None:
    progress(Progress(job.state, job.done, job.total))


def _reason(job: LabelImport) -> str:
    return job.problems[0].detail if job.problems else ""


def _pack(folder: Path, to: Path) -> None:
    """Pictures do not get smaller, and labels are small: nothing is compressed."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())


def _coco(predictions: Iterable[OutsidePrediction]) -> dict[str, Any]:
    """COCO with `score`, as detectors write their results."""
    images: dict[str, int] = {}
    categories: dict[str, int] = {}
    annotations = []
    for number, one in enumerate(predictions, start=1):
        left, top, right, bottom = one.xyxy
        annotations.append({
            "id": number, "image_id": images.setdefault(one.image, len(images) + 1),
            "category_id": categories.setdefault(one.label, len(categories) + 1),
            "bbox": [left, top, right - left, bottom - top], "score": one.score,
        })  # fmt: skip
    return {
        "images": [{"id": id, "file_name": name} for name, id in images.items()],
        "categories": [{"id": id, "name": name} for name, id in categories.items()],
        "annotations": annotations,
    }
