"""What is hidden from who labels an image apart from others: its boxes, and all that would tell of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.comments.actions import add
from annotations.models import Box, Comment, Export, LabelError, Replica, Suggestion
from annotations.quality import checks
from annotations.versions.actions import make_version
from projects.models import User
from tests import factories
from tests.annotations.work.conftest import Team


@pytest.fixture
def world(team: Team) -> dict[str, Any]:
    """Image 4, with all that people and runs said of it, is a check in Ann's job; she has drawn nothing there."""
    label = factories.make_class(team.project)
    image = team.images[3]
    box = factories.make_box(image, label)
    image.complete.create(label=label)
    version = make_version(team.owner, team.project, name="first")
    error = factories.make_label_error("spurious", image, label, box=box)
    suggestion = factories.make_suggestion(image, label)
    add(team.owner, image, text="A car, surely.", box=box.pk)
    checks.make_checks(team.owner, team.project, [image.pk])
    team.hand_out(team.ann, count=3, checks=34)
    assert Replica.objects.get(person=team.ann).image == image
    return {
        "team": team, "project": team.project.pk, "image": image.pk, "box": box.pk, "suggestion": suggestion.pk,
        "error": error.pk, "version": version.pk, "comment": Comment.objects.get().pk, "class": label.pk,
    }  # fmt: skip


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


COUNTED = [
    ("api-boxes", {}), ("api-suggestions", {}), ("api-suggestions-order", {}), ("api-suggestions-images", {}),
    ("api-label-errors", {}), ("api-comments", {}), ("api-gallery", {"state": "boxes"}),
    ("api-gallery", {"state": "complete"}), ("api-gallery", {"state": "suggestions"}), ("api-gallery", {"class": "ID"}),
    ("api-gallery", {"origin": "person"}), ("api-gallery", {"min": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "query"), COUNTED)
def test_lists_leave_it_out(name: str, query: dict[str, str], world: dict[str, Any]) -> None:
    asked = {key: str(world["class"]) if value == "ID" else value for key, value in query.items()}

    def count(user: User) -> int:
        answer = client_of(user).get(reverse(name, args=[world["project"]]), asked)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        return int(body["total"]) if "total" in body else len(body["results"] if "results" in body else body["ids"])

    assert (count(world["team"].ann), count(world["team"].owner)) == (0, 1)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("file-box-crop", ["box"]), ("file-suggestion-crop", ["suggestion"]),
        ("api-version-image", ["project", "version", "image"]), ("api-image-moment", ["image", 0]),
    ],
)  # fmt: skip
def test_single_things_are_not_there(name: str, args: list[Any], world: dict[str, Any]) -> None:
    address = reverse(name, args=[world.get(arg, arg) for arg in args])
    assert client_of(world["team"].ann).get(address).status_code == 404
    assert client_of(world["team"].owner).get(address).status_code == 200


def test_a_single_comment_is_not_there(world: dict[str, Any]) -> None:
    address = reverse("api-comment", args=[world["comment"]])
    body = {"resolved": True}
    assert client_of(world["team"].ann).patch(address, body, "application/json").status_code == 404
    listed = client_of(world["team"].ann).get(reverse("api-image-comments", args=[world["image"]])).json()
    assert listed["results"] == []
    assert client_of(world["team"].owner).patch(address, body, "application/json").status_code == 200


def test_a_comment_to_the_person_is_there(world: dict[str, Any]) -> None:
    team = world["team"]
    add(team.owner, team.images[3], text=f"@{team.ann.email} please look again", box=None)
    found = client_of(team.ann).get(reverse("api-image-comments", args=[world["image"]])).json()["results"]
    assert [row["text"] for row in found] == [f"@{team.ann.email} please look again"]


def test_it_counts_as_empty(world: dict[str, Any]) -> None:
    def counts(user: User) -> tuple[Any, ...]:
        client = client_of(user)
        rows = client.get(reverse("api-gallery-rows", args=[world["project"]]), {"ids": str(world["image"])}).json()
        listed = client.get(reverse("api-images", args=[world["project"]])).json()["results"]
        (own,) = (row for row in listed if row["id"] == world["image"])
        return rows[0]["boxes"], rows[0]["complete"], len(rows[0]["drawn"]), own["boxes"], own["suggestions"]

    assert counts(world["team"].ann) == (0, 0, 0, 0, 0)
    assert counts(world["team"].owner) == (1, 1, 1, 1, 1)


def test_no_export_shows_it(world: dict[str, Any]) -> None:
    team = world["team"]
    asked = {"format": "coco", "state": "any", "unfinished": "1"}
    stream = reverse("api-export", args=[world["project"]])
    made = Export.objects.create(project=team.project, choice=asked, key="k", name="all.json", created_by=team.owner)
    file = reverse("api-export-file", args=[made.pk])
    for address, query in ((stream, asked), (file, {})):
        answer = client_of(team.ann).get(address, query)
        assert (answer.status_code, answer.json()["code"]) == (400, "apart")
    assert client_of(team.owner).get(stream, asked).status_code == 200


def test_its_past_is_not_brought_back(world: dict[str, Any]) -> None:
    team = world["team"]
    address = reverse("api-image-restore", args=[world["image"]])
    body = {"version": team.images[3].version, "moment": 0}
    assert client_of(team.ann).post(address, body, "application/json").status_code == 404
    assert Box.objects.filter(pk=world["box"]).exists()
    assert Suggestion.objects.count() == LabelError.objects.count() == 1
