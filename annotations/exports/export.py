"""Exports as streams: a project's labels out of the database and into a file, a batch at a time, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import slugify

from annotations.exports.labels import ProjectLabels
from annotations.exports.selection import Selection
from annotations.exports.streamed_zip import zipped
from annotations.formats import Member
from annotations.formats.folders import pieces
from annotations.formats.table import FORMATS, Format
from projects.images.file_views import chunks_of
from projects.models import Image


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. name: what the browser saves it as."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export(labels: ProjectLabels) -> Download:
    """The labels of a selection in its format. Nothing is read from the database before the first piece is asked for."""
    selection = labels.selection
    format = FORMATS[selection.choice.format]
    name = file_name(selection)
    if format.text and not selection.choice.pictures:
        return Download(name, format.content_type, pieces(format.text(labels)))
    return Download(name, "application/zip", zipped(_members(labels, format)))


def file_name(selection: Selection) -> str:
    """project-dataset-format-2026-01-31.zip, or what the format's one file ends with."""
    project, dataset, format = selection.project, selection.dataset, FORMATS[selection.choice.format]
    parts = [
        slugify(project.name, allow_unicode=True) or f"project-{project.pk}",
        *([slugify(dataset.name, allow_unicode=True) or f"dataset-{dataset.pk}"] if dataset else []),
        format.key,
        timezone.localdate().isoformat(),
    ]
    suffix = format.suffix if format.text and not selection.choice.pictures else "zip"
    return f"{'-'.join(parts)}.{suffix}"


def _members(labels: ProjectLabels, format: Format) -> Iterator[Member]:
    yield from format.members(labels)
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
