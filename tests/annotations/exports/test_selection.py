"""What a choice means: which images go in, what the counts say before, and which numbers the classes have."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.classes import actions as classes
from annotations.exports.choice import ExportChoice
from annotations.exports.serializers import parse
from annotations.models import Complete, LabelClass
from annotations.work import actions as work
from projects.models import Image, Project
from tests import factories


@pytest.fixture
def scene(project: Project) -> dict[str, Any]:
    """Five images: finished with boxes, finished and empty, half finished, drawn by Bo last year, untouched."""
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "dog", position=1)
    factories.make_class(project, "never drawn", position=2)
    more = project.datasets.create(name="More")
    bo = factories.make_member(project, "annotator", name="Bo")
    names = ("done", "empty", "half", "old", "new")
    images = {name: factories.make_image(project, name=f"{name}.jpg") for name in names[:-1]}
    images["new"] = factories.make_image(project, name="new.jpg", dataset=more)
    for name in ("done", "empty"):
        for label in (cat, dog):
            Complete.objects.create(image=images[name], label=label)
    Complete.objects.create(image=images["half"], label=cat)
    factories.make_box(images["done"], cat, author=project.created_by)
    factories.make_box(images["half"], dog, author=project.created_by)
    factories.make_box(images["old"], dog, author=bo)
    factories.make_suggestion(images["new"], cat, probability=0.9)
    factories.make_suggestion(images["new"], cat, probability=0.2)
    factories.make_suggestion(images["half"], dog, probability=0.8, state="rejected")
    Image.objects.filter(pk=images["old"].pk).update(created_at=timezone.now() - timedelta(days=400), split="test")
    Image.objects.filter(pk=images["done"].pk).update(split="train")
    return {"project": project, "cat": cat.pk, "dog": dog.pk, "more": more.pk, "bo": bo.pk}


def exported(client: Client, project: Project, **query: Any) -> dict[str, Any]:
    response = client.get(reverse("api-export", args=[project.pk]), {"format": "coco"} | query)
    assert response.status_code == 200, response.content
    return dict(json.loads(b"".join(response.streaming_content)))


def counted(client: Client, project: Project, **query: Any) -> dict[str, Any]:
    return dict(client.get(reverse("api-export-counts", args=[project.pk]), {"format": "coco"} | query).json())


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "done empty"),
        ({"class": "cat"}, "done empty half"),
        ({"unfinished": 1}, "done empty half old new"),
        ({"unfinished": 0}, "done empty"),
        ({"unfinished": 1, "dataset": "more"}, "new"),
        ({"unfinished": 1, "split": "test"}, "old"),
        ({"unfinished": 1, "split": "none"}, "empty half new"),
        ({"unfinished": 1, "state": "boxes"}, "done half old"),
        ({"unfinished": 1, "state": "boxes", "class": "dog"}, "half old"),
        ({"unfinished": 1, "state": "empty"}, "empty new"),
        ({"unfinished": 1, "state": "suggestions"}, "new"),
        ({"unfinished": 1, "state": "suggestions", "min_probability": 0.95}, ""),
        ({"unfinished": 1, "author": "bo"}, "old"),
        ({"unfinished": 1, "until": "2001-01-01"}, ""),
        ({"unfinished": 1, "since": "today"}, "done empty half new"),
        ({"state": "boxes", "split": "train", "dataset": ""}, "done"),
    ],
)
def test_which_images_go_in(query: dict[str, Any], names: str, scene: dict[str, Any], client_as: Any) -> None:
    words = scene | {"today": timezone.localdate().isoformat()}
    asked = {key: words.get(str(value), value) for key, value in query.items()}
    client = client_as("viewer")
    found = exported(client, scene["project"], **asked)
    assert [image["file_name"].removesuffix(".jpg") for image in found["images"]] == names.split()
    counts = counted(client, scene["project"], **asked)
    assert counts["images"] == len(names.split())
    assert counts["boxes"] == len(found["annotations"]) == sum(row["boxes"] for row in counts["classes"])
    boxed = {annotation["image_id"] for annotation in found["annotations"]}
    assert counts["empty"] == counts["images"] - len(boxed)
    assert sum(counts["splits"].values()) == counts["images"]


def test_the_counts_say_what_is_left_out(scene: dict[str, Any], client_as: Any) -> None:
    counts = counted(client_as("viewer"), scene["project"])
    assert (counts["images"], counts["complete"], counts["unfinished"], counts["large"]) == (2, 2, 3, False)
    assert counts["splits"] == {"train": 1, "none": 1}
    more = counted(client_as("viewer"), scene["project"], unfinished=1, images=1)
    assert (more["images"], more["complete"], more["unfinished"]) == (5, 2, 3)
    assert more["bytes"] == sum(Image.objects.values_list("bytes", flat=True))


def test_counts_cost_the_same_for_many(scene: dict[str, Any], client_as: Any, django_assert_num_queries: Any) -> None:
    client, project = client_as("owner"), scene["project"]
    with django_assert_num_queries(11):  # session, person, project, classes; in use, six counts
        counted(client, project, unfinished=1, images=1)
    for _ in range(20):
        label = factories.make_class(project)
        factories.make_box(factories.make_image(project), label)
    with django_assert_num_queries(11):
        assert counted(client, project, unfinished=1, images=1)["images"] == 25


@pytest.mark.parametrize("format", ["coco", "yolo"])
def test_nothing_that_is_complete_is_no_empty_file(format: str, scene: dict[str, Any], client_as: Any) -> None:
    """An empty file would look like a project without labels."""
    query = {"format": format, "class": scene["dog"], "split": "test"}
    response = client_as("viewer").get(reverse("api-export", args=[scene["project"].pk]), query)
    assert response.status_code == 400
    assert (response.json()["code"], response.json()["field"]) == ("nothing_complete", "unfinished")
    assert "unfinished=1" in response.json()["detail"]


def test_a_format_without_a_place_for_predictions_says_so(scene: dict[str, Any], client_as: Any) -> None:
    query = {"format": "coco", "predictions": 1}
    response = client_as("viewer").get(reverse("api-export", args=[scene["project"].pk]), query)
    assert (response.status_code, response.json()["field"]) == (400, "predictions")


@pytest.mark.parametrize(
    "query",
    [
        {"format": "coco"},
        {
            "format": "yolo",
            "class": [3, 1],
            "dataset": 7,
            "split": "val",
            "state": "empty",
            "author": 2,
            "images": True,
        },
        {"format": "coco", "since": "2026-01-01", "until": "2026-02-01", "unfinished": True, "min_probability": 0.25},
    ],
)
def test_what_is_stored_says_the_same(query: dict[str, Any]) -> None:
    choice = parse(query)
    assert parse(json.loads(json.dumps(choice.as_query()))).key == choice.key
    assert parse(query | {"format": "yolo" if query["format"] == "coco" else "coco"}).key != choice.key


def test_the_order_of_the_classes_makes_no_other_choice() -> None:
    assert ExportChoice("coco", classes=(1, 2)).key == ExportChoice("coco", classes=(2, 1)).key


def test_numbers_of_classes_stay(project: Project, client_as: Any) -> None:
    """COCO's numbers outlive what comes, goes or is left out; only the order follows the project's."""
    client, owner = client_as("viewer"), project.created_by
    for label in classes.create_classes(owner, project, ["cat", "dog", "fox"]):
        factories.make_box(factories.make_image(project), label)

    def numbers(**query: Any) -> dict[str, int]:
        found = exported(client, project, unfinished=1, **query)
        return {row["name"]: row["id"] for row in found["categories"]}

    def names() -> list[str]:
        return list(numbers())

    assert numbers() == {"cat": 1, "dog": 2, "fox": 3}
    classes.delete_class(owner, LabelClass.objects.get(name="cat"))
    assert numbers() == {"dog": 2, "fox": 3}
    owl = classes.create_class(owner, project, name="owl")
    assert numbers() == {"dog": 2, "fox": 3, "owl": 4}
    fox = LabelClass.objects.get(name="fox")
    assert numbers(**{"class": [owl.pk, fox.pk]}) == {"fox": 3, "owl": 4}
    classes.update_class(owner, owl, position=0)
    assert numbers() == {"dog": 2, "fox": 3, "owl": 4}
    assert names() == ["owl", "dog", "fox"]


def test_where_people_work_in_jobs_the_counts_say_what_is_not_final(scene: dict[str, Any], client_as: Any) -> None:
    project: Project = scene["project"]
    project.workflow = True
    project.save()
    owner: Any = project.created_by
    ids = list(project.images.order_by("pk").values_list("pk", flat=True))
    (job,) = work.hand_out(owner, project, ids, work.JobRequest("all", people=[owner])).jobs
    half = project.images.get(name="half.jpg")
    none = counted(client_as("viewer"), project)
    job.images.filter(image=half).update(state="final")
    one = counted(client_as("viewer"), project)
    assert [(row["images"], row["not_final"], row["unfinished"]) for row in (none, one)] == [(0, 5, 0), (1, 4, 0)]
    assert len(exported(client_as("viewer"), project)["images"]) == one["images"]
    assert counted(client_as("viewer"), project, state="any")["not_final"] == 0


@pytest.mark.parametrize("workflow", [True, False])
def test_the_state_is_shown_where_people_work_in_jobs(workflow: bool, project: Project, client_as: Any) -> None:
    factories.make_image(project)
    project.workflow = workflow
    project.save()
    page = client_as("viewer").get(reverse("export", args=[project.pk])).content.decode()
    assert (page.index('id="export-state"') < page.index("More filters")) is workflow
