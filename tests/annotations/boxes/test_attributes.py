"""What classes ask of their boxes: said, refused, kept through a change of class, required, found, and brought back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse

from annotations.attribute_values import AttributeFilter, boxes_saying
from annotations.boxes import actions
from annotations.boxes.payloads import box_row
from annotations.bulk_edits.record import packed, unpacked
from annotations.gallery.completion import set_complete
from annotations.gallery.filters import GalleryFilter, narrowed
from annotations.models import Box, BoxHistory, LabelClass
from annotations.timeline.actions import restore_moment
from annotations.versions.actions import make_version
from projects.errors import Refusal
from projects.models import Image, Project
from tests import factories

pytestmark = pytest.mark.django_db

COLOUR = {"name": "colour", "kind": "choice", "choices": ["red", "blue"], "default": None, "required": True}
DOORS = {"name": "doors", "kind": "number", "choices": [], "default": 4, "required": False}
NOTE = {"name": "note", "kind": "text", "choices": [], "default": None, "required": False}
TAXI = {"name": "taxi", "kind": "yes_no", "choices": [], "default": None, "required": False}


@pytest.fixture
def car(project: Project) -> LabelClass:
    return factories.make_class(project, "car", attributes=[COLOUR, DOORS, NOTE, TAXI])


@pytest.fixture
def image(project: Project) -> Image:
    return factories.make_image(project)


def save(image: Image, *changes: dict[str, Any]) -> Any:
    image.refresh_from_db()
    return actions.apply_changes(image.project.created_by, image, seen=image.version, changes=list(changes))


def draw(label: LabelClass, **more: Any) -> dict[str, Any]:
    return {"op": "create", "id": str(uuid.uuid4()), "class": label.pk, "xyxy": [1, 1, 20, 20]} | more


def test_a_box_has_defaults_and_says_more(car: LabelClass, image: Image) -> None:
    made = draw(car)
    save(image, made)
    assert box_row(image.boxes.get())["attributes"] == {"doors": 4}
    said = {"colour": "red", "doors": 2.0, "note": "a\nb", "taxi": False}
    save(image, {"op": "update", "id": made["id"], "attributes": said})
    assert image.boxes.get().attributes == {"colour": "red", "doors": 2, "note": "a\nb", "taxi": False}
    save(image, {"op": "update", "id": made["id"], "attributes": said})  # says nothing new
    assert [row.attributes for row in BoxHistory.objects.filter(image=image)] == [{"doors": 4}, said]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"colour": "green"}, "bad_attribute"), ({"doors": "4"}, "bad_attribute"), ({"taxi": 1}, "bad_attribute"),
        ({"note": " "}, "bad_attribute"), ({"size": 1}, "no_attribute"), ({"colour": ["red"]}, "invalid"),
        (["red"], "invalid"),
    ],
)  # fmt: skip
def test_what_the_class_does_not_ask_is_refused(attributes: Any, code: str, car: LabelClass, image: Image) -> None:
    with pytest.raises(Refusal) as refused:
        save(image, draw(car, attributes=attributes))
    assert refused.value.code == code
    assert not image.boxes.exists()


def test_another_class_keeps_what_it_asks_for_too(project: Project, car: LabelClass, image: Image) -> None:
    van = factories.make_class(project, "van", attributes=[COLOUR, NOTE | {"default": "none"}])
    made = draw(car, attributes={"colour": "blue", "doors": 3})
    save(image, made)
    save(image, {"op": "update", "id": made["id"], "class": van.pk})
    assert image.boxes.get().attributes == {"colour": "blue", "note": "none"}


def test_a_class_is_complete_only_where_all_is_said(project: Project, car: LabelClass, image: Image) -> None:
    made, region = draw(car), draw(car, flags=["ignore"])
    save(image, made, region)
    complete = {"op": "complete", "class": car.pk, "value": True}
    with pytest.raises(Refusal, match="box at 1, 1 lacks “colour”") as refused:
        save(image, complete)
    assert refused.value.code == "attribute_missing"
    changed = set_complete(project.created_by, project, [image.pk], [car], value=True)
    assert (changed.count, changed.lacking) == (0, 1)
    save(image, {"op": "update", "id": made["id"], "attributes": {"colour": "red"}}, complete)
    assert image.complete.exists()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("colour", [0, 1]), ("colour=red", [0]), ("colour=green", []), ("!colour", [2]), ("doors=4.0", [2]),
        ("taxi=yes", [0]), ("taxi=no", [1]), ("note=5", [1]), ("size", []), ("!size", []),
    ],
)  # fmt: skip
def test_images_and_boxes_are_found_by_what_boxes_say(
    wanted: str, found: list[int], project: Project, car: LabelClass, client_as: Any
) -> None:
    factories.make_box(factories.make_image(project), factories.make_class(project, "tree"))
    said = [{"colour": "red", "taxi": True}, {"colour": "blue", "taxi": False, "note": "5"}, {"doors": 4}]
    boxes = [factories.make_box(factories.make_image(project), car, attributes=one) for one in said]
    images = narrowed(project, GalleryFilter.parse({"attribute": wanted}), project.created_by)
    assert list(images) == [boxes[place].image for place in found]
    client = client_as("viewer")
    rows = client.get(reverse("api-boxes", args=[project.pk]), {"attribute": wanted}).json()["results"]
    assert {row["id"] for row in rows} == {str(boxes[place].pk) for place in found}


def test_the_address_of_the_gallery_says_it_in_one_way() -> None:
    assert [
        GalleryFilter.parse(given).attribute
        for given in (
            {"attribute": "a", "value": " red "}, {"attribute": "a=red"}, {"attribute": "!a", "value": "x"},
            {"attribute": "="},
        )
    ] == ["a=red", "a=red", "!a", ""]  # fmt: skip
    assert AttributeFilter.parse("occluded") is None


def test_moments_and_versions_bring_attributes_back(project: Project, car: LabelClass, image: Image) -> None:
    actor = project.created_by
    made = draw(car, attributes={"colour": "red"})
    save(image, made)
    moment = BoxHistory.objects.latest("id").pk
    version = make_version(actor, project, name="first")
    save(image, {"op": "update", "id": made["id"], "attributes": {"colour": "blue"}})
    image.refresh_from_db()
    rows = restore_moment(actor, image, seen=image.version, moment=moment)
    assert [box.attributes for box in rows.boxes] == [{"colour": "red"}]
    assert unpacked(packed(rows.boxes[0], None)).attributes == {"colour": "red"}
    assert version.classes[0]["attributes"] == [COLOUR, DOORS, NOTE, TAXI]


def test_a_manager_says_what_is_asked(project: Project, car: LabelClass, client_as: Any) -> None:
    client, url = client_as("manager"), reverse("class-attributes", args=[project.pk, car.pk])
    assert b"colour" in client.get(url).content
    form = {
        "rows": "3", "name-0": "colour", "kind-0": "choice", "choices-0": "red\nblue, dark", "default-0": "red",
        "required-0": "on", "name-1": "doors", "kind-1": "number", "default-1": "x", "name-2": "", "kind-2": "text",
    }  # fmt: skip
    assert "“doors”" in client.post(url, form).content.decode()
    assert client.post(url, form | {"default-1": "5"}).status_code == 302
    car.refresh_from_db()
    assert [(one.name, one.choices, one.default, one.required) for one in car.asked] == [
        ("colour", ("red", "blue, dark"), "red", True), ("doors", (), 5, False),
    ]  # fmt: skip
    bad = {"attributes": [{"name": "Occluded", "kind": "text"}]}
    answer = client.patch(reverse("api-class", args=[project.pk, car.pk]), bad, content_type="application/json")
    assert answer.status_code == 400
    assert "Occluded" in answer.json()["detail"]


def test_exports_ask_no_more_for_what_a_class_no_longer_asks(car: LabelClass, image: Image) -> None:
    factories.make_box(image, car, attributes={"colour": "red", "gone": 1, "doors": "many"})
    assert boxes_saying(Box.objects.all(), [car], AttributeFilter("gone")).count() == 0
