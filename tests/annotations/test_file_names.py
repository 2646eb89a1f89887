"""Names that every system can write, each once, and the labels name the pictures as they are called there."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

import pytest

from annotations.exports import actions as exports
from annotations.exports.export import export
from annotations.exports.serializers import parse
from annotations.file_names import safe_name
from annotations.formats.table import FORMATS
from annotations.models import Box
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import imported


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.png", "a.png"),
        ("고양이 1.png", "고양이 1.png"),
        ("a:b.png", "a_b.png"),
        ('x?<>|*".png', "x______.png"),
        ("CON.png", "_CON.png"),
        ("com1", "_com1"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("console.png", "console.png"),
        ("end. .", "end"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.django_db
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_unpacks_anywhere_and_comes_back(format: str, project: Project) -> None:
    label = factories.make_class(project, "cat")
    for place, name in enumerate(["a:b.jpg", "A?b.jpg", "a_b.jpg", "CON.jpg", "plain.jpg", "Plain.jpg"]):
        factories.make_box(factories.make_image(project, name=name), label, (1, 1, 10 + place, 20))
    choice = parse({"format": format, "images": "1", "unfinished": "1"})
    data = b"".join(export(exports.select(project.created_by, project, choice), choice).chunks)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert [name for name in names if name != "/".join(map(safe_name, PurePosixPath(name).parts))] == []
    assert len({name.casefold() for name in names}) == len(names)
    other = factories.make_project(project.created_by)
    factories.make_class(other, "cat")
    job = imported(other, "set.zip", data)
    assert job.problems == []
    assert sorted(round(box.x2) for box in Box.objects.filter(image__project=other)) == [10, 11, 12, 13, 14, 15]


@pytest.mark.django_db
def test_labels_alone_find_the_picture_of_old(project: Project) -> None:
    label = factories.make_class(project, "cat")
    box = factories.make_box(factories.make_image(project, name="a:b.jpg"), label)
    choice = parse({"format": "csv", "unfinished": "1"})
    data = b"".join(export(exports.select(project.created_by, project, choice), choice).chunks)
    box.delete()
    imported(project, "labels.csv", data)
    assert Box.objects.get().image.name == "a:b.jpg"
