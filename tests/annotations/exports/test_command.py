"""`manage.py export_labels` takes the same choices as the API."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Complete
from projects.models import Project
from tests import factories


@pytest.fixture
def labelled(project: Project) -> Project:
    label = factories.make_class(project, "cat")
    for number in range(3):
        image = factories.make_image(project, name=f"{number}.jpg")
        factories.make_box(image, label)
        if number == 0:
            Complete.objects.create(image=image, label=label)
    return project


def run(project: Project, *options: Any) -> str:
    out = io.StringIO()
    call_command("export_labels", project.pk, *map(str, options), stdout=out)
    return out.getvalue()


def test_complete_images_go_in_and_the_others_are_reported(labelled: Project, tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    said = run(labelled, "--format", "coco", "--out", file)
    assert [image["file_name"] for image in json.loads(file.read_text())["images"]] == ["0.jpg"]
    assert "1 images, 1 boxes" in said
    assert "2 unfinished images left out" in said


def test_into_a_folder_with_pictures(labelled: Project, tmp_path: Path) -> None:
    run(labelled, "--format", "yolo", "--unfinished", "--images", "--out", tmp_path)
    (file,) = tmp_path.iterdir()
    names = set(zipfile.ZipFile(file).namelist())
    assert {"images/0.jpg", "images/1.jpg", "images/2.jpg", "labels/2.txt"} <= names


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "coco", "--class", "999999"), "999999"),
        (("--format", "coco", "--since", "yesterday"), "since"),
        (("--format", "coco", "--predictions"), "predictions"),
        (("--format", "coco", "--split", "test"), None),
        (("--format", "coco", "--out", "/nowhere/at/all.json"), "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    options: tuple[str, ...], words: str | None, labelled: Project, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    if words is None:  # nothing is in that split: an empty file, and it says so
        assert "0 images" in run(labelled, *options)
        return
    with pytest.raises(CommandError, match=words):
        run(labelled, *options)
    assert not list(tmp_path.iterdir())


def test_nothing_complete_is_no_empty_file(labelled: Project, tmp_path: Path) -> None:
    Complete.objects.all().delete()
    with pytest.raises(CommandError, match="--unfinished"):
        run(labelled, "--format", "coco", "--out", tmp_path)
    with pytest.raises(CommandError, match="no project"):
        call_command("export_labels", 10**9, "--format", "coco")
