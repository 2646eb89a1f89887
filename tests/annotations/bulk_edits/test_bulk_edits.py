"""Many boxes changed as one: another class, deletion, sending back; what stays, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.bulk_edits import actions, jobs, parts
from annotations.bulk_edits.choice import Choice
from annotations.models import Box, BoxHistory, BulkEdit, Comment, Complete, Suggestion
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, Image, Project, User
from tests import factories
from tests.annotations.work.conftest import Team, team

pytestmark = pytest.mark.django_db
__all__ = ["team"]


def seen(boxes: Iterable[Box]) -> tuple[tuple[str, str], ...]:
    return tuple((box.pk.hex, box.updated_at.isoformat()) for box in boxes)


def state(project: Project) -> dict[str, Any]:
    """All that an undo must bring back."""
    return {
        "boxes": sorted(Box.objects.filter(image__project=project).values_list(
            "pk", "label", "x1", "flags", "author", "origin", "created_at", "suggestion__pk", "suggestion__state")),
        "complete": sorted(Complete.objects.filter(image__project=project).values_list("image", "label", "by")),
        "comments": sorted(Comment.objects.filter(image__project=project).values_list("text", flat=True)),
        "suggestions": sorted(Suggestion.objects.filter(image__project=project).values_list("pk", "label", "state")),
        "classes": sorted(project.classes.values_list("pk", "name", "hotkey", "number")),
        "jobs": sorted(project.work_jobs.values_list("pk", "classes")),
        "work": sorted(project.images.values_list("pk", "work__state", "work__rounds", "work__note")),
    }  # fmt: skip


@pytest.fixture
def boxes(project: Project) -> list[Box]:
    """Three of one class, in two images."""
    one, two = factories.make_image(project), factories.make_image(project)
    label = factories.make_class(project, "cat")
    return [factories.make_box(image, label, author=project.created_by) for image in (one, one, two)]


def owner(project: Project) -> User:
    assert project.created_by is not None
    return project.created_by


def test_another_class_is_new_history_and_undone_as_one(project: Project, boxes: list[Box]) -> None:
    dog, before = factories.make_class(project, "dog"), None
    before = state(project)
    edit = actions.start(owner(project), project, Choice("relabel", boxes[0].label_id, dog.pk, seen(boxes[:2])))
    assert (edit.state, edit.count, edit.stayed) == ("done", 2, 0)
    assert Box.objects.filter(label=dog).count() == 2
    assert list(BoxHistory.objects.values_list("verb", "label_name")) == [("changed", "dog")] * 2
    assert AuditEntry.objects.get(verb="boxes.changed").data["boxes"] == 2
    assert set(Image.objects.order_by("pk").values_list("version", flat=True)) == {1, 2}
    back = actions.undo(owner(project), edit)
    assert back.undone_at is not None
    assert state(project) == before
    with pytest.raises(Conflict):
        actions.undo(owner(project), back)


def test_deleted_boxes_come_back_with_author_date_and_suggestion(project: Project, boxes: list[Box]) -> None:
    made = factories.make_suggestion(boxes[0].image, boxes[0].label, state="accepted", box=boxes[0])
    Box.objects.filter(pk=boxes[0].pk).update(origin="suggestion")
    answered = factories.make_suggestion(boxes[1].image, boxes[1].label, state="accepted", box=boxes[1])
    before = state(project)
    edit = actions.start(owner(project), project, Choice("delete", boxes[0].label_id))
    assert not Box.objects.exists()
    assert dict(Suggestion.objects.values_list("pk", "state")) == {made.pk: "accepted", answered.pk: "pending"}
    actions.undo(owner(project), edit)
    assert state(project) == before


def test_what_somebody_changed_since_stays(project: Project, boxes: list[Box]) -> None:
    dog, owl = factories.make_class(project, "dog"), factories.make_class(project, "owl")
    wanted = Choice("relabel", boxes[0].label_id, dog.pk, seen(boxes))
    boxes[0].save()  # a later `updated_at`
    edit = actions.start(owner(project), project, wanted)
    assert (edit.count, edit.stayed) == (2, 1)
    Box.objects.filter(pk=boxes[1].pk).update(label=owl)
    edit = actions.undo(owner(project), edit)
    assert edit.stayed == 1
    assert dict(Box.objects.values_list("pk", "label__name")) == {
        boxes[0].pk: "cat",
        boxes[1].pk: "owl",
        boxes[2].pk: "cat",
    }


def test_a_filter_narrows_as_the_gallery_and_the_list_of_boxes_do(project: Project, boxes: list[Box]) -> None:
    dog = factories.make_class(project, "dog")
    Box.objects.filter(pk=boxes[1].pk).update(origin="import", flags=1)
    name = boxes[0].image.name
    for words, n in (
        ({"images": f"search={name}"}, 2), ({"images": f"search={name}&origin=import"}, 1),
        ({"images": "flag=occluded"}, 1),
        ({"filter": "origin=import"}, 1), ({"filter": "state=complete"}, 0), ({"filter": "work=none"}, 3), ({}, 3),
    ):  # fmt: skip
        found = actions.look(owner(project), project, Choice("relabel", boxes[0].label_id, dog.pk, **words))
        assert (found.boxes, found.beyond) == (n, 0), words
    with pytest.raises(Refusal):
        actions.start(owner(project), project, Choice("relabel", boxes[0].label_id, dog.pk, filter="origin=nowhere"))


def test_many_go_to_the_worker_which_goes_on_where_one_died(
    project: Project, boxes: list[Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    dog = factories.make_class(project, "dog")
    monkeypatch.setattr(actions, "BATCH", 2)
    monkeypatch.setattr(parts.go_through, "__defaults__", (1,))
    edit = actions.start(owner(project), project, Choice("relabel", boxes[0].label_id, dog.pk))
    assert (edit.state, edit.total) == ("queued", 3)
    with pytest.raises(Conflict):
        actions.start(owner(project), project, Choice("delete", boxes[0].label_id))
    jobs.run_step(edit.pk)
    BulkEdit.objects.filter(pk=edit.pk).update(state="queued")  # as the sweep leaves it
    Box.objects.filter(pk=boxes[0].pk).update(label=boxes[0].label)
    jobs.run_step(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.count) == ("done", 4)
    assert set(Box.objects.values_list("label__name", flat=True)) == {"dog"}
    edit = actions.undo(owner(project), edit)
    jobs.run_step(edit.pk)
    assert set(Box.objects.values_list("label__name", flat=True)) == {"cat"}


def test_a_worker_stops_where_it_is_cancelled(
    project: Project, boxes: list[Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    edit = actions.start(owner(project), project, Choice("delete", boxes[0].label_id))
    assert actions.cancel(owner(project), edit).state == "cancelled"
    jobs.run_step(edit.pk)
    assert Box.objects.count() == 3


def test_annotators_change_what_is_their_own(team: Team) -> None:
    label, other = factories.make_class(team.project), factories.make_class(team.project)
    team.hand_out(team.ann, team.bo)
    mine = [image for image in team.images if image.work.job.assignee_id == team.ann.pk]
    theirs = [image for image in team.images if image.work.job.assignee_id == team.bo.pk]
    for image in team.images:
        factories.make_box(image, label)
    factories.make_box(theirs[0], label, author=team.ann)
    wanted = Choice("relabel", label.pk, other.pk)
    assert actions.look(team.ann, team.project, wanted).boxes == len(mine) + 1
    assert actions.look(team.reviewer, team.project, wanted).boxes == 5
    mine[0].work.state = "submitted"
    mine[0].work.save()
    found = actions.look(team.ann, team.project, wanted)
    assert (found.boxes, found.beyond) == (len(mine), 5 - len(mine))
    edit = actions.start(team.ann, team.project, wanted)
    assert edit.count == len(mine)
    with pytest.raises(Forbidden):
        actions.undo(team.bo, edit)
    team.project.workflow = False
    assert actions.look(team.bo, team.project, wanted).boxes == 0


@pytest.mark.parametrize("kind", ["send_back", "merge"])
def test_what_an_annotator_may_not_start(kind: str, team: Team) -> None:
    one, two = factories.make_class(team.project), factories.make_class(team.project)
    with pytest.raises(Forbidden):
        actions.start(team.ann, team.project, Choice(kind, one.pk, two.pk, comment="No."))


def test_boxes_go_back_to_who_submitted_them(team: Team) -> None:
    """Submitted and final images are returned; what is in no job is no longer complete; who is at work just reads
    it.
    """
    label = factories.make_class(team.project)
    team.hand_out(team.ann, count=3)
    for image, word in zip(team.images, ("submitted", "final", "started"), strict=False):
        type(image.work).objects.filter(image=image).update(state=word)
    boxes = [factories.make_box(image, label, author=team.ann) for image in (*team.images, team.images[0])]
    for image in team.images:
        Complete.objects.create(image=image, label=label, by=team.ann)
    before = state(team.project)
    edit = actions.start(
        team.reviewer, team.project, Choice("send_back", label.pk, None, seen(boxes), comment="Too loose.")
    )
    assert (edit.state, edit.count) == ("done", 5), edit.problem
    assert [team.state(image) for image in team.images[:3]] == ["returned", "returned", "started"]
    assert Comment.objects.filter(box__in=[box.pk for box in boxes], text="Too loose.").count() == 5
    open_again = {team.images[3].pk}
    assert set(team.project.images.exclude(complete__label=label).values_list("pk", flat=True)) >= open_again
    actions.undo(team.reviewer, edit)
    assert state(team.project) == before


def test_the_queries_of_a_part_do_not_grow_with_its_boxes(project: Project) -> None:
    label, other = factories.make_class(project), factories.make_class(project)

    def queries(n: int, kind: str) -> int:
        image = factories.make_image(project)
        found = [factories.make_box(image, label) for _ in range(n)]
        with CaptureQueriesContext(
            connection,
        ) as run:
            actions.start(
                owner(project), project, Choice(kind, label.pk, other.pk if kind == "relabel" else None, seen(found))
            )
        return len(run)

    for kind in ("relabel", "delete"):
        assert queries(2, kind) == queries(12, kind)


def test_the_api_says_what_would_be_and_does_it(project: Project, boxes: list[Box], client_as: Any) -> None:
    client, dog = client_as("owner"), factories.make_class(project, "dog")
    body = {"kind": "relabel", "class": boxes[0].label_id, "to": dog.pk}
    found = client.post(reverse("api-bulk-edits-preview", args=[project.pk]), body, content_type="application/json")
    assert found.json() == {"boxes": 3, "images": 2, "beyond": 0, "merge": None}
    rows = client.get(reverse("api-boxes-grid", args=[project.pk]), {"class": boxes[0].label_id}).json()["results"]
    named = body | {"boxes": [{"id": row["id"], "updated_at": row["updated_at"]} for row in rows[:2]]}
    done = client.post(reverse("api-bulk-edits", args=[project.pk]), named, content_type="application/json").json()
    assert (done["state"], done["count"], done["class"], done["to"]) == ("done", 2, boxes[0].label_id, dog.pk)
    address = reverse("api-bulk-edit-undo", args=[project.pk, done["id"]])
    assert client.post(address).json()["undone_at"]
    assert client.post(address).status_code == 409


def test_the_page_previews_changes_and_undoes(project: Project, boxes: list[Box], client_as: Any) -> None:
    client, dog = client_as("owner"), factories.make_class(project, "dog")
    url, asked = reverse("bulk-edits", args=[project.pk]), {"kind": "relabel", "class": boxes[0].label_id, "to": dog.pk}
    assert "Change 3 boxes" in client.get(url, asked).content.decode()
    assert Box.objects.filter(label=dog).count() == 0
    page = client.post(reverse("bulk-edit-new", args=[project.pk]), asked, follow=True).content.decode()
    assert "cat → dog" in page
    edit = BulkEdit.objects.get()
    page = client.post(reverse("bulk-edit-undo", args=[project.pk, edit.pk]), follow=True).content.decode()
    assert "Undone" in page
    assert Box.objects.filter(label=dog).count() == 0
