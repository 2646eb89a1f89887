"""Exports as streams: a project's labels out of the database and into a file, a batch at a time, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.timezone import localdate

from annotations.exports.choice import ExportChoice
from annotations.exports.sources import Labels, Source
from annotations.exports.streamed_zip import zipped
from annotations.formats import Member
from annotations.formats.folders import pieces
from annotations.formats.table import FORMATS, Format
from annotations.versions.hashes import hashed
from projects.images.file_views import chunks_of
from projects.models import Image


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. name: what the browser saves it as."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export(source: Source, choice: ExportChoice) -> Download:
    """The labels of a source in a format. Nothing is read from the database before the first piece is asked for."""
    return export_as(FORMATS[choice.format], source, choice)


def export_as(format: Format, source: Source, choice: ExportChoice) -> Download:
    """The same in a format that is packed in a way of its own."""
    labels = source.labels
    if format.text and not choice.pictures:
        type, chunks = format.content_type, pieces(format.text(labels))
    else:
        type, chunks = "application/zip", zipped(_members(labels, format), labels.date)
    if source.version is not None:
        chunks = hashed(source.version, choice.as_query(), chunks)
    return Download(_file_name(format, source, choice), type, chunks)


def file_name(source: Source, choice: ExportChoice) -> str:
    """What the source is called, the format, and what the format's one file ends with, or zip."""
    return _file_name(FORMATS[choice.format], source, choice)


def _file_name(format: Format, source: Source, choice: ExportChoice) -> str:
    suffix = format.suffix if format.text and not choice.pictures else "zip"
    return f"{source.stem}-{format.key}-{localdate(source.labels.date).isoformat()}.{suffix}"


def _members(labels: Labels, format: Format) -> Iterator[Member]:
    yield from format.members(labels)
    if labels.with_files:
        yield from _pictures(labels)


def _pictures(labels: Labels) -> Iterator[Member]:
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
