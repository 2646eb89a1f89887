"""A backup: all rows and all files in one tar, made while people work.

rows/LABEL.jsonl.gz: a table (rows.py). files/NAME: a stored file. manifest.json, last: what is inside, with SHA-256 of
each table's lines and of each file; which migrations it needs (the last of each app).
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from labelhub.backups import rows
from labelhub.backups.files import CHUNK, Content, digest, stored_names
from labelhub.hashing import StreamHash
from labelhub.moment import one_moment

FORMAT = 1
Report = Callable[[str], None]


class BackupError(Exception):
    """Why a backup or a restore cannot go on, in words."""


@dataclass(slots=True)
class Manifest:
    """missing: files that rows name and that were not there."""

    format: int = FORMAT
    made_at: str = ""
    migrations: list[str] = field(default_factory=list)
    tables: dict[str, Content] = field(default_factory=dict)
    files: dict[str, Content] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        data = json.loads(text)
        for part in ("tables", "files"):
            data[part] = {name: Content(**content) for name, content in data[part].items()}
        return cls(**data)


def migrations() -> list[str]:
    """The last of each app. Raises BackupError where the database waits for some."""
    executor = MigrationExecutor(connection)
    last = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(last):
        raise BackupError("The database is not up to date: run `manage.py migrate` first.")
    return sorted(f"{app}.{name}" for app, name in last)


def write_backup(target: Path, report: Report = lambda _line: None) -> Manifest:
    """Rows are those of one moment, read without keeping anybody from saving; files never change, so what these rows
    name is copied after them. Nothing lies at `target` before it is whole.
    """
    manifest = Manifest(made_at=timezone.now().isoformat())
    partial = target.with_name(f".{target.name}.partial")
    try:
        with tarfile.open(partial, "w") as tar:
            with one_moment():
                manifest.migrations = migrations()
                for model in rows.kept_models():
                    manifest.tables[model._meta.label] = _add_table(tar, model)
                names = sorted(set(stored_names()))
            report(f"{sum(one.size for one in manifest.tables.values())} rows of {len(manifest.tables)} tables")
            for number, name in enumerate(names, 1):
                _add_file(tar, name, manifest)
                if number % 500 == 0 or number == len(names):
                    report(f"{number} of {len(names)} files")
            _add(tar, "manifest.json", io.BytesIO(manifest.as_json()), len(manifest.as_json()))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def table_content(model: type[models.Model]) -> Content:
    """Of the rows as they are in the database now."""
    found = StreamHash().take(rows.lines(model))
    return Content(found.pieces, found.sha256)


def _add_table(tar: tarfile.TarFile, model: type[models.Model]) -> Content:
    found = StreamHash()
    with tempfile.TemporaryFile() as held:
        with gzip.open(held, "wb", compresslevel=5) as packed:
            for line in found.over(rows.lines(model)):
                packed.write(line)
        size = held.tell()
        held.seek(0)
        _add(tar, f"rows/{model._meta.label}.jsonl.gz", held, size)
    return Content(found.pieces, found.sha256)


def _add_file(tar: tarfile.TarFile, name: str, manifest: Manifest) -> None:
    try:
        with default_storage.open(name, "rb") as stream, tempfile.SpooledTemporaryFile(max_size=8 * CHUNK) as held:
            while part := stream.read(CHUNK):
                held.write(part)
            held.seek(0)
            manifest.files[name] = digest(held)
            held.seek(0)
            _add(tar, f"files/{name}", held, manifest.files[name].size)
    except FileNotFoundError:
        manifest.missing.append(name)


def _add(tar: tarfile.TarFile, name: str, stream: Any, size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, int(timezone.now().timestamp())
    tar.addfile(info, stream)
