"""`manage.py import_labels` does what the page does."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Box, LabelImport
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, yolo

pytestmark = pytest.mark.django_db


def run(project: Project, path: Path, *options: str, user: str = "") -> str:
    out = io.StringIO()
    call_command(
        "import_labels",
        str(path),
        "--project",
        str(project.pk),
        "--user",
        user or project.created_by.email,
        *options,
        stdout=out,
    )
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in yolo().items():
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return tmp_path / "set"


def test_a_folder(project: Project, folder: Path) -> None:
    pet = factories.make_class(project, "pet")
    text = run(project, folder, "--class", "cat=pet", "--complete", "all")
    assert text.splitlines()[-1] == "done: 2 added, 2 boxes, 2 images, 2 marks"
    assert {row[1] for row in boxes_of(project)} == {pet.name}


def test_a_file_whose_name_is_no_text(project: Project, folder: Path) -> None:
    (folder / os.fsdecode(b"notes \xff.txt")).write_text("hello")
    assert run(project, folder).splitlines()[-1].startswith("done: 2 added")


def test_a_preview_writes_nothing(project: Project, folder: Path) -> None:
    assert "ready: 2 boxes, 2 labelled, 2 new" in run(project, folder, "--preview")
    assert not Box.objects.exists()


@pytest.mark.parametrize("case", ["nobody", "no file", "viewer", "no labels"])
def test_what_it_refuses(project: Project, folder: Path, case: str) -> None:
    path, user = folder, ""
    if case == "nobody":
        user = "nobody@example.org"
    elif case == "viewer":
        user = factories.make_member(project, "viewer").email
    elif case == "no file":
        path = folder / "nothing"
    else:
        path = folder / "labels"
    with pytest.raises(CommandError):
        run(project, path, user=user)
    assert not LabelImport.objects.filter(state="done").exists()
