"""Settling what people labelled apart: one step with history, only where they differ, and back again."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from annotations.models import Box, BoxHistory, Complete, LabelClass, Replica, WorkImage, WorkJob
from annotations.quality import settling
from annotations.work import actions
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import Image, Project
from tests import factories

A, B = [4.0, 4.0, 24.0, 24.0], [6.0, 4.0, 26.0, 24.0]


@pytest.fixture
def job(project: Project) -> WorkJob:
    """Two people labelled three images: on the first they agree, on the second one drew more, the third is open."""
    project.workflow = True
    project.save()
    car, dog = factories.make_class(project, "car"), factories.make_class(project, "dog")
    people = [factories.make_member(project, "annotator") for _ in range(2)]
    images = [factories.make_image(project) for _ in range(3)]
    wanted = actions.JobRequest("apart", people=people, overlap=2)
    owner: Any = project.created_by
    (made,) = actions.hand_out(owner, project, [one.pk for one in images], wanted).jobs
    answer(images[0], people[0], [(car, A)])
    answer(images[0], people[1], [(car, B)])
    answer(images[1], people[0], [(car, A), (dog, [30.0, 30.0, 50.0, 45.0])])
    answer(images[1], people[1], [(car, B)])
    WorkImage.objects.filter(image__in=images[:2]).update(state="submitted")
    return made


def answer(image: Image, person: Any, boxes: list[tuple[LabelClass, list[float]]]) -> None:
    now = timezone.now()
    rows = [
        {"id": str(uuid.uuid4()), "class": label.pk, "xyxy": xyxy, "flags": 0, "attributes": {}, "updated_at": str(now)}
        for label, xyxy in boxes
    ]
    Replica.objects.filter(image=image, person=person).update(boxes=rows, state="submitted", submitted_at=now)


@pytest.fixture
def reviewer(project: Project) -> Any:
    return factories.make_member(project, "reviewer")


def test_what_all_agree_on_is_taken_at_once(job: WorkJob, reviewer: Any) -> None:
    assert settling.settle_agreed(reviewer, job) == 1
    (box,) = Box.objects.all()
    assert box.xyxy == (5, 4, 25, 24)
    assert box.author == reviewer
    first, second, third = WorkImage.objects.order_by("position")
    assert [first.state, second.state, third.state] == ["final", "submitted", "todo"]
    assert Complete.objects.filter(image=first.image).count() == 2
    assert BoxHistory.objects.filter(image=first.image, verb="created").count() == 1


@pytest.mark.parametrize(("keep", "boxes"), [(True, ["car", "dog"]), (False, ["car"])])
def test_a_dispute_is_chosen(keep: bool, boxes: list[str], job: WorkJob, reviewer: Any) -> None:
    second = job.images.get(position=1)
    dog = job.project.classes.get(name="dog")
    settling.settle(reviewer, job, second.image_id, {0: dog.pk if keep else settling.NO_BOX})
    assert sorted(second.image.boxes.values_list("label__name", flat=True)) == boxes


@pytest.mark.parametrize("choices", [{}, {0: 10**9}])
def test_nothing_is_left_open(choices: dict[int, int], job: WorkJob, reviewer: Any) -> None:
    with pytest.raises(Refusal):
        settling.settle(reviewer, job, job.images.get(position=1).image_id, choices)
    assert not Box.objects.exists()


def test_an_image_that_waits_for_answers_is_not_settled(job: WorkJob, reviewer: Any) -> None:
    with pytest.raises(Conflict):
        settling.settle(reviewer, job, job.images.get(position=2).image_id, {})


def test_annotators_settle_nothing(job: WorkJob) -> None:
    with pytest.raises(Forbidden):
        settling.settle_agreed(Replica.objects.first().person, job)  # type: ignore[union-attr]


def test_it_is_undone_as_one(job: WorkJob, reviewer: Any) -> None:
    first = job.images.get(position=0)
    settling.settle_agreed(reviewer, job)
    assert settling.unsettle(reviewer, job.project, first.image_id) == 1
    first.refresh_from_db()
    assert (first.state, Box.objects.count(), Complete.objects.count()) == ("submitted", 0, 0)
    assert settling.settle_agreed(reviewer, job) == 1


def test_a_box_that_is_there_already_is_not_made_twice(job: WorkJob, reviewer: Any) -> None:
    first = job.images.get(position=0)
    factories.make_box(first.image, job.project.classes.get(name="car"), (4, 4, 24, 24))
    settling.settle_agreed(reviewer, job)
    assert first.image.boxes.count() == 1


def test_the_page_goes_from_dispute_to_dispute(job: WorkJob, client_as: Any) -> None:
    client, page = client_as("reviewer"), reverse("work-settle", args=[job.project_id, job.pk])
    answer_ = client.get(page)
    assert (answer_.context["agreed"], answer_.context["disputed"], len(answer_.context["disputes"])) == (1, 1, 1)
    change = reverse("work-settle-change", args=[job.project_id, job.pk])
    image = answer_.context["apart"].item.image_id
    done = client.post(change, {"do": "image", "image": image, "choice-0": "0"})
    assert done["Location"] == f"{page}?undo={image}"
    assert client.get(page).context["disputed"] == 0
    client.post(change, {"do": "undo", "image": image})
    assert client.get(page).context["disputed"] == 1
