"""Stored files as paths on this machine's disk, wherever the storage is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models.fields.files import FieldFile

from projects.models import Image

CHUNK = 256 * 1024


def local_path(image: Image) -> Path:
    """Where the engine can read `image`: the stored file itself, or a copy fetched once from object storage.

    Readers must not write to it: it may be the original.
    """
    return local_copy(image.file)


def local_copy(file: FieldFile) -> Path:
    try:
        return Path(file.path)
    except NotImplementedError:  # object storage has no paths
        return _fetched(file)


def _fetched(file: FieldFile) -> Path:
    target = Path(settings.ENGINE_CACHE_DIR) / "files" / str(file.name)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as out, file.open("rb") as stream:
        shutil.copyfileobj(stream, out)
    os.replace(partial, target)
    return target


def read_part(file: FieldFile, first: int, last: int) -> Iterator[bytes]:
    """Bytes of a stored file from the first to the last one, both included; of object storage no others are fetched."""
    with file.storage.open(str(file.name), "rb") as opened:
        if (remote := getattr(opened, "obj", None)) is not None:
            yield from remote.get(Range=f"bytes={first}-{last}")["Body"].iter_chunks(CHUNK)
            return
        opened.seek(first)
        left = last - first + 1
        while left and (chunk := opened.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
