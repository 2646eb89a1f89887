"""A backup becomes an installation again: into an empty database, and compared whole afterwards."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, transaction

from labelhub.backups import rows
from labelhub.backups.archive import BackupError, Manifest, Report, migrations, table_content
from labelhub.backups.files import digest


def restore_backup(source: Path, report: Report = lambda _line: None) -> Manifest:
    """Rows in one transaction, then files, then a comparison of everything with the manifest.

    Raises BackupError where the file is no backup, the database is not empty, has other migrations, or where anything
    differs afterwards.
    """
    with _opened(source) as tar:
        manifest = read_manifest(tar)
        _check(manifest)
        with transaction.atomic():
            _replace_rows(tar, manifest)
        report(f"{sum(one.size for one in manifest.tables.values())} rows of {len(manifest.tables)} tables")
        _store_files(tar, manifest)
        report(f"{len(manifest.files)} files")
    wrong = list(differences(manifest))
    if wrong:
        raise BackupError("\n".join(["What was restored differs from the backup:", *wrong]))
    return manifest


def differences(manifest: Manifest) -> Iterator[str]:
    """What is here and is not as the backup says: every table's rows and every file's bytes are read."""
    for model in rows.kept_models():
        label = model._meta.label
        here = table_content(model)
        if here != manifest.tables.get(label):
            yield f"{label}: {here.size} rows here, in the backup {_size(manifest.tables.get(label))}"
    for name, content in manifest.files.items():
        try:
            with default_storage.open(name, "rb") as stream:
                if digest(stream) != content:
                    yield f"{name}: other bytes"
        except FileNotFoundError:
            yield f"{name}: not here"


def _size(content: object) -> object:
    return getattr(content, "size", "no such table")


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        held = tar.extractfile("manifest.json")
    except KeyError:
        held = None
    if held is None:
        raise BackupError("This is no backup of LabelHub, or it ends too early: it has no manifest.")
    return Manifest.read(held.read())


def _check(manifest: Manifest) -> None:
    if manifest.format != 1:
        raise BackupError(f"This backup has format {manifest.format}; this LabelHub reads format 1.")
    if get_user_model().objects.exists():
        raise BackupError("There are people in this database already: a backup goes into an empty one.")
    if odd := set(manifest.migrations) ^ set(migrations()):
        raise BackupError(
            "This backup was made by another version of LabelHub. Restore it with that version, then upgrade. "
            f"Only one of them has: {', '.join(sorted(odd))}"
        )


def _replace_rows(tar: tarfile.TarFile, manifest: Manifest) -> None:
    kept = rows.kept_models()
    with connection.cursor() as cursor:
        for model in kept:  # what migrations made themselves
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608 - a table's name
        for model in kept:
            label = model._meta.label
            held = tar.extractfile(f"rows/{label}.jsonl.gz") if label in manifest.tables else None
            if held is not None:
                with gzip.open(held) as lines:
                    rows.insert(model, lines)
        for statement in connection.ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(statement)
    connection.check_constraints()


def _store_files(tar: tarfile.TarFile, manifest: Manifest) -> None:
    for member in tar:
        name = member.name.removeprefix("files/")
        if name == member.name or name not in manifest.files:
            continue
        held = tar.extractfile(member)
        if held is None:
            raise BackupError(f"{name} is no plain file.")
        if default_storage.exists(name):  # an earlier try
            default_storage.delete(name)
        stored = default_storage.save(name, File(held))
        if stored != name:
            raise BackupError(f"{name} could not be stored under its name.")


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as tar:
            yield tar
    except (tarfile.TarError, gzip.BadGzipFile, OSError) as error:
        raise BackupError(f"{source.name} cannot be read to its end: {error}") from error
