"""Scripts written for Label Studio: what they send and read is what its own SDK sends and reads."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotations.models import Box, Complete, LabelImport, Suggestion
from projects.models import Project
from projects.people import tokens
from tests import factories
from tests.annotations.imports.made import HEIGHT, WIDTH, boxes_of, step, undone

pytestmark = pytest.mark.django_db
SignIn = Callable[[str | None], Client]


def region(label: str, x1: float, y1: float, x2: float, y2: float, **more: Any) -> dict[str, Any]:
    """In percent of an image of 64 x 48."""
    value = {
        "x": 100 * x1 / WIDTH, "y": 100 * y1 / HEIGHT, "width": 100 * (x2 - x1) / WIDTH,
        "height": 100 * (y2 - y1) / HEIGHT, "rotation": 0, "rectanglelabels": [label],
    }  # fmt: skip
    return {"type": "rectanglelabels", "from_name": "label", "to_name": "image", "value": value, **more}


@pytest.fixture
def script(project: Project) -> Client:
    """A script with a token of the owner."""
    _row, text = tokens.create(project.created_by)
    return Client(headers={"authorization": f"Token {text}"})


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


def sent(client: Client, project: Project, tasks: Any, query: str = "") -> tuple[dict[str, Any], LabelImport]:
    """What the answer is, and the import when its worker is through with it."""
    answer = post(client, f"/api/projects/{project.pk}/import{query}", tasks)
    assert answer.status_code == 201, answer.json()
    job = step(LabelImport.objects.get(pk=answer.json()["import"]))
    return answer.json(), step(job)


def status_of(client: Client, project: Project, job: LabelImport) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/projects/{project.pk}/imports/{job.pk}").json()
    return found


# --- tasks ------------------------------------------------------------------------------------------------------------
def test_tasks_bring_their_labels_without_being_asked_about(project: Project, script: Client) -> None:
    images = [factories.make_image(project, name=f"{name}.jpg") for name in "ab"]
    tasks = [
        {
            "data": {"image": "/data/upload/3/1a2b3c4d-a.jpg"},
            "annotations": [{"result": [region("cat", 8, 6, 32, 24)]}],
        },
        {
            "data": {"image": "s3://bucket/b.jpg"},
            "predictions": [{"model_version": "v2", "result": [region("cat", 8, 6, 32, 24, score=0.9)]}],
        },
    ]
    answer, job = sent(script, project, tasks, "?return_task_ids=true&commit_to_project=true")
    assert {key: answer[key] for key in answer if key != "import"} == {
        "task_count": 2, "annotation_count": 1, "prediction_count": 1,
    }  # fmt: skip
    assert boxes_of(project) == [("a.jpg", "cat", (8, 6, 32, 24))]
    assert (Suggestion.objects.get().probability, job.batch.model) == (0.9, "v2")
    assert list(Complete.objects.values_list("image__name", flat=True)) == ["a.jpg"]  # what was annotated is finished
    state = status_of(script, project, job)
    assert state == {"id": job.pk, "status": "completed", "task_ids": [i.pk for i in images], "error": ""}


def test_one_task_and_plain_rows_are_tasks_too(project: Project, script: Client) -> None:
    factories.make_image(project, name="a.jpg")
    answer, job = sent(script, project, {"image": "a.jpg"})
    assert (answer["task_count"], job.preview["images"]["here"]) == (1, 1)


def test_how_far_it_is(project: Project, script: Client) -> None:
    factories.make_image(project, name="a.jpg")
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": [region("cat", 8, 6, 32, 24)]}]}
    job = LabelImport.objects.get(pk=post(script, f"/api/projects/{project.pk}/import", [task]).json()["import"])
    assert status_of(script, project, job)["status"] == "in_progress"
    assert status_of(script, project, step(job))["status"] == "in_progress"  # read, and goes on by itself
    assert status_of(script, project, step(job))["status"] == "completed"


def test_who_may_make_no_classes_hears_why(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    _row, text = tokens.create(factories.make_member(project, "annotator"))
    client = Client(headers={"authorization": f"Token {text}"})
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": [region("cat", 8, 6, 32, 24)]}]}
    _answer, job = sent(client, project, [task])
    state = status_of(client, project, job)
    assert (job.phase, state["status"], Box.objects.count()) == ("ready", "failed", 0)
    assert "add classes" in state["error"]


@pytest.mark.parametrize("body", [[], "tasks", [1], [[{"data": {}}]]])
def test_what_is_no_list_of_tasks(project: Project, script: Client, body: Any) -> None:
    answer = post(script, f"/api/projects/{project.pk}/import", json.dumps(body))
    assert answer.status_code == 400
    assert not LabelImport.objects.exists()


# --- predictions ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/api/predictions/", "/api/predictions"])
def test_a_prediction_waits_for_review(project: Project, script: Client, address: str) -> None:
    image, _label = factories.make_image(project), factories.make_class(project, "cat")
    body = {"task": image.pk, "score": 0.8, "model_version": "v2", "project": project.pk, "neighbors": None}
    for _again in range(2):
        answer = post(script, address, body | {"result": [region("Cat", 8, 6, 32, 24)]})
        assert answer.status_code == 201, answer.json()
    found = answer.json()
    assert (found["task"], found["project"], found["score"], found["model_version"]) == (
        image.pk, project.pk, 0.8, "v2",
    )  # fmt: skip
    one = Suggestion.objects.get()  # the second is the same
    assert (one.xyxy, one.probability, one.state, one.source) == ((8, 6, 32, 24), 0.8, "pending", "v2")


def test_those_of_a_model_are_one_import_that_is_undone_as_one(project: Project, script: Client) -> None:
    factories.make_class(project, "cat")
    images = [factories.make_image(project) for _ in range(3)]

    def predict(image: Any, model: str) -> None:
        body = {"task": image.pk, "model_version": model, "result": [region("cat", 8, 6, 32, 24, score=0.7)]}
        assert post(script, "/api/predictions/", body).status_code == 201

    for image in images:
        predict(image, "v2")
    predict(images[0], "v3")
    job, other = LabelImport.objects.order_by("pk")
    assert (job.phase, job.counts["predictions"], other.counts["predictions"]) == ("done", 3, 1)
    undone(job)
    assert list(Suggestion.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn"] * 3 + ["pending"]
    predict(images[0], "v2")
    assert (LabelImport.objects.count(), Suggestion.objects.filter(state="pending").count()) == (3, 2)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ([region("dog", 8, 6, 32, 24)], "no class “dog”"),
        ([region("cat", 8, 6, 8, 24)], "no numbers that make a box"),
        ([region("cat", 8, 6, 32, 24, score=7)], "between 0 and 1"),
        ([region("cat", 8, 6, 32, 24, original_width=10, original_height=90)], "their shapes differ"),
    ],
)
def test_a_prediction_that_cannot_be_placed(project: Project, script: Client, result: Any, words: str) -> None:
    image, _label = factories.make_image(project), factories.make_class(project, "cat")
    answer = post(script, "/api/predictions/", {"task": image.pk, "result": result})
    assert (answer.status_code, answer.json()["field"]) == (400, "result")
    assert words in answer.json()["detail"]
    assert not Suggestion.objects.exists()
    assert not LabelImport.objects.exists()


# --- exports ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def labelled(project: Project) -> Project:
    """An image with a box that is complete, and one that nobody has looked at."""
    image, label = factories.make_image(project, name="a.jpg"), factories.make_class(project, "cat")
    factories.make_box(image, label, (8, 6, 32, 24))
    Complete.objects.create(image=image, label=label)
    factories.make_image(project, name="b.jpg")
    return project


def members(answer: Any) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        return {name: "" if name.endswith(".jpg") else archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("query", ["", "?exportType=JSON", "?export_type=JSON"])
def test_tasks_are_read_back(labelled: Project, script: Client, query: str) -> None:
    tasks = json.loads(script.get(f"/api/projects/{labelled.pk}/export{query}").getvalue())
    assert [task["id"] for task in tasks] == list(labelled.images.order_by("pk").values_list("pk", flat=True))
    (result,) = tasks[0]["annotations"][0]["result"]
    assert result["value"] == region("cat", 8, 6, 32, 24)["value"]


def test_archives_hold_what_scripts_look_for(labelled: Project, script: Client) -> None:
    address = f"/api/projects/{labelled.pk}/export"
    coco = members(script.get(address, {"exportType": "COCO"}))
    assert list(coco) == ["result.json"]
    assert [image["file_name"] for image in json.loads(coco["result.json"])["images"]] == ["a.jpg"]
    yolo = members(script.get(address, {"exportType": "YOLO"}))
    assert (yolo["classes.txt"], json.loads(yolo["notes.json"])["categories"]) == ("cat\n", [{"id": 0, "name": "cat"}])
    assert yolo["labels/a.txt"].startswith("0 0.3125")
    assert "Annotations/a.xml" in members(script.get(address, {"exportType": "VOC"}))
    assert script.get(address, {"exportType": "CSV"}).getvalue().decode("utf-8-sig").startswith("image,")


@pytest.mark.parametrize(
    "query",
    [
        {"exportType": "YOLO_WITH_IMAGES"},
        {"exportType": "COCO", "download_resources": "true", "download_all_tasks": "1"},
    ],
)
def test_pictures_come_along(labelled: Project, script: Client, query: Any) -> None:
    found = members(script.get(f"/api/projects/{labelled.pk}/export", query))
    assert ("images/a.jpg" in found, "images/b.jpg" in found) == (True, "download_all_tasks" in query)


@pytest.mark.parametrize("query", [{"exportType": "BRUSH_TO_PNG"}, {"ids[]": "1"}, {"ids": "1"}])
def test_what_is_not_there_is_refused(labelled: Project, script: Client, query: Any) -> None:
    assert script.get(f"/api/projects/{labelled.pk}/export", query).status_code == 400
