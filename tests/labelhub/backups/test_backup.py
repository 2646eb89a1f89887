"""A backup holds everything, and what was restored is the same; where it cannot be, it says why."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, models

from annotations.boxes.actions import apply_changes
from annotations.models import Box, BoxHistory
from annotations.versions.actions import make_version
from labelhub.backups import rows
from labelhub.backups.archive import BackupError, Manifest, write_backup
from labelhub.backups.files import stored_names
from labelhub.backups.restoring import differences, restore_backup
from projects.models import Project, User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worked() -> Project:
    """A project in which something of every kind was done, with files."""
    project = factories.make_project(name="Füchse 여우")
    label, image = factories.make_class(project), factories.make_image(project)
    change = {
        "op": "create",
        "id": "6b0a4f0e-4d5e-4c1e-9d0c-0a1b2c3d4e5f",
        "class": label.pk,
        "xyxy": [1.25, 2, 30.1, 40],
    }
    apply_changes(project.created_by, image, seen=image.version, changes=[change])
    factories.make_suggestion(image, label)
    make_version(project.created_by, project, name="first")  # its blocks are bytes
    return project


def emptied() -> None:
    for name in set(stored_names()):
        default_storage.delete(name)
    call_command("flush", interactive=False, verbosity=0)


def test_what_was_restored_is_the_same(worked: Project, tmp_path: Path) -> None:
    before = {model: list(rows.lines(model)) for model in rows.kept_models()}
    manifest = write_backup(tmp_path / "all.tar")
    assert manifest.tables["annotations.Box"].size == 1
    assert len(manifest.files) == 2  # picture and thumbnail
    emptied()
    assert not User.objects.exists()
    restore_backup(tmp_path / "all.tar")
    assert {model: list(rows.lines(model)) for model in rows.kept_models()} == before
    assert Box.objects.get().xyxy == (1.25, 2, 30.1, 40)
    assert default_storage.exists(worked.images.get().file.name)
    factories.make_image(worked)  # the next number is free
    assert list(differences(manifest)) != []


def change_a_box(_project: Project) -> None:
    Box.objects.update(x1=9)


def lose_a_file(project: Project) -> None:
    default_storage.delete(project.images.get().file.name)


def spoil_a_file(project: Project) -> None:
    with default_storage.open(project.images.get().file.name, "ab") as file:
        file.write(b"x")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(change_a_box, "annotations.Box: 1 rows"), (lose_a_file, "not here"), (spoil_a_file, "other bytes")],
)
def test_every_difference_is_seen(spoil: Any, said: str, worked: Project, tmp_path: Path) -> None:
    manifest = write_backup(tmp_path / "all.tar")
    assert list(differences(manifest)) == []
    spoil(worked)
    [line] = differences(manifest)
    assert said in line


def test_a_file_that_is_gone_is_named(worked: Project, tmp_path: Path) -> None:
    lose_a_file(worked)
    assert write_backup(tmp_path / "all.tar").missing == [worked.images.get().file.name]


def no_tar(path: Path) -> None:
    path.write_bytes(b"no tar")


def cut(path: Path) -> None:
    write_backup(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_manifest(path: Path) -> None:
    tarfile.open(path, "w").close()


def of_tomorrow(path: Path) -> None:
    text = Manifest(migrations=["projects.9999_tomorrow"]).as_json()
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (no_tar, "cannot be read to its end"),
        (without_manifest, "no manifest"),
        (cut, "to its end|too early"),  # within a row, or between two
        (of_tomorrow, "9999_tomorrow"),
    ],
)
def test_what_is_no_backup_changes_nothing(make: Any, said: str, tmp_path: Path) -> None:
    make(tmp_path / "all.tar")
    with pytest.raises(BackupError, match=said):
        restore_backup(tmp_path / "all.tar")


def test_a_backup_goes_into_an_empty_database(worked: Project, tmp_path: Path) -> None:
    write_backup(tmp_path / "all.tar")
    with pytest.raises(BackupError, match="people in this database"):
        restore_backup(tmp_path / "all.tar")
    assert Project.objects.get() == worked


@pytest.mark.skipif(connection.vendor == "sqlite", reason="tests of SQLite share one memory, where readers lock")
def test_rows_are_of_one_moment(worked: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows.lines

    def draw() -> None:
        factories.make_box(factories.make_image(worked), worked.classes.get())
        connection.close()

    def lines(model: type[models.Model]) -> Iterator[bytes]:
        if model is Box:  # images come later: without the moment this box's would be among them
            saver = Thread(target=draw)
            saver.start()
            saver.join(10)
        return whole(model)

    monkeypatch.setattr(rows, "lines", lines)
    manifest = write_backup(tmp_path / "all.tar")
    monkeypatch.undo()
    assert (manifest.tables["annotations.Box"].size, manifest.tables["projects.Image"].size) == (1, 1)
    assert (Box.objects.count(), BoxHistory.objects.count()) == (2, 1)
