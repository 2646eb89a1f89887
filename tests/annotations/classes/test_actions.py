"""Making, changing and deleting classes: one or many, with colours that differ."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.classes import actions
from annotations.classes.colors import PALETTE, next_colors
from annotations.models import BoxHistory
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, Project
from tests import factories

COLUMN = "\n".join(f"class {n}" for n in range(45))


@pytest.mark.django_db
def test_a_pasted_list_makes_all_its_classes_in_few_queries(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    factories.make_class(project, "cat", hotkey="2", color=PALETTE[0])
    with django_assert_max_num_queries(9):
        made = actions.create_classes(project.created_by, project, COLUMN.split("\n"))
    labels = list(project.classes.all())
    assert [label.name for label in labels] == ["cat", *COLUMN.split("\n")]
    assert [label.position for label in labels] == list(range(46))
    assert [label.hotkey for label in made][:9] == ["1", *"3456789", ""]
    assert len({label.color for label in labels[:40]}) == 40
    assert AuditEntry.objects.get(verb="class.created").data["names"] == COLUMN.split("\n")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "error", "field"),
    [
        (["fox", "cat"], Conflict, "names"),
        (["fox", " "], Refusal, "name"),
        (["fox", "a\0b"], Refusal, "name"),
        ([], Refusal, "names"),
        (["x" * 81], Refusal, "name"),
        ([str(n) for n in range(201)], Refusal, "names"),
    ],
)
def test_of_a_list_all_go_in_or_none(names: list[str], error: type[Refusal], field: str, project: Project) -> None:
    factories.make_class(project, "cat")
    with pytest.raises(error) as refused:
        actions.create_classes(project.created_by, project, names)
    assert refused.value.field == field
    assert project.classes.count() == 1


@pytest.mark.django_db
def test_classes_are_for_owners_to_make(project: Project) -> None:
    with pytest.raises(Forbidden):
        actions.create_classes(factories.make_member(project, "reviewer"), project, ["fox"])


@pytest.mark.django_db
@pytest.mark.parametrize("names", [["red fox", "owl"], " red  fox ,owl;\n owl\t", "red fox\r\nowl\r\n"])
def test_the_api_takes_a_list_or_a_pasted_text(names: Any, project: Project, client_as: Any) -> None:
    url = reverse("api-classes-many", args=[project.pk])
    answer = client_as("owner").post(url, {"names": names}, content_type="application/json")
    assert (answer.status_code, [row["name"] for row in answer.json()]) == (201, ["red fox", "owl"])


@pytest.mark.django_db
def test_the_page_takes_a_pasted_column(project: Project, client_as: Any) -> None:
    client_as("owner").post(reverse("class-new", args=[project.pk]), {"names": COLUMN})
    assert project.classes.count() == 45


@pytest.mark.parametrize(
    ("taken", "n", "expected"),
    [
        ([], 3, PALETTE[:3]),
        ([PALETTE[1]], 2, (PALETTE[0], PALETTE[2])),
        (PALETTE, 1, PALETTE[:1]),
        ([*PALETTE, PALETTE[0]], 1, PALETTE[1:2]),
        (["#123456"], 1, PALETTE[:1]),
    ],
)
def test_colours_repeat_only_once_all_are_used(taken: Any, n: int, expected: Any) -> None:
    assert tuple(next_colors(taken, n)) == tuple(expected)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "b", "color": "red"}, "color"),
        ({"name": "b", "hotkey": "ab"}, "hotkey"),
        ({"name": "b", "hotkey": "A"}, "hotkey"),  # accepts a suggestion
        ({"name": "b", "hotkey": "1"}, "hotkey"),  # taken by the first class
        ({"name": "taken"}, "name"),
    ],
)
def test_a_class_that_cannot_be(project: Project, fields: dict[str, str], field: str) -> None:
    actions.create_class(project.created_by, project, name="taken")
    with pytest.raises(Refusal) as refusal:
        actions.create_class(project.created_by, project, **fields)
    assert refusal.value.field == field
    assert project.classes.count() == 1


@pytest.mark.django_db
def test_classes_get_colours_and_hotkeys(project: Project) -> None:
    made = [actions.create_class(project.created_by, project, name=f"c{n}") for n in range(41)]
    assert [label.hotkey for label in made[:11]] == [*"123456789", "", ""]
    assert len({label.color for label in made[:40]}) == 40
    assert actions.update_class(project.created_by, made[0], name="new", hotkey="q").hotkey == "q"


@pytest.mark.django_db
def test_deleting_a_class_keeps_the_history(project: Project) -> None:
    label, image = factories.make_class(project, "cat"), factories.make_image(project)
    for n in range(205):
        factories.make_box(image, label, (n / 10, 0, 30, 30))
    assert actions.delete_class(project.created_by, label).counts["annotations.Box"] == 205
    assert BoxHistory.objects.filter(verb="deleted", label_name="cat", label=None).count() == 205


@pytest.mark.django_db
def test_a_number_is_given_once(project: Project) -> None:
    """Who reads exports of two days meets each number for one class only, whatever was deleted between them."""
    owner = project.created_by
    cat, dog = actions.create_classes(owner, project, ["cat", "dog"])
    actions.delete_class(owner, dog)
    fox = actions.create_class(owner, project, name="fox")
    other = actions.create_class(owner, factories.make_project(owner), name="cat")
    assert (cat.number, dog.number, fox.number, other.number) == (1, 2, 3, 1)
    assert list(project.classes.values_list("name", "number")) == [("cat", 1), ("fox", 3)]
