"""The files of an installation: which there must be, whether they are what they were, and which nobody needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from labelhub.backups import rows
from labelhub.hashing import StreamHash

CHUNK = 2**20
# A file is stored before its row: younger ones may still get theirs.
SETTLED = timedelta(days=1)
# Apps whose rows name files in a way of their own add to these as they start.
further_names: list[Callable[[], Iterator[str]]] = []
checks: dict[str, Callable[[Any, IO[bytes]], bool]] = {}


@dataclass(frozen=True, slots=True)
class Content:
    """Of a table or file. size: rows or bytes."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Fault:
    """row: what names the file, as `projects.Image 12`. problem: missing, empty or changed."""

    row: str
    name: str
    problem: str


def digest(stream: IO[bytes]) -> Content:
    """Of a stream from where it stands to its end."""
    found = StreamHash().take(iter(partial(stream.read, CHUNK), b""))
    return Content(found.size, found.sha256)


def stored_names() -> Iterator[str]:
    """Of every file that there must be."""
    for model, field in _file_fields():
        named = model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
        yield from (str(name) for name in named.iterator(chunk_size=2000) if name)
    for names in further_names:
        yield from names()


def faults() -> Iterator[Fault]:
    """Reads every file that a row names."""
    yield from filter(None, look())


def look() -> Iterator[Fault | None]:
    """The same, one step for each file: None for one that is as it was."""
    for model, field in _file_fields():
        for row in model._base_manager.exclude(**{field.name: ""}).order_by("pk").iterator(chunk_size=500):
            file: FieldFile = getattr(row, field.name)
            problem = _problem(row, field.name, file) if file else ""
            yield Fault(f"{model._meta.label} {row.pk}", str(file.name), problem) if problem else None


def count() -> int:
    """Of the files that `look` reads."""
    return sum(model._base_manager.exclude(**{field.name: ""}).count() for model, field in _file_fields())


def orphans() -> Iterator[str]:
    """Names of stored files that nothing speaks of any more, and that are a day old."""
    needed = set(stored_names())
    settled = timezone.now() - SETTLED
    for name in _listed(""):
        if name not in needed and default_storage.get_modified_time(name) < settled:
            yield name


def _file_fields() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    for model in rows.kept_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                yield model, field


def _problem(row: models.Model, field: str, file: FieldFile) -> str:
    try:
        with file.storage.open(str(file.name), "rb") as stream:
            if not stream.read(1):
                return "empty"
            stream.seek(0)
            check = checks.get(f"{row._meta.label}.{field}", _has_its_hash)
            return "" if check(row, stream) else "changed"
    except FileNotFoundError:
        return "missing"


def _has_its_hash(row: Any, stream: IO[bytes]) -> bool:
    """Of a row without a hash nothing more is known."""
    known = getattr(row, "sha256", "")
    return not known or digest(stream).sha256 == known


def _listed(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    yield from (f"{folder}{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from _listed(f"{folder}{name}/")
