"""Versions of a project: exact whatever happens later, and cheap where little changed."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.boxes.actions import apply_changes
from annotations.classes.actions import delete_class, update_class
from annotations.models import Complete, DatasetVersion, VersionBlock
from annotations.versions.actions import make_version, version_of_now
from annotations.versions.contents import images_of
from projects.append_only import AppendOnlyError
from projects.bin.actions import delete_image
from projects.errors import Forbidden, Refusal
from projects.models import Project
from tests import factories

Reason = DatasetVersion.Reason


def contents(version: DatasetVersion) -> list[Any]:
    """All of it in plain values, by the names of classes."""
    version = DatasetVersion.objects.get(pk=version.pk)
    names = version.class_names
    return [
        (
            state.head.name, state.head.sha256, state.head.split,
            [names[pk] for pk in state.head.complete],
            [(str(box.id), names[box.label], box.xyxy) for box in state.boxes],
        )
        for state in images_of(version)
    ]  # fmt: skip


def test_a_version_stays_as_it_was(project: Project) -> None:
    owner = project.created_by
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "dog", position=1)
    first, second, third = (factories.make_image(project, name=f"{n}.jpg") for n in "abc")
    project.images.filter(pk=second.pk).update(split="val")
    boxes = [factories.make_box(first, cat), factories.make_box(first, dog), factories.make_box(second, cat)]
    Complete.objects.create(image=first, label=dog, by=owner)
    version = make_version(owner, project, name="first")
    before = contents(version)

    update_class(owner, cat, name="tiger", position=5)
    delete_class(owner, dog)
    delete_image(owner, second)
    change = {"op": "delete", "id": str(boxes[0].id)}
    first.refresh_from_db()
    apply_changes(owner, first, seen=first.version, changes=[change])
    third.delete()

    assert contents(version) == before
    assert [row[0] for row in before] == ["a.jpg", "b.jpg", "c.jpg"]
    assert before[0][3] == ["dog"]
    assert sorted(row[1] for row in before[0][4]) == ["cat", "dog"]
    assert before[1][2] == "val"
    assert [row["name"] for row in version.classes] == ["cat", "dog"]
    assert version.figures["boxes"] == 3
    assert version.figures["classes"][str(cat.pk)] == {"boxes": 2, "complete": 0}


def test_old_boxes_need_no_history(project: Project) -> None:
    image, label = factories.make_image(project), factories.make_class(project)
    box = factories.make_box(image, label)  # no row of history tells of it
    version = make_version(project.created_by, project, name="old")
    assert contents(version)[0][4] == [(str(box.id), label.name, box.xyxy)]


def test_what_did_not_change_is_not_stored_again(project: Project) -> None:
    owner, label = project.created_by, factories.make_class(project)
    image = factories.make_image(project)
    far = factories.make_image(project)
    type(far).objects.filter(pk=far.pk).update(id=far.pk + 100_000)  # in another block
    one = make_version(owner, project, name="one")
    two = make_version(owner, project, name="two")
    assert one.blocks == two.blocks
    assert (one.number, two.number) == (1, 2)
    apply_changes(
        owner, image, seen=image.version,
        changes=[
            {"op": "create", "id": "00000000-0000-4000-8000-000000000001", "class": label.pk, "xyxy": [1, 1, 9, 9]}
        ],
    )  # fmt: skip
    three = make_version(owner, project, name="three")
    assert three.blocks[0] != two.blocks[0]
    assert three.blocks[1] == two.blocks[1]
    assert VersionBlock.objects.count() == 3


@pytest.mark.parametrize("change", ["box", "split", "complete", "class", "image"])
def test_a_version_of_now_is_the_last_one_until_something_changes(change: str, project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    made = make_version(project.created_by, project, name="one")
    assert version_of_now(project, Reason.RUN, None) == made
    match change:
        case "box":
            factories.make_box(image, label)
        case "split":
            project.images.update(split="test")
        case "complete":
            Complete.objects.create(image=image, label=label)
        case "class":
            update_class(project.created_by, label, name="another")
        case "image":
            factories.make_image(project)
    later = version_of_now(project, Reason.RUN, None)
    assert (later.number, later.reason, later.name) == (2, "run", "")


def test_a_version_cannot_be_changed(project: Project) -> None:
    version = make_version(project.created_by, project, name="one")
    version.name = "other"
    with pytest.raises(AppendOnlyError):
        version.save()
    with pytest.raises(AppendOnlyError):
        DatasetVersion.objects.update(name="other")


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("annotator", True), ("reviewer", True)])
def test_who_labels_makes_versions(role: str, may: bool, project: Project) -> None:
    member = factories.make_member(project, role)
    if may:
        assert make_version(member, project, name=" a  b ").name == "a b"
    else:
        with pytest.raises(Forbidden):
            make_version(member, project, name="a")


@pytest.mark.parametrize(
    ("name", "notes", "field"), [("", "", "name"), ("x" * 121, "", "name"), ("a", "x" * 5001, "notes")]
)
def test_a_version_needs_a_name(name: str, notes: str, field: str, project: Project) -> None:
    with pytest.raises(Refusal) as refused:
        make_version(project.created_by, project, name=name, notes=notes)
    assert refused.value.field == field
