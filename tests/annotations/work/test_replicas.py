"""Images that several people label apart: nobody sees another's boxes, and none of them is the image's."""

from __future__ import annotations

import uuid
from collections import Counter
from itertools import combinations
from random import Random
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from annotations.models import Box, BoxHistory, CheckImage, Replica, WorkImage, WorkJob
from annotations.quality import checks
from annotations.work import leaving, replicas, reviewing, turns
from annotations.work.division import seats
from projects.errors import Conflict, Refusal
from projects.models import Image, User
from tests import factories
from tests.annotations.work.conftest import Team

State = WorkImage.State


@pytest.fixture
def apart(team: Team) -> Team:
    """Four images that Ann and Bo label apart from one another."""
    team.hand_out(team.ann, team.bo, overlap=2)
    return team


def client_of(user: User) -> Any:
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client


def state_of(user: User, image: Image) -> Any:
    return client_of(user).get(reverse("api-image", args=[image.pk])).json()


def draw(
    user: User, image: Image, label: int, xyxy: tuple[int, int, int, int] = (4, 4, 24, 24), version: int = 1
) -> Any:
    changes = [{"op": "create", "id": str(uuid.uuid4()), "class": label, "xyxy": list(xyxy)}]
    body = {"version": version, "changes": changes}
    return client_of(user).post(reverse("api-image-changes", args=[image.pk]), body, "application/json")


@pytest.mark.parametrize(("people", "each"), [(2, 2), (3, 2), (5, 3), (4, 4), (7, 2)])
def test_seats_are_even_and_everybody_meets(people: int, each: int) -> None:
    dealt = seats(200, people, each, Random(1))
    assert all(len(set(few)) == each for few in dealt)
    loads = Counter(one for few in dealt for one in few)
    assert max(loads.values()) - min(loads.values()) <= 1
    assert {pair for few in dealt for pair in combinations(sorted(few), 2)} == set(combinations(range(people), 2))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"overlap": 3}, "overlap"), ({"overlap": 2, "each": 1}, "each"), ({"checks": 51}, "checks")],
)
def test_what_does_not_fit(wanted: dict[str, int], field: str, team: Team) -> None:
    with pytest.raises(Refusal) as refused:
        team.hand_out(team.ann, team.bo, **wanted)
    assert refused.value.field == field


def test_images_with_boxes_are_labelled_already(team: Team) -> None:
    factories.make_box(team.images[0], factories.make_class(team.project))
    handed = team.hand_out(team.ann, team.bo, overlap=2)
    assert (handed.images, handed.left) == (3, 1)


def test_each_sees_their_own_boxes_alone(apart: Team) -> None:
    label, image = factories.make_class(apart.project).pk, apart.images[0]
    assert draw(apart.ann, image, label).status_code == 200
    assert len(state_of(apart.ann, image)["boxes"]) == 1
    assert state_of(apart.bo, image)["boxes"] == []
    assert state_of(apart.reviewer, image)["boxes"] == []
    assert not Box.objects.exists()
    assert not BoxHistory.objects.filter(verb=BoxHistory.Verb.CREATED).exists()


def test_a_save_that_is_late_gets_the_present_state(apart: Team) -> None:
    label, image = factories.make_class(apart.project).pk, apart.images[0]
    draw(apart.ann, image, label)
    answer = draw(apart.ann, image, label, (1, 1, 9, 9))
    assert answer.status_code == 409
    assert len(answer.json()["current"]["boxes"]) == 1
    assert draw(apart.ann, image, label, (1, 1, 9, 9), version=2).json()["version"] == 3


def test_who_has_no_seat_draws_nothing_there(apart: Team) -> None:
    label = factories.make_class(apart.project).pk
    other = factories.make_member(apart.project, "annotator")
    assert draw(other, apart.images[0], label).json()["code"] == "apart"


def test_an_image_is_submitted_with_the_last_of_them(apart: Team) -> None:
    image = apart.images[0]
    turns.take(apart.ann, image)
    assert apart.state(image) == State.STARTED
    turns.submit(apart.ann, image)
    assert apart.state(image) == State.STARTED
    turns.take(apart.bo, image)
    turns.submit(apart.bo, image)
    assert apart.state(image) == State.SUBMITTED
    with pytest.raises(Conflict):
        turns.submit(apart.bo, image)
    assert draw(apart.bo, image, factories.make_class(apart.project).pk).json()["code"] == "submitted"


def test_whoever_submitted_still_sees_nobody_elses(apart: Team) -> None:
    label, image = factories.make_class(apart.project).pk, apart.images[0]
    turns.submit(apart.ann, image)
    draw(apart.bo, image, label)
    turns.submit(apart.bo, image)
    factories.make_box(image, factories.make_class(apart.project))
    assert state_of(apart.ann, image)["boxes"] == []
    assert len(state_of(apart.reviewer, image)["boxes"]) == 1
    WorkImage.objects.filter(image=image).update(state=State.FINAL)
    assert len(state_of(apart.ann, image)["boxes"]) == 1


