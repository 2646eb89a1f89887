"""Every stored file is there and is what it was; what nobody needs is named."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError

from labelhub.backups import files
from projects.bin.actions import delete_image
from projects.images import uploads
from projects.models import Image, Project
from tests import factories
from tests.projects.images.test_uploads import upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Any, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


@pytest.fixture
def image(project: Project) -> Image:
    """Uploaded as a person would: with its real hash."""
    uploads.add_images(project.created_by, project.datasets.get(), [upload("fox.jpg", factories.picture_bytes(seed=3))])
    return project.images.get()


def rewrite(name: str, data: bytes) -> None:
    default_storage.delete(name)
    assert default_storage.save(name, ContentFile(data)) == name


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda image: None, None),
        (lambda image: default_storage.delete(image.file.name), "missing"),
        (lambda image: rewrite(image.file.name, b""), "empty"),
        (lambda image: rewrite(image.file.name, factories.picture_bytes()[:300]), "changed"),
        (lambda image: rewrite(image.file.name, factories.picture_bytes(80, 80)), "changed"),
        (lambda image: rewrite(image.thumb.name, b"no picture"), "changed"),
    ],
)
def test_what_became_of_a_file(spoil: Any, problem: str | None, image: Image) -> None:
    spoil(image)
    found = [(fault.row, fault.problem) for fault in files.faults()]
    assert found == ([(f"projects.Image {image.pk}", problem)] if problem else [])
    if problem:
        with pytest.raises(CommandError, match="not whole"):
            call_command("verify_storage", stdout=io.StringIO())


def test_a_converted_picture_is_whole(project: Project) -> None:
    data = factories.picture_bytes(kind="TIFF")
    uploads.add_images(project.created_by, project.datasets.get(), [upload("fox.tiff", data)])
    assert list(files.faults()) == []


def test_orphans(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    default_storage.save("images/old/lost.jpg", ContentFile(b"x"))
    assert list(files.orphans()) == []  # its row may still come
    monkeypatch.setattr(files, "SETTLED", timedelta(seconds=-1))
    assert list(files.orphans()) == ["images/old/lost.jpg"]
    delete_image(image.project.created_by, image)  # it can be brought back: its files are needed
    assert list(files.orphans()) == ["images/old/lost.jpg"]
    out = io.StringIO()
    call_command("verify_storage", delete_orphans=True, stdout=out)
    assert "1 orphans deleted" in out.getvalue()
    assert list(files.orphans()) == []
