"""Exports as streams: a project's labels out of the database and into a file, a batch at a time, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import slugify

from annotations.exports.labels import ProjectLabels
from annotations.exports.streamed_zip import zipped
from annotations.formats import Member
from annotations.formats.folders import pieces
from annotations.formats.table import FORMATS, Format
from annotations.models import LabelClass
from projects.images.file_views import chunks_of
from projects.models import Dataset, Image, Project


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. name: what the browser saves it as."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export(
    project: Project,
    *,
    format: str,
    dataset: Dataset | None = None,
    classes: Sequence[LabelClass] = (),
    images: bool = False,
) -> Download:
    """The boxes of a project, or of one dataset, of all classes or of `classes`; every image is in it, with boxes or
    without.

    images: whether the pictures come along. Nothing is read from the database before the first piece is asked for.
    """
    stem = "-".join(
        [
            slugify(project.name, allow_unicode=True) or f"project-{project.pk}",
            *([slugify(dataset.name, allow_unicode=True) or f"dataset-{dataset.pk}"] if dataset else []),
            format,
            timezone.localdate().isoformat(),
        ]
    )
    wanted = classes or list(project.classes.all())
    labels = ProjectLabels(project, dataset, wanted, with_files=images)
    chosen = FORMATS[format]
    if chosen.text and not images:
        return Download(f"{stem}.{chosen.suffix}", chosen.content_type, pieces(chosen.text(labels)))
    return Download(f"{stem}.zip", "application/zip", zipped(_members(labels, chosen)))


def _members(labels: ProjectLabels, chosen: Format) -> Iterator[Member]:
    yield from chosen.members(labels)
    if labels.with_files:
        yield from _pictures(labels)


def _pictures(labels: ProjectLabels) -> Iterator[Member]:
    """The stored pictures; one that the storage has lost is named in a list, and does not cost the others."""
    storage = Image._meta.get_field("file").storage
    lost = []
    for name, file in labels.files():
        try:
            opened = storage.open(file, "rb")
        except FileNotFoundError:
            lost.append(name)
        else:
            yield Member(f"images/{name}", chunks_of(opened))
    if lost:
        yield Member("missing-images.txt", ("".join(f"{name}\n" for name in lost).encode(),))