def test_everybody_goes_through_all_images(apart: Team) -> None:
    for person in (apart.ann, apart.bo):
        seen = []
        while (item := turns.take_next(person, apart.project)) is not None:
            seen.append(item.image_id)
            turns.submit(person, item.image)
        assert seen == [image.pk for image in apart.images]
    assert {apart.state(image) for image in apart.images} == {State.SUBMITTED}


def test_what_all_skip_is_skipped(apart: Team) -> None:
    for person in (apart.ann, apart.bo):
        turns.skip(person, apart.images[0], "too dark")
    assert apart.state(apart.images[0]) == State.SKIPPED


def test_reviewers_accept_no_image_that_is_not_settled(apart: Team) -> None:
    for person in (apart.ann, apart.bo):
        turns.submit(person, apart.images[0])
    assert reviewing.accept(apart.reviewer, apart.project, [apart.images[0].pk]) == []


def test_who_leaves_is_waited_for_no_more(apart: Team) -> None:
    turns.submit(apart.ann, apart.images[0])
    leaving.give_back(apart.owner, apart.bo)
    assert apart.state(apart.images[0]) == State.SUBMITTED
    assert apart.state(apart.images[1]) == State.TODO


def test_a_manager_goes_on_without_the_missing(apart: Team) -> None:
    turns.submit(apart.ann, apart.images[0])
    assert replicas.go_on(apart.owner, WorkJob.objects.get()) == 1
    assert apart.state(apart.images[0]) == State.SUBMITTED
    assert Replica.objects.filter(person=apart.bo).count() == 3


@pytest.fixture
def checking(team: Team) -> Team:
    """Image 4 is a check: Ann has a job of three images with it mixed in."""
    label = factories.make_class(team.project)
    image = team.images[3]
    factories.make_box(image, label)
    image.complete.create(label=label)
    checks.make_checks(team.owner, team.project, [image.pk])
    team.hand_out(team.ann, count=3, checks=34)
    return team


def test_a_check_looks_like_any_image_of_the_job(checking: Team) -> None:
    image, job = checking.images[3], WorkJob.objects.get()
    client = client_of(checking.ann)
    order = client.get(reverse("api-work-order", args=[checking.project.pk]), {"job": job.pk}).json()
    assert order["total"] == 4
    other = client_of(checking.bo).get(reverse("api-work-order", args=[checking.project.pk]), {"job": job.pk})
    assert other.json()["total"] == 3
    take = reverse("api-work-take", args=[checking.project.pk])
    check, plain = (
        client.post(take, {"image": one.pk}, "application/json").json() for one in (image, checking.images[0])
    )
    assert {name: type(value) for name, value in check.items()} == {name: type(value) for name, value in plain.items()}
    assert {name for name in check if check[name] != plain[name]} == {"image", "name"}
    assert state_of(checking.ann, image)["boxes"] == []
    listed = client.get(reverse("api-boxes", args=[checking.project.pk])).json()["results"]
    assert listed == []
    listed = client.get(reverse("api-images", args=[checking.project.pk]), {"include": "boxes"}).json()["results"]
    assert [row["included"]["boxes"] for row in listed] == [[]] * 4
    history = client.get(reverse("api-image-history", args=[image.pk])).json()["results"]
    assert [deed["verb"] for row in history for deed in row["deeds"] if deed["verb"] != "uploaded"] == []


def test_answers_never_change_the_truth(checking: Team) -> None:
    image = checking.images[3]
    before = (image.version, list(Box.objects.values_list("pk", "x1")), BoxHistory.objects.filter(image=image).count())
    draw(checking.ann, image, checking.project.classes.get().pk, (30, 30, 40, 40))
    turns.submit(checking.ann, image)
    image.refresh_from_db()
    after = (image.version, list(Box.objects.values_list("pk", "x1")), BoxHistory.objects.filter(image=image).count())
    assert after == before
    assert len(state_of(checking.ann, image)["boxes"]) == 1
    assert CheckImage.objects.count() == 1


def test_nobody_gets_a_check_twice(checking: Team) -> None:
    job = WorkJob.objects.get()
    assert replicas.with_checks(checking.ann, job, 10, 50, Random(0)) == 0
    assert replicas.with_checks(checking.bo, job, 10, 50, Random(0)) == 1


def test_pages_say_who_labels_it(apart: Team, django_assert_max_num_queries: Any) -> None:
    turns.submit(apart.ann, apart.images[0])
    client = client_of(apart.owner)
    job = WorkJob.objects.get(overlap=2)
    names = sorted(str(person) for person in (apart.ann, apart.bo))
    with django_assert_max_num_queries(22):
        page = client.get(reverse("work-job", args=[apart.project.pk, job.pk])).content.decode()
    assert all(page.count(name) >= 4 for name in names)
    assert "Submitted" in page
    listed = client.get(reverse("work", args=[apart.project.pk])).content.decode()
    assert all(name in listed for name in names)
    assert "Shared queue" not in listed
    WorkJob.objects.update(due=timezone.localdate())
    report = client.get(reverse("report", args=[apart.project.pk])).content.decode()
    assert report.count(", ".join(names)) == 2  # of the job, and of what is due
    assert "Shared queue" not in report
    rows = client.get(reverse("api-work", args=[apart.project.pk])).json()["results"]
    assert {tuple(sorted(row["workers"])) for row in rows} == {tuple(names)}
