"""Writing boxes: versions, idempotence, history, and who may."""

import uuid
from typing import Any

import pytest

from annotations.boxes import actions
from annotations.models import Box, BoxHistory, Suggestion
from projects.errors import Conflict, Forbidden, Refused, StaleVersion
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
    with pytest.raises(Refused, match="no class"):
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
    with pytest.raises(Refused, match="not in the image"):
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
    [("viewer", False, False), ("annotator", True, False), ("reviewer", True, True), ("owner", True, True)],
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
