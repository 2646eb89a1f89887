"""Settling what people labelled apart: one step with history, only where they differ, and back again."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
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


def ask(person: Any, verb: str, job: WorkJob, body: dict[str, Any] | None = None) -> Any:
    client = Client()
    client.force_login(person)
    address = reverse(f"api-work-{verb}", args=[job.project_id, job.pk])
    return client.get(address) if verb == "disputes" else client.post(address, body or {}, "application/json")


def test_the_api_lists_where_people_differ(job: WorkJob, reviewer: Any, django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(reviewer)
    with django_assert_max_num_queries(12):
        rows = client.get(reverse("api-work-disputes", args=[job.project_id, job.pk])).json()["results"]
    assert [(len(row["people"]), row["agreed"], len(row["disputes"])) for row in rows] == [(2, 1, 0), (2, 1, 1)]
    (dispute,) = rows[1]["disputes"]
    dog = LabelClass.objects.get(name="dog").pk
    assert dispute == {
        "xyxy": [30, 30, 50, 45], "majority": None, "votes": [{"class": dog, "votes": 1}, {"class": 0, "votes": 1}],
        "boxes": [{"person": rows[1]["people"][0]["id"], "class": dog, "xyxy": [30, 30, 50, 45]}],
    }  # fmt: skip


@pytest.mark.parametrize(("choice", "boxes"), [("dog", ["car", "dog"]), ("", ["car"])])
def test_the_api_settles_and_takes_back(choice: str, boxes: list[str], job: WorkJob, reviewer: Any) -> None:
    image = WorkImage.objects.order_by("position")[1].image_id
    chosen = LabelClass.objects.get(name=choice).pk if choice else 0
    assert ask(reviewer, "settle", job, {"image": image}).json()["code"] == "open"
    assert ask(reviewer, "settle", job, {"image": image, "choices": [chosen]}).json() == {"images": [image]}
    assert sorted(Box.objects.filter(image=image).values_list("label__name", flat=True)) == boxes
    assert ask(reviewer, "settle-agreed", job).json() == {"count": 1}
    assert ask(reviewer, "unsettle", job, {"image": image}).json() == {"count": len(boxes)}
    assert not Box.objects.filter(image=image).exists()
    assert ask(reviewer, "unsettle", job, {"image": image}).status_code == 409


def test_the_api_goes_on_without_missing_answers(job: WorkJob, project: Project) -> None:
    third = WorkImage.objects.order_by("position")[2]
    first = Replica.objects.filter(item=third).first()
    assert first is not None
    answer(third.image, first.person, [])
    assert ask(project.created_by, "go-on", job).json() == {"count": 1}
    third.refresh_from_db()
    assert third.state == "submitted"
