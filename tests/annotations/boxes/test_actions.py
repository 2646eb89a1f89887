"""Writing boxes: versions, idempotence, history, and who may."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations import statistics
from annotations.boxes import actions
from annotations.boxes.payloads import box_row
from annotations.classes.queries import counted_classes
from annotations.models import Box, BoxHistory, Suggestion
from projects.errors import Conflict, Forbidden, Refusal, StaleVersion
from projects.models import Image, Project
from tests import factories

pytestmark = pytest.mark.django_db


def create(label: int, xyxy: Any = (1, 1, 20, 20), key: uuid.UUID | None = None) -> dict[str, Any]:
    return {"op": "create", "id": str(key or uuid.uuid4()), "class": label, "xyxy": list(xyxy)}


def verbs(image: Image) -> list[str]:
    return list(image.history.values_list("verb", flat=True))


@pytest.fixture
def image(project: Project) -> Image:
    return factories.make_image(project)


def test_a_drawn_box_is_saved_with_its_author_and_history(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    saved = actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk)])
    box = image.boxes.get()
    assert (saved.version, box.author, box.origin, box.xyxy) == (2, project.created_by, "person", (1, 1, 20, 20))
    row = image.history.get()
    assert (row.verb, row.box, row.version, row.actor, row.label_name) == (
        "created",
        box.id,
        2,
        project.created_by,
        label.name,
    )


def test_a_stale_write_changes_nothing_and_tells_what_stands(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk)])
    with pytest.raises(StaleVersion) as refusal:
        actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk)])
    assert refusal.value.current["version"] == 2
    assert len(refusal.value.current["boxes"]) == image.boxes.count() == 1


def test_sending_the_same_box_again_is_harmless(project: Project, image: Image) -> None:
    change = create(factories.make_class(project).pk)
    for seen in (1, 2):
        saved = actions.apply_changes(project.created_by, image, seen=seen, changes=[change])
    assert saved.version == 2
    assert verbs(image) == ["created"]


def test_an_id_of_another_box_is_refused(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    other = factories.make_box(factories.make_image(project), label)
    with pytest.raises(Conflict, match="id"):
        actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk, key=other.id)])


def test_all_or_nothing(project: Project, image: Image) -> None:
    label, foreign = factories.make_class(project), factories.make_class(factories.make_project())
    with pytest.raises(Refusal, match="no class"):
        actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk), create(foreign.pk)])
    image.refresh_from_db()
    assert (image.boxes.count(), image.version, verbs(image)) == (0, 1, [])


def test_move_relabel_delete(project: Project, image: Image) -> None:
    label, other = factories.make_class(project), factories.make_class(project)
    box = factories.make_box(image, label)
    key = str(box.id)
    actions.apply_changes(
        project.created_by, image, seen=1, changes=[{"op": "update", "id": key, "xyxy": [0, 0, 9, 9]}]
    )
    actions.apply_changes(project.created_by, image, seen=2, changes=[{"op": "update", "id": key, "class": other.pk}])
    box.refresh_from_db()
    assert (box.xyxy, box.label) == ((0, 0, 9, 9), other)
    for seen in (3, 4):  # gone is gone: the second time is no error
        actions.apply_changes(project.created_by, image, seen=seen, changes=[{"op": "delete", "id": key}])
    assert verbs(image) == ["changed", "changed", "deleted"]
    with pytest.raises(Refusal, match="not in the image"):
        actions.apply_changes(
            project.created_by, image, seen=4, changes=[{"op": "update", "id": key, "class": label.pk}]
        )


def test_complete_is_said_and_taken_back(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    for seen, value in ((1, True), (2, True), (2, False)):
        actions.apply_changes(
            project.created_by, image, seen=seen, changes=[{"op": "complete", "class": label.pk, "value": value}]
        )
    assert verbs(image) == ["completed", "reopened"]
    assert not image.complete.exists()


def test_accept_adjusted_then_reopen(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label)
    key = str(uuid.uuid4())
    accept = {"op": "accept", "suggestion": suggestion.pk, "id": key, "xyxy": [2, 2, 33, 33]}
    actions.apply_changes(project.created_by, image, seen=1, changes=[accept])
    suggestion.refresh_from_db()
    assert (suggestion.state, str(suggestion.box_id), suggestion.box.xyxy, suggestion.box.origin) == (
        "accepted", key, (2, 2, 33, 33), "suggestion",
    )  # fmt: skip
    actions.apply_changes(project.created_by, image, seen=2, changes=[{"op": "reopen", "suggestion": suggestion.pk}])
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.box_id, image.boxes.count()) == ("pending", None, 0)
    assert verbs(image) == ["accepted", "deleted", "reconsidered"]


def test_a_decided_suggestion_is_not_decided_again(project: Project, image: Image) -> None:
    suggestion = factories.make_suggestion(image, factories.make_class(project), state=Suggestion.State.WITHDRAWN)
    with pytest.raises(StaleVersion):
        actions.apply_changes(
            project.created_by, image, seen=1, changes=[{"op": "reject", "suggestion": suggestion.pk}]
        )


@pytest.mark.parametrize(
    ("role", "labels", "reviews"),
    [("viewer", False, False), ("annotator", True, True), ("reviewer", True, True), ("owner", True, True)],
)
def test_who_may(role: str, labels: bool, reviews: bool, project: Project, image: Image) -> None:
    user = project.created_by if role == "owner" else factories.make_member(project, role)
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label)
    for may, change in ((labels, create(label.pk)), (reviews, {"op": "reject", "suggestion": suggestion.pk})):
        image.refresh_from_db()
        if may:
            assert actions.apply_changes(user, image, seen=image.version, changes=[change]).version == image.version + 1
        else:
            with pytest.raises(Forbidden):
                actions.apply_changes(user, image, seen=image.version, changes=[change])


def test_history_is_append_only(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk)])
    row = image.history.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        BoxHistory.objects.update(verb="deleted")
    assert Box.objects.count() == 1


# --- drawing over a suggestion ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("drawn", "same_class", "state"),
    [
        ((10, 10, 30, 30), True, "accepted"),
        ((10, 10, 31, 31), True, "accepted"),  # IoU .91
        ((10, 10, 33, 33), True, "pending"),  # IoU .76
        ((10, 10, 30, 30), False, "pending"),
    ],
)
def test_a_drawn_box_answers_the_suggestion_that_it_lies_on(
    drawn: Any, same_class: bool, state: str, project: Project, image: Image
) -> None:
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label, (10, 10, 30, 30))
    change = create((label if same_class else factories.make_class(project)).pk, drawn)
    annotator = factories.make_member(project, "annotator")
    saved = actions.apply_changes(annotator, image, seen=1, changes=[change])
    suggestion.refresh_from_db()
    assert (suggestion.state, image.boxes.count()) == (state, 1)
    assert [one.pk for one in saved.suggestions] == ([suggestion.pk] if state == "pending" else [])
    if state == "accepted":
        assert (str(suggestion.box_id), suggestion.box.origin, suggestion.decided_by) == (
            change["id"],
            "person",
            annotator,
        )
        assert verbs(image) == ["created", "answered"]
        actions.apply_changes(annotator, image, seen=2, changes=[{"op": "delete", "id": change["id"]}])  # and undone
        suggestion.refresh_from_db()
        assert (suggestion.state, suggestion.box_id) == ("pending", None)


def test_who_says_something_of_a_suggestion_in_the_same_breath_is_noticed(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label, (10, 10, 30, 30))
    changes = [create(label.pk, (10, 10, 30, 30)), {"op": "reject", "suggestion": suggestion.pk}]
    actions.apply_changes(project.created_by, image, seen=1, changes=changes)
    suggestion.refresh_from_db()
    assert (suggestion.state, verbs(image)) == ("rejected", ["created", "rejected"])


def test_accepting_where_a_box_lies_already_warns(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    there = factories.make_box(image, label, (10, 10, 30, 30))
    suggestion = factories.make_suggestion(image, label, (10, 10, 30, 31))
    key = str(uuid.uuid4())
    accept = {"op": "accept", "suggestion": suggestion.pk, "id": key}
    saved = actions.apply_changes(project.created_by, image, seen=1, changes=[accept])
    assert [double.row() for double in saved.warnings] == [
        {"code": "double", "suggestion": suggestion.pk, "box": key, "other": str(there.pk)}
    ]


def test_many_steps_in_one_save_leave_what_the_last_says(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    key = str(uuid.uuid4())
    steps = [
        create(label.pk, (1, 1, 20, 20), uuid.UUID(key)),
        {"op": "update", "id": key, "xyxy": [2, 2, 22, 22]},
        {"op": "delete", "id": key},
        create(label.pk, (3, 3, 23, 23), uuid.UUID(key)),
    ]
    saved = actions.apply_changes(project.created_by, image, seen=1, changes=steps)
    assert saved.version == 2
    assert image.boxes.get().xyxy == (3, 3, 23, 23)
    corners = list(image.history.values_list("verb", "x1"))
    assert corners == [("created", 1), ("changed", 2), ("deleted", 2), ("created", 3)]


SAVES = {
    "draws one": (11, lambda label, box, suggestion: [create(label.pk, (40, 1, 60, 20))]),
    "draws five": (11, lambda label, box, suggestion: [create(label.pk, (40, n, 60, 20 + n)) for n in range(5)]),
    "moves one": (11, lambda label, box, suggestion: [{"op": "update", "id": str(box.pk), "xyxy": [0, 0, 9, 9]}]),
    "accepts one": (
        13, lambda label, box, suggestion: [{"op": "accept", "suggestion": suggestion.pk, "id": str(uuid.uuid4())}],
    ),
    "rejects one": (11, lambda label, box, suggestion: [{"op": "reject", "suggestion": suggestion.pk}]),
    "says complete": (11, lambda label, box, suggestion: [{"op": "complete", "class": label.pk, "value": True}]),
}  # fmt: skip


@pytest.mark.parametrize("what", SAVES)
def test_a_save_takes_few_queries(what: str, project: Project, image: Image, client_as: Any) -> None:
    """Signing in, the look for webhooks and the answer included; BEGIN and COMMIT, here savepoints, are no
    questions.
    """
    label = factories.make_class(project)
    box, suggestion = factories.make_box(image, label), factories.make_suggestion(image, label, (1, 1, 9, 9))
    client = client_as("owner")
    most, changes = SAVES[what]
    body = {"version": 1, "changes": changes(label, box, suggestion)}
    with CaptureQueriesContext(connection) as found:
        answer = client.post(reverse("api-image-changes", args=[image.pk]), body, content_type="application/json")
    assert answer.status_code == 200
    asked = [query["sql"] for query in found.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= most, "\n".join(asked)


def test_flags_are_said_changed_and_kept_in_history(project: Project, image: Image) -> None:
    label, actor = factories.make_class(project), project.created_by
    made = create(label.pk) | {"flags": ["occluded"]}
    actions.apply_changes(actor, image, seen=1, changes=[made])
    image.refresh_from_db()
    update = {"op": "update", "id": made["id"], "flags": ["ignore", "truncated"]}
    rows = actions.apply_changes(actor, image, seen=2, changes=[update])
    assert [box_row(box)["flags"] for box in rows.boxes] == [["truncated", "ignore"]]
    image.refresh_from_db()
    same = actions.apply_changes(
        actor, image, seen=3, changes=[update, {"op": "update", "id": made["id"], "class": label.pk}]
    )
    assert same.version == 3
    assert list(image.history.values_list("verb", "flags")) == [("created", 1), ("changed", 18)]


@pytest.mark.parametrize("flags", ["occluded", ["red"], [1], {"occluded": True}])
def test_flags_that_are_none_are_refused(flags: Any, project: Project, image: Image) -> None:
    wanted = create(factories.make_class(project).pk) | {"flags": flags}
    with pytest.raises(Refusal) as refused:
        actions.apply_changes(project.created_by, image, seen=1, changes=[wanted])
    assert refused.value.field == "changes[0].flags"


def test_a_region_answers_no_suggestion_and_is_no_box_of_its_class(project: Project, image: Image) -> None:
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label, xyxy=(1, 1, 20, 20))
    actions.apply_changes(project.created_by, image, seen=1, changes=[create(label.pk) | {"flags": ["ignore"]}])
    suggestion.refresh_from_db()
    assert suggestion.state == "pending"
    assert statistics.count(project).classes[label.pk].boxes == 0
    assert counted_classes(project).get().n == 0
