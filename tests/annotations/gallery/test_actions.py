"""Verbs on many images of the gallery: who may, what they change, and what takes them back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.gallery import actions, completion
from annotations.models import BoxHistory, Complete
from projects.errors import Forbidden, Refusal
from projects.models import AuditEntry, Image, Project
from tests import factories
from tests.annotations.gallery.scene import ids, shown

pytestmark = pytest.mark.django_db


def test_reviewers_deal_out_and_annotators_take(project: Project, world: dict[str, Any]) -> None:
    worker, reviewer = world["worker"], factories.make_member(project, "reviewer")
    assert actions.assign(worker, project, ids(world, "ad"), worker).before == {
        None: [world["a"].pk]
    }  # d is theirs already
    with pytest.raises(Forbidden):
        actions.assign(worker, project, ids(world, "b"), reviewer)
    assert actions.assign(reviewer, project, ids(world, "ab"), reviewer).count == 2
    with pytest.raises(Forbidden):
        actions.assign(worker, project, ids(world, "a"), worker)  # somebody else's
    with pytest.raises(Refusal):
        actions.assign(reviewer, project, ids(world, "a"), factories.make_member(project, "viewer"))
    assert shown(project, f"assignee={reviewer.pk}") == "ab"
    assert [entry.data["count"] for entry in AuditEntry.objects.filter(verb="images.assigned")] == [2, 1]


def test_moving_leaves_copies_where_they_are(project: Project, world: dict[str, Any]) -> None:
    moved = actions.move(project.created_by, project, ids(world, "abe"), world["second"])
    assert (moved.count, moved.stayed) == (1, ["a.jpg"])
    assert shown(project, f"dataset={world['second'].pk}") == "be"
    with pytest.raises(Refusal):
        actions.move(project.created_by, project, ids(world, "c"), factories.make_project().datasets.get())


def test_complete_and_not_leave_history(project: Project, world: dict[str, Any]) -> None:
    labels = [world["label"], world["other"]]
    assert completion.set_complete(world["worker"], project, ids(world, "abc"), labels, value=True).count == 3
    assert shown(project, f"class={world['label'].pk}&state=complete") == "abc"
    assert BoxHistory.objects.filter(verb="completed").count() == 5  # c was complete for one already
    assert Image.objects.get(pk=world["a"].pk).version == world["a"].version + 1
    assert completion.set_complete(world["worker"], project, ids(world, "abc"), labels, value=True).count == 0
    assert completion.set_complete(world["worker"], project, ids(world, "a"), labels[:1], value=False).count == 1
    assert BoxHistory.objects.filter(verb="reopened").count() == 1
    assert Complete.objects.count() == 5


def test_deleting_takes_nothing_of_others(project: Project, world: dict[str, Any]) -> None:
    stranger = factories.make_image(factories.make_project())
    entry = actions.delete(project.created_by, project, [*ids(world, "ab"), stranger.pk])
    assert entry is not None
    assert entry.numbers == ids(world, "ab")
    assert shown(project, "") == "cde"
    assert Image.objects.filter(pk=stranger.pk).exists()
    assert len(AuditEntry.objects.get(verb="image.deleted").data["images"]) == 2
    assert actions.delete(project.created_by, project, ids(world, "ab")) is None


def test_a_transaction_is_small(project: Project, world: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        actions.delete(project.created_by, project, list(range(1, 202)))
    many = [factories.make_class(project) for _ in range(98)]
    with CaptureQueriesContext(connection) as asked:
        completion.set_complete(project.created_by, project, ids(world, "abc"), many, value=True)
    savepoints = [query for query in asked if query["sql"].startswith("SAVEPOINT")]
    assert len(savepoints) >= 2  # 3 images x 98 classes: two images, then one
    assert Complete.objects.filter(label__in=many).count() == 3 * 98


@pytest.mark.parametrize(
    ("do", "more", "left"),
    [
        ("delete", {}, "cde"),
        ("move", {"dataset": "second"}, "abe"),
        ("assign", {"assignee": "worker"}, "abd"),
        ("complete", {"class": "label"}, "ab"),
        ("split", {}, "abe"),  # e is a copy of a
    ],
)
def test_the_plain_form_does_the_same(
    project: Project, world: dict[str, Any], client_as: Any, do: str, more: dict[str, str], left: str
) -> None:
    body = {"do": do, "image": ids(world, "ab"), "query": "order=name", "sure": "1"} | {
        k: world[v].pk for k, v in more.items()
    }
    if do == "move":  # a stays: e is the same picture
        body["image"], left = ids(world, "b"), "be"
    if do == "split":
        body["split"] = "val"
    answer = client_as("owner").post(reverse("images-bulk", args=[project.pk]), body)
    assert answer.url.endswith("?order=name")
    query = {
        "delete": "",
        "move": f"dataset={world['second'].pk}",
        "assign": f"assignee={world['worker'].pk}",
        "complete": f"class={world['label'].pk}&state=complete",
        "split": "split=val",
    }
    assert shown(project, query[do]) == left


@pytest.mark.parametrize(
    ("do", "label", "says"),
    [
        ("complete", "label", ["<strong>fox</strong>", "2 images", "1 without a box"]),
        ("complete", None, ["<strong>owl</strong>", "<strong>fox</strong>", "2 images"]),
        ("delete", None, ["2 images and all their boxes will lie in the bin."]),
    ],
)
def test_the_plain_form_asks_before_it_says_or_takes_much(
    do: str, label: str | None, says: list[str], project: Project, world: dict[str, Any], client_as: Any
) -> None:
    """Nothing is done yet; the page's own form does it."""
    client, url, images = client_as("owner"), reverse("images-bulk", args=[project.pk]), ids(world, "ab")
    before = (project.images.count(), Complete.objects.count())
    body = {"do": do, "image": images, "query": "order=name", "class": world[label].pk if label else ""}
    asked = client.post(url, body)
    assert asked.status_code == 200
    text = " ".join(asked.content.decode().split())
    assert [words for words in says if words not in text] == []
    assert (project.images.count(), Complete.objects.count()) == before
    form = asked.content.decode().split('class="card form"')[1]
    names = ("query", "do", "class", "image")
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', form) for name in names}
    assert client.post(url, fields | {"sure": "1"}).status_code == 302
    assert (project.images.count(), Complete.objects.count()) != before


