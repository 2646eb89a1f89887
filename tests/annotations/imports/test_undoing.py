"""An import is undone as one, as new history; what people did since stays, and is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from annotations.boxes.actions import apply_changes
from annotations.imports import actions
from annotations.imports.notices import said
from annotations.models import Box, BoxHistory, Complete, Suggestion
from projects.errors import Conflict, Forbidden
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, imported, taken, undone, yolo, zip_of
from tests.annotations.imports.test_predictions import label_studio

pytestmark = pytest.mark.django_db


def test_all_of_it_goes_and_is_history(project: Project) -> None:
    image, label = factories.make_image(project, name="a.jpg"), factories.make_class(project, "cat")
    factories.make_box(image, label, (40, 1, 60, 20))
    job = imported(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9), ("cat", 40, 1, 60, 20)]}), complete="all")
    version = project.images.get().version
    job = undone(job)
    assert (job.phase, job.counts["undone"], job.counts["unmarked"]) == ("undone", 1, 1)
    assert boxes_of(project) == [("a.jpg", "cat", (40, 1, 60, 20))]  # it was here before
    assert not Complete.objects.exists()
    assert list(BoxHistory.objects.values_list("verb", flat=True)) == [
        "imported",
        "completed",
        "deleted",
        "reopened",
    ] or [row.verb for row in BoxHistory.objects.all()] == ["completed", "imported", "deleted", "reopened"]
    assert project.images.get().version == version + 1
    with pytest.raises(Conflict):
        undone(job)


def test_what_people_changed_stays(project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    job = imported(
        project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9), ("cat", 20, 1, 29, 9), ("cat", 40, 1, 49, 9)]})
    )
    first, second, _third = Box.objects.order_by("x1")
    image.refresh_from_db()
    apply_changes(
        project.created_by,
        image,
        seen=image.version,
        changes=[{"op": "update", "id": str(first.pk), "xyxy": [1, 1, 12, 12]}, {"op": "delete", "id": str(second.pk)}],
    )
    job = undone(job)
    assert boxes_of(project) == [("a.jpg", "cat", (1, 1, 12, 12))]
    assert (job.counts["undone"], job.counts["stay"]) == (1, 1)
    assert [(row["file"], said(row)["detail"][:11]) for row in job.notices] == [("a.jpg", "1 box stays")]


def test_what_was_marked_anew_stays(project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    label = factories.make_class(project, "cat")
    job = imported(project, "x.json", coco({"a.jpg": []}), classes={"cat": label.pk}, complete="all")
    for value in (False, True):
        image.refresh_from_db()
        change = {"op": "complete", "class": label.pk, "value": value}
        apply_changes(project.created_by, image, seen=image.version, changes=[change])
    undone(job)
    assert Complete.objects.count() == 1


def test_an_answered_suggestion_waits_again(project: Project) -> None:
    image, label = factories.make_image(project, name="a.jpg"), factories.make_class(project, "cat")
    one = factories.make_suggestion(image, label, (10, 10, 30, 30))
    job = imported(project, "x.json", coco({"a.jpg": [("cat", 10, 10, 30, 30)]}))
    assert Suggestion.objects.get(pk=one.pk).state == "accepted"
    undone(job)
    assert Suggestion.objects.get(pk=one.pk).state == "pending"


@pytest.mark.parametrize(("pictures", "left"), [(False, ["a.jpg", "b.jpg"]), (True, ["a.jpg"])])
def test_pictures_go_where_that_is_wanted(project: Project, pictures: bool, left: list[str]) -> None:
    job = imported(project, "set.zip", zip_of(yolo()))
    image = project.images.get(name="a.jpg")
    factories.make_box(image, project.classes.get())
    job = undone(job, pictures=pictures)
    assert (job.phase, job.counts.get("pictures_gone", 0)) == ("undone", 2 - len(left))
    assert [image.name for image in project.images.all()] == left


def test_then_it_can_come_again(project: Project) -> None:
    data = zip_of(yolo())
    undone(imported(project, "set.zip", data))
    assert imported(project, "set.zip", data).counts["boxes"] == Box.objects.count() == 2


def test_who_may_undo(project: Project) -> None:
    factories.make_class(project, "cat")
    factories.make_image(project, name="a.jpg")
    worker, other = factories.make_member(project, "annotator"), factories.make_member(project, "annotator")
    job = imported(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}), worker)
    with pytest.raises(Forbidden):
        actions.undo(other, job)
    with pytest.raises(Forbidden):
        actions.undo(worker, job, pictures=True)
    assert undone(job, factories.make_member(project, "reviewer")).phase == "undone"


def test_what_was_only_read_cannot_be_undone(project: Project) -> None:
    with pytest.raises(Conflict):
        undone(taken(project, "x.json", coco({})))


def test_classes_that_it_made_go_where_nothing_else_is_of_them(project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    factories.make_class(project, "fox")
    job = imported(
        project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9), ("dog", 20, 1, 29, 9), ("fox", 1, 20, 9, 29)]},
                                classes=("cat", "dog", "fox")),
    )  # fmt: skip
    factories.make_box(image, project.classes.get(name="dog"), (40, 1, 49, 9))
    job = undone(job)
    assert sorted(project.classes.values_list("name", flat=True)) == ["dog", "fox"]
    assert job.counts["classes_gone"] == 1


def test_a_class_that_only_its_predictions_were_of_goes(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    job = imported(project, "x.json", label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9)]}))
    assert undone(job).counts["classes_gone"] == 1
    assert not project.classes.exists()


def test_a_reviewer_leaves_classes_to_the_owner(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    job = imported(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}))
    undone(job, factories.make_member(project, "reviewer"))
    assert project.classes.count() == 1


def test_the_page_counts_what_was_undone(project: Project, client_as: Any) -> None:
    factories.make_image(project, name="a.jpg")
    boxes = [("cat", n, 1.0, n + 5.0, 9.0) for n in range(0, 50, 10)]
    job = imported(project, "x.json", coco({"a.jpg": boxes}), complete="all")
    first = Box.objects.order_by("x1").first()
    assert first is not None
    change = {"op": "update", "id": str(first.pk), "xyxy": [0, 1, 8, 9]}
    image = project.images.get()
    apply_changes(project.created_by, image, seen=image.version, changes=[change])
    job = undone(job)
    text = client_as("owner").get(reverse("import", args=[project.pk, job.pk])).content.decode()
    rows = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd>([^<]+)</dd>", text))
    assert rows == {
        "Boxes that were taken back": "4",
        "Boxes that stay: somebody changed them since": "1",
        "Marks as complete that were taken back": "1",
    }
