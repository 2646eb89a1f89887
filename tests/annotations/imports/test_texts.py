"""Texts and numbers that nothing can keep never break an import, its page or the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.formats.types import SINGULAR
from annotations.imports import notices
from annotations.models import LabelImport, Suggestion
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, imported, step, taken

pytestmark = pytest.mark.django_db
SignIn = Callable[[str | None], Client]


def region(label: str, **value: Any) -> dict[str, Any]:
    return {
        "type": "rectanglelabels",
        "value": {"x": 10, "y": 10, "width": 50, "height": 50, "rectanglelabels": [label]} | value,
    }


@pytest.mark.parametrize("letter", ["\ud800", "\0"])
def test_an_import_of_odd_text_is_shown_and_goes_in(project: Project, client: Client, letter: str) -> None:
    factories.make_image(project, name="a.jpg")
    label = factories.make_class(project, "cat")
    text = coco({"a.jpg": [("cat", 1, 1, 9, 9), (f"x{letter}", 11, 1, 19, 9)]}, ["cat", f"x{letter}"])
    job = taken(project, "x.json", text)
    client.force_login(project.created_by)
    page = client.get(reverse("import", args=[project.pk, job.pk]))
    api = client.get(f"/api/projects/{project.pk}/label-imports/{job.pk}/")
    assert (page.status_code, api.status_code) == (200, 200)
    assert [row["name"] for row in api.json()["preview"]["classes"]] == ["cat", "x\ufffd"]
    answer = client.post(
        f"/api/projects/{project.pk}/label-imports/{job.pk}/start/",
        {"classes": {"x\ufffd": label.pk}},
        content_type="application/json",
    )
    assert answer.status_code == 202
    assert step(job).counts["boxes"] == 2


@pytest.mark.parametrize("value", ["1e999999999", "1" * 5000, "nan", [1], None, 10**30])
def test_a_prediction_of_an_odd_number_is_refused(project: Project, client: Client, value: Any) -> None:
    image = factories.make_image(project)
    factories.make_class(project, "cat")
    client.force_login(project.created_by)
    body = {"task": image.pk, "result": [region("cat", x=value)]}
    answer = client.post("/api/predictions/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "result")
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("text", ["a\ud800", "a\0"])
@pytest.mark.parametrize(
    "body",
    [
        lambda text: {"result": [region(text)]},
        lambda text: {"result": [region("cat") | {"id": text}]},
        lambda text: {"result": [region("cat") | {text: 1}]},
        lambda text: {"result": [region("cat")], "model_version": text},
    ],
)
def test_a_prediction_of_odd_text_is_refused(project: Project, client: Client, text: str, body: Any) -> None:
    image = factories.make_image(project)
    factories.make_class(project, "cat")
    client.force_login(project.created_by)
    data = json.dumps({"task": image.pk} | body(text))
    assert client.post("/api/predictions/", data, content_type="application/json").status_code == 400
    tasks = json.dumps([{"data": {"image": "a.jpg", "more": text}}])
    address = f"/api/projects/{project.pk}/import"
    assert client.post(address, tasks, content_type="application/json").status_code == 400


def test_a_class_that_cannot_be_made_is_named_beforehand(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    name = "라벨" * 50
    text = coco({"a.jpg": [(name, 1, 1, 9, 9), ("cat", 11, 1, 19, 9)]}, ["cat", name])
    job = taken(project, "x.json", text)
    assert [row["can_be_made"] for row in job.preview["classes"]] == [True, False]
    assert name in notices.said(job.notices[0])["detail"]
    done = imported(project, "x.json", text, classes={name: None})
    assert (done.counts["boxes"], boxes_of(project)[0][1]) == (1, "cat")


def test_tasks_that_bring_nothing_do_not_wait_for_a_person(project: Project, client: Client) -> None:
    client.force_login(project.created_by)
    address = f"/api/projects/{project.pk}/import"
    assert client.post(address, {}, content_type="application/json").status_code == 400
    answer = client.post(address, [{"data": {"text": "hello"}}], content_type="application/json")
    job = step(LabelImport.objects.get(pk=answer.json()["import"]))
    state = client.get(f"/api/projects/{project.pk}/imports/{job.pk}").json()
    assert (job.phase, bool(job.file), state["status"]) == ("failed", False, "failed")
    assert "names no picture" in state["error"]


@pytest.mark.parametrize(("what", "one"), SINGULAR.items())
def test_one_thing_is_said_of_as_one(what: str, one: str) -> None:
    data = dict.fromkeys(("label", "corners", "encoding", "first", "second", "split", "other"), "x")
    said = [notices.said(notices.row(what, n=n, **data))["detail"] for n in (1, 2)]
    assert said == [one % (data | {"n": 1}), what % (data | {"n": 2})]
