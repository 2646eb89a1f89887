"""An image's timeline: its steps, its past, and back to there, whatever was renamed or deleted since."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.boxes.actions import apply_changes
from annotations.classes.actions import create_class, delete_class, update_class
from annotations.comments import actions as comments
from annotations.models import Box, BoxHistory, Complete
from annotations.splits import actions as splits
from annotations.timeline import actions, past
from annotations.versions.actions import make_version
from annotations.versions.restoring import read_labels
from projects.bin.actions import delete_image, restore
from projects.errors import StaleVersion
from projects.models import AuditEntry, BinEntry, Image, Project
from tests import factories

FIRST, SECOND = [2.0, 2.0, 20.0, 20.0], [10.0, 10.0, 40.0, 40.0]


class World:
    """A project with a class and an image, and what people do there."""

    def __init__(self, project: Project) -> None:
        self.project, self.owner = project, project.created_by
        self.cat = factories.make_class(project, "cat")
        self.image = factories.make_image(project)
        self.box = str(uuid.uuid4())

    def save(self, *changes: dict[str, Any], by: Any = None) -> int:
        """The moment after it."""
        image = Image.objects.get(pk=self.image.pk)
        apply_changes(by or self.owner, image, seen=image.version, changes=changes)
        return self.now

    def draw(self, xyxy: list[float] = FIRST, box: str = "") -> int:
        return self.save({"op": "create", "id": box or self.box, "class": self.cat.pk, "xyxy": xyxy})

    @property
    def now(self) -> int:
        return BoxHistory.objects.filter(image_number=self.image.pk).latest("id").pk

    @property
    def version(self) -> int:
        return Image.objects.get(pk=self.image.pk).version

    def corners(self) -> dict[str, list[float]]:
        return {str(box.pk): list(box.xyxy) for box in Box.objects.filter(image=self.image)}

    def back(self, moment: int) -> None:
        actions.restore_moment(self.owner, self.image, seen=self.version, moment=moment)


@pytest.fixture
def world(project: Project) -> World:
    return World(project)


def steps(client: Any, image: Image, **query: Any) -> Any:
    return client.get(reverse("api-image-history", args=[image.pk]), query).json()


def said(rows: list[Any]) -> list[list[tuple[str, str, int]]]:
    return [[(deed["verb"], deed["class_name"], deed["count"]) for deed in row["deeds"]] for row in rows]


def test_one_save_is_one_step_newest_first_and_the_upload_is_the_last(world: World, client_as: Any) -> None:
    other = factories.make_member(world.project, "annotator", name="Ben")
    world.draw()
    boxes = [{"op": "create", "id": str(uuid.uuid4()), "class": world.cat.pk, "xyxy": SECOND} for _n in range(12)]
    world.save(*boxes, {"op": "complete", "class": world.cat.pk, "value": True}, by=other)
    world.image.refresh_from_db()
    comments.add(world.owner, world.image, text="Is it?")
    comments.add(world.owner, world.image, text="It is.")
    splits.put(world.owner, world.project, {"val": [world.image.pk]})
    found = steps(client_as("viewer"), world.image)["results"]
    assert said(found) == [
        [("val", "", 1)],
        [("commented", "", 1)],
        [("commented", "", 1)],
        [("created", "cat", 12), ("completed", "cat", 1)],
        [("created", "cat", 1)],
        [("uploaded", "", 1)],
    ]
    assert [row["actor_name"] for row in found[3:5]] == ["Ben", str(world.owner)]
    assert [row["version"] for row in found] == [3, 3, 3, 3, 2, 1]
    assert found[-1]["moment"] == 0
    assert [deed["class"] for deed in found[3]["deeds"]] == [world.cat.pk] * 2


def test_pages_follow_one_another_without_a_gap(world: World, client_as: Any) -> None:
    for _n in range(5):
        world.draw(box=str(uuid.uuid4()))
    client, found = client_as("viewer"), []
    page = steps(client, world.image, page_size=2)
    while True:
        found += page["results"]
        if page["next"] is None:
            break
        world.draw(box=str(uuid.uuid4()))  # what comes meanwhile shifts nothing
        page = client.get(page["next"]).json()
    assert [row["version"] for row in found] == [6, 5, 4, 3, 2, 1]
    assert [row["moment"] for row in found].count(0) == 1


def test_the_number_of_queries_does_not_grow(world: World, client_as: Any) -> None:
    client = client_as("viewer")
    counts = []
    for _n in range(2):
        for _k in range(6):
            world.draw(box=str(uuid.uuid4()))
            make_version(world.owner, world.project, name="v")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            steps(client, world.image)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_versions_stand_at_the_step_that_they_were_made_after(world: World, client_as: Any) -> None:
    make_version(world.owner, world.project, name="empty")
    world.draw()
    make_version(world.owner, world.project, name="one box")
    world.draw(SECOND, str(uuid.uuid4()))
    found = steps(client_as("viewer"), world.image)["results"]
    assert [[one["name"] for one in row["versions"]] for row in found] == [[], ["one box"], ["empty"]]
    older = client_as("viewer").get(steps(client_as("viewer"), world.image, page_size=1)["next"]).json()["results"]
    assert [[one["name"] for one in row["versions"]] for row in older] == [["one box"], ["empty"]]


def test_what_a_step_changed_is_shown_with_what_was_before(world: World, client_as: Any) -> None:
    world.draw()
    moment = world.save({"op": "update", "id": world.box, "xyxy": SECOND})
    was = client_as("viewer").get(reverse("api-image-moment", args=[world.image.pk, moment])).json()
    side = {"id": world.box, "class": world.cat.pk, "class_name": "cat", "flags": [], "attributes": {}}
    assert was["boxes"] == [side | {"xyxy": SECOND}]
    assert was["changed"] == [{"kind": "moved", "before": side | {"xyxy": FIRST}, "after": side | {"xyxy": SECOND}}]
    comments.add(world.owner, world.image, text="Is it?")
    talk = client_as("viewer").get(reverse("api-image-moment", args=[world.image.pk, world.now])).json()
    assert (talk["boxes"], talk["changed"]) == (was["boxes"], [])
    other = factories.make_image(world.project)
    assert client_as("viewer").get(reverse("api-image-moment", args=[other.pk, moment])).status_code == 404


def test_a_moment_comes_back_as_new_history(world: World) -> None:
    moment = world.draw()
    born = Box.objects.get(pk=world.box).created_at
    time.sleep(0.2)
    world.save({"op": "complete", "class": world.cat.pk, "value": True})
    world.save({"op": "delete", "id": world.box})
    extra = str(uuid.uuid4())
    before = world.draw(SECOND, extra)
    version = world.version
    world.back(moment)
    assert world.corners() == {world.box: FIRST}
    assert abs(Box.objects.get(pk=world.box).created_at - born) < timedelta(milliseconds=100)
    assert not Complete.objects.exists()
    assert world.version == version + 1
    rows = BoxHistory.objects.filter(image=world.image, pk__gt=before).order_by("id")
    assert sorted(row.verb for row in rows) == ["deleted", "reopened", "restored"]
    assert {row.actor for row in rows} == {world.owner}
    assert AuditEntry.objects.get(verb="image.restored").data["moment"] == moment
    world.back(before)
    assert world.corners() == {extra: SECOND}
    assert Complete.objects.filter(label=world.cat).exists()


def test_what_is_so_already_writes_nothing(world: World) -> None:
    moment = world.draw()
    world.back(moment)
    assert (world.now, world.version) == (moment, 2)
    assert not AuditEntry.objects.filter(verb="image.restored").exists()


def test_somebody_who_saved_meanwhile_is_not_overwritten(world: World, client_as: Any) -> None:
    moment = world.draw()
    world.draw(SECOND, str(uuid.uuid4()))
    with pytest.raises(StaleVersion):
        actions.restore_moment(world.owner, world.image, seen=2, moment=moment)
    url = reverse("api-image-restore", args=[world.image.pk])
    body = {"version": 2, "moment": moment}
    answer = client_as("annotator").post(url, body, content_type="application/json")
    assert answer.status_code == 409
    assert len(answer.json()["current"]["boxes"]) == 2
    by_tag = client_as("annotator").post(
        url, {"moment": moment}, content_type="application/json", headers={"if-match": '"2"'}
    )
    assert by_tag.status_code == 412
    saved = client_as("annotator").post(url, body | {"version": 3}, content_type="application/json")
    assert (saved.status_code, saved.json()["version"], len(saved.json()["boxes"])) == (200, 4, 1)


@pytest.mark.parametrize("body", [{}, {"moment": 0, "from_version": 1}, {"from_version": 10**9}, {"moment": -1}])
def test_a_restore_names_one_thing(world: World, client_as: Any, body: dict[str, int]) -> None:
    url = reverse("api-image-restore", args=[world.image.pk])
    answer = client_as("annotator").post(url, body | {"version": 1}, content_type="application/json")
    assert answer.status_code == 400


def test_an_id_that_is_taken_by_now_is_not_taken_away(world: World) -> None:
    moment = world.draw()
    world.save({"op": "delete", "id": world.box})
    other = factories.make_image(world.project)
    Box.objects.create(id=world.box, image=other, label=world.cat, x1=1, y1=1, x2=9, y2=9)
    world.back(moment)
    (box,) = Box.objects.filter(image=world.image)
    assert str(box.pk) != world.box
    assert list(box.xyxy) == FIRST


def test_one_image_comes_back_from_a_version(world: World, client_as: Any) -> None:
    world.draw()
    world.save({"op": "complete", "class": world.cat.pk, "value": True})
    version = make_version(world.owner, world.project, name="first")
    world.save({"op": "delete", "id": world.box}, {"op": "complete", "class": world.cat.pk, "value": False})
    other = factories.make_image(world.project)
    was = client_as("viewer").get(reverse("api-version-image", args=[world.project.pk, version.pk, world.image.pk]))
    assert [box["id"] for box in was.json()["boxes"]] == [world.box]
    assert was.json()["complete"] == [world.cat.pk]
    url = reverse("api-image-restore", args=[world.image.pk])
    body = {"version": world.version, "from_version": version.pk}
    assert client_as("annotator").post(url, body, content_type="application/json").status_code == 200
    assert world.corners() == {world.box: FIRST}
    assert Complete.objects.filter(image=world.image, label=world.cat).exists()
    with pytest.raises(Http404):
        past.in_version(other, version)


def test_a_renamed_class_is_called_what_it_was_and_shown_as_it_is(world: World, client_as: Any) -> None:
    moment = world.draw()
    update_class(world.owner, world.cat, name="lynx")
    row = steps(client_as("viewer"), world.image)["results"][0]["deeds"][0]
    assert (row["class"], row["class_name"]) == (world.cat.pk, "cat")
    was = client_as("viewer").get(reverse("api-image-moment", args=[world.image.pk, moment])).json()
    assert [(box["class"], box["class_name"]) for box in was["boxes"]] == [(world.cat.pk, "lynx")]


def test_a_deleted_class_keeps_its_name_and_its_boxes_are_left_out_of_a_restore(world: World, client_as: Any) -> None:
    dog = factories.make_class(world.project, "dog")
    theirs = str(uuid.uuid4())
    world.save({"op": "create", "id": theirs, "class": dog.pk, "xyxy": SECOND})
    moment = world.draw()
    world.save({"op": "complete", "class": dog.pk, "value": True})
    delete_class(world.owner, dog)
    client = client_as("viewer")
    row = steps(client, world.image)["results"][0]["deeds"][0]
    assert (row["verb"], row["class"], row["class_name"]) == ("deleted", None, "dog")
    was = client.get(reverse("api-image-moment", args=[world.image.pk, moment])).json()
    assert {(box["class"], box["class_name"]) for box in was["boxes"]} == {(None, "dog"), (world.cat.pk, "cat")}
    world.save({"op": "delete", "id": world.box})
    world.back(moment)
    assert world.corners() == {world.box: FIRST}

    create_class(world.owner, world.project, name="dog")  # of the same name: it is that class to people
    assert past.at_moment(world.image, world.now).labels.complete == frozenset()
    world.back(moment)
    assert world.corners() == {world.box: FIRST, theirs: SECOND}


def test_a_class_out_of_the_bin_has_its_history_again(world: World) -> None:
    moment = world.draw()
    delete_class(world.owner, world.cat)
    assert world.corners() == {}
    restore(world.owner, BinEntry.objects.get())
    assert past.at_moment(world.image, moment).labels.boxes[0].label == world.cat.pk
    now = read_labels([world.image.pk])[world.image.pk]
    assert past.at_moment(world.image, world.now).labels == now


def test_an_image_out_of_the_bin_has_its_history_again(world: World, client_as: Any) -> None:
    moment = world.draw()
    world.save({"op": "delete", "id": world.box})
    delete_image(world.owner, world.image)
    assert client_as("viewer").get(reverse("api-image-history", args=[world.image.pk])).status_code == 404
    restore(world.owner, BinEntry.objects.get())
    rows = steps(client_as("viewer"), world.image)["results"]
    assert said(rows) == [[("deleted", "cat", 1)], [("created", "cat", 1)], [("uploaded", "", 1)]]
    world.back(moment)
    assert world.corners() == {world.box: FIRST}


def test_who_left_has_no_name_and_did_it_all_the_same(world: World, client_as: Any) -> None:
    gone = factories.make_member(world.project, "annotator")
    world.save({"op": "create", "id": world.box, "class": world.cat.pk, "xyxy": FIRST}, by=gone)
    gone.delete()
    row = steps(client_as("viewer"), world.image)["results"][0]
    assert (row["actor"], row["actor_name"]) == (None, None)
    assert said([row]) == [[("created", "cat", 1)]]
