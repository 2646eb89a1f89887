"""The pages of imports: who gets them, and that their forms do what they say without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotations.models import Box, LabelImport
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import coco, step, taken, yolo, zip_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str | None], Client]


def page(project: Project, job: LabelImport) -> str:
    return reverse("import", args=[project.pk, job.pk])


@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 200), ("annotator", 200), ("owner", 200)]
)
def test_who_sees_an_import(project: Project, client_as: SignIn, role: str | None, status: int) -> None:
    job = taken(project, "set.zip", zip_of(yolo()))
    assert client_as(role).get(page(project, job)).status_code == status


@pytest.mark.parametrize("verb", ["start", "cancel", "undo"])
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 403)])
def test_who_changes_nothing(project: Project, client_as: SignIn, verb: str, role: str | None, status: int) -> None:
    job = taken(project, "set.zip", zip_of(yolo()))
    before = LabelImport.objects.values().get()
    assert client_as(role).post(reverse("import-verb", args=[project.pk, job.pk, verb])).status_code == status
    assert LabelImport.objects.values().get() == before


def test_an_import_of_another_project_is_not_there(project: Project, client_as: SignIn) -> None:
    job = taken(factories.make_project(), "set.zip", zip_of(yolo()))
    assert client_as("owner").get(page(project, job)).status_code == 404


def test_from_file_to_undone_without_a_script(project: Project, client_as: SignIn) -> None:
    client = client_as("owner")
    sent = client.post(
        reverse("import-new", args=[project.pk]), {"files": SimpleUploadedFile("set.zip", zip_of(yolo()))}
    )
    job = step(LabelImport.objects.get())
    assert sent["Location"] == page(project, job)
    text = client.get(page(project, job)).content.decode()
    assert "A new class of this name" in text
    pet = factories.make_class(project, "pet")
    form: dict[str, Any] = {"class-0": str(pet.pk), "class-1": "", "complete": "no", "pictures": "1"}
    client.post(reverse("import-verb", args=[project.pk, job.pk, "start"]), form)
    step(job)
    assert {box.label for box in Box.objects.all()} == {pet}
    assert client.get(page(project, job)).status_code == 200
    client.post(reverse("import-verb", args=[project.pk, job.pk, "undo"]), {"pictures": "1"})
    assert step(job).phase == "undone"
    assert not Box.objects.exists()
    assert not project.images.exists()
    assert client.get(page(project, job)).status_code == 200


def test_what_is_refused_is_said(project: Project, client_as: SignIn) -> None:
    client = client_as("owner")
    text = client.post(reverse("import-new", args=[project.pk]), {"urls": "file:///etc/passwd"}, follow=True)
    assert not LabelImport.objects.exists()
    assert "https" in text.content.decode()


def test_a_wrong_address_is_named_and_the_others_stay_in_their_field(project: Project, client_as: SignIn) -> None:
    sent = "https://example.org/a.jpg\nexample.org/b.jpg\nhttps://example.org/c.jpg"
    answer = client_as("owner").post(reverse("import-new", args=[project.pk]), {"urls": sent})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert f">{sent}</textarea>" in text
    assert "“example.org/b.jpg”: This is no address" in text
    assert not LabelImport.objects.exists()


def test_its_phases_have_their_pages(project: Project, client_as: SignIn) -> None:
    factories.make_image(project, name="a.jpg")
    client = client_as("owner")
    job = taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)], "gone.jpg": []}))
    for state in ("queued", "running", "failed", "cancelled"):
        LabelImport.objects.update(state=state)
        assert client.get(page(project, job)).status_code == 200
    assert client.get(reverse("imports", args=[project.pk])).status_code == 200


def test_a_file_of_which_no_box_can_be_used_says_so(project: Project, client_as: SignIn) -> None:
    client = client_as("owner")
    job = taken(project, "x.json", coco({"gone.jpg": [("cat", 1, 1, 9, 9)]}))
    text = client.get(page(project, job)).content.decode()
    assert "There is nothing to import" in text
    assert "import-start" not in text
    answer = client.post(f"/api/projects/{project.pk}/label-imports/{job.pk}/start/")
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing")
    factories.make_image(project, name="a.jpg")
    text = client.get(page(project, taken(project, "x.json", coco({"a.jpg": []})))).content.decode()
    assert "No box would be imported" in text
    assert "Import without boxes" in text
    text = client.get(page(project, taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]})))).content.decode()
    assert "No box would be imported" not in text


@pytest.mark.parametrize(("role", "chosen"), [("owner", "new"), ("annotator", "")])
def test_no_other_class_takes_the_place_of_one_that_went(
    project: Project, client_as: SignIn, role: str, chosen: str
) -> None:
    """A select without a choice shows its first option, and sends it."""
    factories.make_class(project, "aardvark")
    cat = factories.make_class(project, "cat")
    factories.make_image(project, name="a.jpg")
    job = taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}))
    cat.delete()
    text = client_as(role).get(page(project, job)).content.decode()
    select = text.partition('name="class-0"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="(\w*)" selected>', select) == [chosen]
