"""Archives of labels and pictures, and an import taken through its steps as a worker would."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.imports import actions, jobs
from annotations.models import LabelImport
from projects.models import Project, User
from tests.factories import picture_bytes

WIDTH, HEIGHT = 64, 48


def zip_of(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def coco(
    boxes: Mapping[str, Sequence[tuple[str, float, float, float, float]]], classes: Sequence[str] = ("cat", "dog")
) -> str:
    """A COCO file of images of 64 x 48; boxes as class, left, top, right, bottom."""
    images = [{"id": n, "file_name": name, "width": WIDTH, "height": HEIGHT} for n, name in enumerate(boxes, start=1)]
    rows = [
        {"id": 0, "image_id": n, "category_id": classes.index(label) + 1, "bbox": [x1, y1, x2 - x1, y2 - y1]}
        for n, name in enumerate(boxes, start=1)
        for label, x1, y1, x2, y2 in boxes[name]
    ]
    categories = [{"id": n, "name": name} for n, name in enumerate(classes, start=1)]
    return json.dumps({"images": images, "annotations": rows, "categories": categories})


def yolo(names: Sequence[str] = ("a", "b")) -> dict[str, bytes | str]:
    """A set with its pictures; each image has a box of class 0 in its middle."""
    files: dict[str, bytes | str] = {"data.yaml": "train: images\nval: images\nnames: [cat, dog]\n"}
    for n, name in enumerate(names, start=1):
        files[f"images/{name}.jpg"] = picture_bytes(WIDTH, HEIGHT, seed=n)
        files[f"labels/{name}.txt"] = "0 0.5 0.5 0.5 0.5\n"
    return files


def taken(project: Project, name: str, data: bytes | str, actor: User | None = None) -> LabelImport:
    """An import whose files have been read."""
    content = data if isinstance(data, bytes) else data.encode()
    dataset = project.datasets.get()
    job = actions.take_files(actor or project.created_by, dataset, [SimpleUploadedFile(name, content)])
    return step(job)


def step(job: LabelImport) -> LabelImport:
    """The worker's next step."""
    jobs.run_step(job.pk)
    return LabelImport.objects.select_related("project", "dataset__project", "created_by", "batch").get(pk=job.pk)


def imported(project: Project, name: str, data: bytes | str, actor: User | None = None, **wanted: Any) -> LabelImport:
    """An import that is done."""
    job = taken(project, name, data, actor)
    return step(actions.start(actor or project.created_by, job, wanted))


def undone(job: LabelImport, actor: User | None = None, **wanted: Any) -> LabelImport:
    return step(actions.undo(actor or job.project.created_by, job, **wanted))


def boxes_of(project: Project) -> list[tuple[str, str, tuple[float, ...]]]:
    """Image, class and corners of all boxes."""
    from annotations.models import Box

    rows = (
        Box.objects.filter(image__project=project)
        .select_related("image", "label")
        .order_by("image__name", "x1", "label__name")
    )
    return [(box.image.name, box.label.name, tuple(round(n, 3) for n in box.xyxy)) for box in rows]
