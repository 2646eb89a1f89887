"""The list of label errors: mended, kept and taken back; what still stands; and its addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.label_errors import actions, queries
from annotations.models import Box, BoxHistory, LabelClass, LabelError
from projects.errors import Forbidden, Refusal, StaleVersion
from projects.models import Image, Project, User
from tests import factories

pytestmark = pytest.mark.django_db
TIGHT = [6.0, 6.0, 20.0, 22.0]


def seen(*errors: LabelError) -> list[tuple[int, int]]:
    return [(error.pk, LabelError.objects.get(pk=error.pk).version) for error in errors]


def boxes_of(project: Project) -> list[tuple[Any, ...]]:
    """All that an undo must bring back."""
    columns = ("pk", "label", "x1", "y1", "x2", "y2", "flags", "author", "origin", "created_at")
    return sorted(Box.objects.filter(image__project=project).values_list(*columns))


@pytest.fixture
def image(project: Project) -> Image:
    return factories.make_image(project)


@pytest.fixture
def cat(project: Project) -> LabelClass:
    return factories.make_class(project, "cat")


def make(kind: str, image: Image, cat: LabelClass) -> LabelError:
    if kind == "missing":
        return factories.make_label_error(kind, image, cat)
    box = factories.make_box(image, cat, author=image.project.created_by)
    more: dict[str, Any] = {}
    if kind == "wrong_class":
        more["proposed"] = factories.make_class(image.project, "dog")
    if kind == "loose":
        more["tight"] = TIGHT
    return factories.make_label_error(kind, image, cat, box=box, **more)


def owner(project: Project) -> User:
    assert project.created_by is not None
    return project.created_by


@pytest.mark.parametrize(
    ("kind", "label", "xyxy", "verbs"),
    [
        ("wrong_class", "dog", (4, 4, 24, 24), ["changed", "changed"]),
        ("spurious", None, None, ["deleted", "restored"]),
        ("missing", "cat", (30, 8, 50, 30), ["created", "deleted"]),
        ("loose", "cat", tuple(TIGHT), ["changed", "changed"]),
    ],
)
def test_mended_as_proposed_and_back(
    project: Project, image: Image, cat: LabelClass, kind: str, label: str | None, xyxy: Any, verbs: list[str]
) -> None:
    error = make(kind, image, cat)
    before = boxes_of(project)
    actions.fix(owner(project), project, seen(error))
    there = [(box.label.name, box.xyxy) for box in image.boxes.all()]
    assert there == ([(label, xyxy)] if label else [])
    error.refresh_from_db()
    assert (error.state, error.decided_by, error.version) == ("fixed", owner(project), 2)
    assert not queries.standing(queries.errors_of(project)).exists()
    actions.reopen(owner(project), project, seen(error))
    assert boxes_of(project) == before
    assert queries.standing(queries.errors_of(project)).get() == error
    history = BoxHistory.objects.order_by("id")
    assert [(row.verb, row.actor) for row in history] == [(verb, owner(project)) for verb in verbs]
    image.refresh_from_db()
    assert image.version == 3


def test_a_missing_box_is_said_to_come_of_a_suggestion(project: Project, image: Image, cat: LabelClass) -> None:
    actions.fix(owner(project), project, seen(make("missing", image, cat)))
    box = image.boxes.get()
    assert (box.origin, box.author) == ("suggestion", owner(project))


def test_a_right_label_stays_and_can_be_asked_again(project: Project, image: Image, cat: LabelClass) -> None:
    error = make("loose", image, cat)
    before = boxes_of(project)
    actions.keep(owner(project), project, seen(error))
    assert boxes_of(project) == before
    assert queries.counts(queries.errors_of(project))["loose"] == 0
    actions.reopen(owner(project), project, seen(error))
    assert queries.counts(queries.errors_of(project))["loose"] == 1


@pytest.mark.parametrize("kind", ["wrong_class", "spurious", "missing", "loose"])
def test_what_was_mended_by_hand_stands_no_more(project: Project, image: Image, cat: LabelClass, kind: str) -> None:
    error = make(kind, image, cat)
    assert queries.counts(queries.errors_of(project))[kind] == 1
    if kind == "missing":
        factories.make_box(image, cat, (31, 9, 52, 29))
    elif kind == "spurious":
        image.boxes.get().delete()
    else:
        image.boxes.update(**({"label": error.proposed} if error.proposed else {"x1": 6}))
    assert queries.counts(queries.errors_of(project)) == dict.fromkeys(LabelError.Kind.values, 0)
    with pytest.raises(StaleVersion):
        actions.fix(owner(project), project, seen(error))


@pytest.mark.parametrize("kind", ["wrong_class", "spurious", "missing", "loose"])
def test_what_somebody_changed_since_is_not_taken_back(
    project: Project, image: Image, cat: LabelClass, kind: str
) -> None:
    error = make(kind, image, cat)
    actions.fix(owner(project), project, seen(error))
    if kind == "spurious":
        factories.make_box(image, cat)
        error.refresh_from_db()
        Box.objects.update(id=error.box)
    else:
        image.boxes.update(label=factories.make_class(project, "owl"))
    before = boxes_of(project)
    with pytest.raises(StaleVersion):
        actions.reopen(owner(project), project, seen(error))
    assert boxes_of(project) == before


def test_answers_need_the_version_that_was_seen(project: Project, image: Image, cat: LabelClass) -> None:
    error = make("spurious", image, cat)
    with pytest.raises(StaleVersion) as refusal:
        actions.fix(owner(project), project, [(error.pk, 7)])
    assert [row["id"] for row in refusal.value.current] == [error.pk]
    assert image.boxes.count() == 1


def test_of_another_project_nothing_is_answered(project: Project, image: Image, cat: LabelClass) -> None:
    other = factories.make_project()
    with pytest.raises(Refusal, match="not in this project"):
        actions.keep(owner(other), other, seen(make("loose", image, cat)))


def test_annotators_do_not_answer(project: Project, image: Image, cat: LabelClass) -> None:
    with pytest.raises(Forbidden):
        actions.fix(factories.make_member(project, "annotator"), project, seen(make("loose", image, cat)))


def test_many_of_one_image_at_once(project: Project, image: Image, cat: LabelClass) -> None:
    errors = [make(kind, image, cat) for kind in ("spurious", "missing", "loose")]
    before = boxes_of(project)
    actions.fix(owner(project), project, seen(*errors))
    assert image.boxes.count() == 2
    actions.reopen(owner(project), project, seen(*errors))
    assert boxes_of(project) == before


def test_a_newer_check_takes_the_place_of_an_older_one(project: Project, image: Image, cat: LabelClass) -> None:
    old, dog = make("spurious", image, cat), factories.make_class(project, "fox")
    other = factories.make_label_error("missing", image, dog)
    new = factories.make_label_error("loose", image, cat, box=image.boxes.get(), tight=TIGHT)
    assert actions.withdraw_older(new.batch, [cat.pk]) == 1
    states = {error.pk: error.state for error in LabelError.objects.all()}
    assert states == {old.pk: "withdrawn", other.pk: "pending", new.pk: "pending"}


# --- addresses ---


def test_the_list_says_what_is_wrong_and_where(client: Client, project: Project, image: Image, cat: LabelClass) -> None:
    make("wrong_class", image, cat)
    make("missing", image, cat)
    client.force_login(owner(project))
    address = reverse("api-label-errors", args=[project.pk])
    rows = client.get(address).json()["results"]
    assert [row["kind"] for row in rows] == ["wrong_class", "missing"]
    assert {row["class"] for row in rows} == {cat.pk}
    assert rows[0]["crop_url"].startswith(f"/files/images/{image.pk}/crop/")
    assert len(client.get(address, {"kind": "missing"}).json()["results"]) == 1
    assert client.get(address, {"state": "fixed"}).json()["results"] == []
    assert client.get(address, {"class": 0}).json()["results"] == []


def test_queries_do_not_grow_with_the_list(client: Client, project: Project, cat: LabelClass) -> None:
    client.force_login(owner(project))
    counted = []
    for _ in range(2):
        for _ in range(3):
            factories.make_label_error("missing", factories.make_image(project), cat)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("api-label-errors", args=[project.pk]))
        counted.append(len(asked))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(("verb", "state"), [("fix", "fixed"), ("keep", "right")])
def test_answered_through_the_api(
    client: Client, project: Project, image: Image, cat: LabelClass, verb: str, state: str
) -> None:
    error = make("spurious", image, cat)
    client.force_login(owner(project))

    def post(name: str, version: int) -> Any:
        body = {"items": [{"id": error.pk, "version": version}]}
        return client.post(reverse(f"api-label-errors-{name}", args=[project.pk]), body, "application/json")

    assert post(verb, 1).json() == {"items": [{"id": error.pk, "version": 2}]}
    error.refresh_from_db()
    assert error.state == state
    assert post(verb, 1).status_code == 409
    assert post("reopen", 2).status_code == 200
    assert client.get(reverse("api-label-errors-counts", args=[project.pk])).json()["spurious"] == 1


def test_the_page(client: Client, project: Project) -> None:
    client.force_login(owner(project))
    answer = client.get(reverse("label-errors", args=[project.pk]), {"kind": "loose"})
    assert answer.status_code == 200
    assert answer.context["data"]["chosen"] == {"class": "", "kind": "loose"}