@pytest.mark.parametrize(("do", "role"), [("complete", "viewer"), ("delete", "annotator"), ("delete", "viewer")])
def test_who_may_not_is_not_even_asked(
    do: str, role: str, project: Project, world: dict[str, Any], client_as: Any
) -> None:
    answer = client_as(role).post(
        reverse("images-bulk", args=[project.pk]), {"do": do, "image": ids(world, "ab"), "class": world["label"].pk}
    )
    assert answer.status_code == 403


def test_before_many_are_called_complete_one_hears_what_that_says(
    project: Project, world: dict[str, Any], client_as: Any
) -> None:
    """a and c have no box of owl, b and a not of fox but for a's; c is complete for owl already."""
    client, images = client_as("annotator"), ids(world, "abc")
    url = reverse("api-gallery-preview", args=[project.pk])
    reported = client.post(url, {"images": images}, content_type="application/json").json()
    found = {row["class"]: (row["images"], row["empty"]) for row in reported}
    assert found == {world["label"].pk: (3, 2), world["other"].pk: (2, 2)}
    assert Complete.objects.count() == 1


@pytest.mark.parametrize("value", [True, False])
def test_calling_many_complete_is_taken_back_to_the_mark(
    value: bool, project: Project, world: dict[str, Any], client_as: Any
) -> None:
    client, url = client_as("annotator"), reverse("api-gallery-complete", args=[project.pk])
    before = set(Complete.objects.values_list("image", "label"))

    def send(**body: Any) -> dict[str, Any]:
        answer = client.post(url, body, content_type="application/json")
        assert answer.status_code == 200
        return answer.json()

    done = send(images=ids(world, "abc"), value=value)
    assert done["count"] == (3 if value else 1)
    assert set(Complete.objects.values_list("image", "label")) != before
    back = send(marks=done["marks"], value=not value)
    assert back["count"] == done["count"]
    assert set(Complete.objects.values_list("image", "label")) == before


def test_completing_names_images_or_marks(project: Project, client_as: Any) -> None:
    url = reverse("api-gallery-complete", args=[project.pk])
    answer = client_as("annotator").post(url, {"value": True}, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "images")
