"""An export of a version: the same bytes whatever is renamed, deleted or drawn later, with its hash kept."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.boxes.actions import apply_changes
from annotations.classes.actions import delete_class, update_class
from annotations.exports import jobs
from annotations.formats.table import FORMATS
from annotations.models import Box, Complete, DatasetVersion, Export, VersionExport
from annotations.versions.actions import make_version
from projects.actions import rename_dataset
from projects.models import Dataset, Project
from tests import factories


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """Twins by name in two datasets, two classes, one image that is complete."""
    more = Dataset.objects.create(project=project, name="More")
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "개", position=1)
    for dataset in (project.datasets.first(), more):
        image = factories.make_image(project, name="a.jpg", dataset=dataset)
        factories.make_box(image, cat, (1 / 3, 0.1, 20 / 7, 30.3))
        factories.make_box(image, dog)
    for label in (cat, dog):
        Complete.objects.create(image=image, label=label)
    return make_version(project.created_by, project, name="first")


@pytest.fixture
def client(project: Project) -> Client:
    client = Client()
    client.force_login(project.created_by)
    return client


def get(client: Client, version: DatasetVersion, **query: Any) -> Any:
    query = {"format": "coco", "version": version.pk} | query
    return client.get(reverse("api-export", args=[version.project_id]), query)


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def change_everything(project: Project) -> None:
    owner, (cat, dog) = project.created_by, project.classes.order_by("position")
    first = project.images.first()
    change = {"op": "update", "id": str(Box.objects.get(image=first, label=cat).pk), "xyxy": [1, 1, 5, 5]}
    apply_changes(owner, first, seen=first.version, changes=[change])
    update_class(owner, cat, name="tiger", position=7)
    delete_class(owner, dog)
    rename_dataset(owner, project.datasets.last(), name="Other")
    factories.make_image(project, name="a.jpg")
    project.images.first().delete()
    project.name = "Renamed"


@pytest.mark.parametrize("format", list(FORMATS))
def test_the_bytes_stay_the_same(format: str, client: Client, version: DatasetVersion) -> None:
    before = content(get(client, version, format=format, unfinished=1))
    change_everything(version.project)
    after = content(get(client, version, format=format, unfinished=1))
    assert after == before
    kept = VersionExport.objects.get()
    assert kept.sha256 == hashlib.sha256(before).hexdigest()
    assert (kept.bytes, kept.choice) == (len(before), f"format={format}&unfinished=1")
    page = client.get(reverse("version", args=[version.project_id, version.pk])).content.decode()
    assert kept.sha256 in page


def test_it_says_what_was(client: Client, version: DatasetVersion) -> None:
    numbers = [row["number"] for row in version.classes]
    change_everything(version.project)
    found = json.loads(content(get(client, version, unfinished=1)))
    assert [(row["id"], row["name"]) for row in found["categories"]] == list(zip(numbers, ["cat", "개"], strict=True))
    assert [row["file_name"] for row in found["images"]] == ["images-1/a.jpg", "more/a.jpg"] or len(
        found["images"]
    ) == 2
    assert len(found["annotations"]) == 4
    assert found["info"]["date_created"].startswith(version.made_at.date().isoformat())


def test_only_complete_images_and_one_class_and_dataset(client: Client, version: DatasetVersion) -> None:
    cat, more = version.classes[0]["id"], version.datasets[-1]["id"]
    assert len(json.loads(content(get(client, version, unfinished=0)))["images"]) == 1
    found = json.loads(content(get(client, version, unfinished=1, dataset=more, **{"class": cat})))
    assert (len(found["images"]), len(found["annotations"])) == (1, 1)
    counts = client.get(
        reverse("api-export-counts", args=[version.project_id]),
        {"format": "coco", "version": version.pk, "unfinished": 0},
    ).json()
    assert (counts["images"], counts["boxes"], counts["complete"], counts["unfinished"]) == (1, 2, 1, 1)


def test_pictures_that_are_gone_are_named(client: Client, version: DatasetVersion) -> None:
    image = version.project.images.first()
    image.file.storage.delete(image.file.name)
    found = zipfile.ZipFile(io.BytesIO(content(get(client, version, unfinished=1, images=1))))
    assert "missing-images.txt" in found.namelist()
    assert {info.date_time[:3] for info in found.infolist()} == {version.made_at.timetuple()[:3]}


def test_a_worker_writes_the_very_same(client: Client, version: DatasetVersion) -> None:
    streamed = content(get(client, version, unfinished=1))
    url = reverse("api-exports", args=[version.project_id])
    body = {"format": "coco", "version": version.pk, "unfinished": True}
    made = client.post(url, body, content_type="application/json")
    assert made.status_code == 202, made.content
    jobs.run_export(made.json()["id"])
    assert Export.objects.get().sha256 == hashlib.sha256(streamed).hexdigest()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "boxes"}, "state"),
        ({"author": 1}, "author"),
        ({"dataset": 999}, "dataset"),
        ({"class": 999}, "class"),
    ],
)
def test_what_a_version_does_not_know_is_refused(
    query: dict[str, Any], field: str, client: Client, version: DatasetVersion
) -> None:
    answer = get(client, version, **query)
    assert answer.status_code == 400
    assert field in json.dumps(answer.json())


def test_a_version_of_another_project_is_refused(client: Client, version: DatasetVersion) -> None:
    other = factories.make_project(version.project.created_by)
    query = {"format": "coco", "version": version.pk}
    assert client.get(reverse("api-export", args=[other.pk]), query).status_code == 400


def test_its_page_says_each_export_in_words(version: DatasetVersion, client: Client) -> None:
    cat = version.project.classes.get(name="cat")
    query = {"class": cat.pk, "unfinished": 1, "dataset": version.datasets[1]["id"]}
    content(get(client, version, **query))
    content(get(client, version, format="yolo", images=1))
    text = client.get(reverse("version", args=[version.project_id, version.pk])).content.decode()
    assert "<strong>COCO</strong> cat · More · unfinished too</dt>" in text
    assert "<strong>YOLO</strong> complete only · with images</dt>" in text
    assert "unfinished=" not in text
