"""What people do with the images of their jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.boxes.actions import apply_changes
from annotations.models import BoxHistory, WorkImage
from annotations.work import turns
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import User
from tests import factories
from tests.annotations.work.conftest import Team


def test_own_images_come_one_after_the_other(team: Team) -> None:
    team.hand_out(team.ann, team.bo)
    first = turns.take_next(team.ann, team.project)
    assert first is not None
    assert (first.image, first.state, first.worker) == (team.images[0], "started", team.ann)
    assert turns.take_next(team.ann, team.project) == first  # begun ones first
    turns.submit(team.ann, team.images[0])
    second = turns.take_next(team.ann, team.project)
    assert second is not None
    assert second.image == team.images[1]
    turns.submit(team.ann, team.images[1])
    assert turns.take_next(team.ann, team.project) is None
    verbs = BoxHistory.objects.filter(image=team.images[0], actor=team.ann).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == ["taken", "submitted"]


def test_a_shared_queue_gives_each_person_another_image(team: Team) -> None:
    team.hand_out()
    taken = [turns.take_next(person, team.project) for person in (team.ann, team.bo)]
    assert [item and item.image for item in taken] == team.images[:2]
    with pytest.raises(Conflict, match="not yours"):
        turns.submit(team.bo, team.images[0])


def test_an_image_comes_back_when_its_person_is_idle(team: Team) -> None:
    team.hand_out(count=1)
    turns.take(team.ann, team.images[0])
    assert turns.take_next(team.bo, team.project) is None
    WorkImage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = turns.take_next(team.bo, team.project)
    assert taken is not None
    assert taken.worker == team.bo
    assert taken.lease_until is not None
    assert taken.lease_until > timezone.now() + timedelta(minutes=29)


def test_the_sweep_puts_idle_images_back(team: Team) -> None:
    team.hand_out(count=2)
    for image in team.images[:2]:
        turns.take(team.ann, image)
    WorkImage.objects.filter(image=team.images[0]).update(lease_until=timezone.now() - timedelta(seconds=1))
    turns.sweep()
    assert [team.state(image) for image in team.images[:2]] == ["todo", "started"]


def test_so_many_open_images_and_no_more(team: Team) -> None:
    team.project.open_images = 1
    team.project.save()
    team.hand_out(team.ann)
    for image in team.images:
        image.project = team.project
    turns.take(team.ann, team.images[0])
    with pytest.raises(Refusal, match="1 images open"):
        turns.take(team.ann, team.images[1])
    turns.submit(team.ann, team.images[0])
    turns.take(team.ann, team.images[1])


def test_a_skipped_image_says_why(team: Team) -> None:
    team.hand_out(team.ann)
    with pytest.raises(Refusal):
        turns.skip(team.ann, team.images[0], "  ")
    assert turns.skip(team.ann, team.images[0], "too dark").note == "too dark"
    assert team.state(team.images[0]) == "skipped"


def test_who_only_looks_begins_nothing(team: Team) -> None:
    team.hand_out(team.ann)
    assert turns.take(team.reviewer, team.images[0]).state == "todo"
    viewer = factories.make_member(team.project, "viewer")
    with pytest.raises(Forbidden):
        turns.submit(viewer, team.images[0])


@pytest.mark.parametrize(("who", "saves"), [("ann", False), ("reviewer", True), ("owner", True)])
def test_what_is_submitted_is_a_reviewer_s_to_change(who: str, saves: bool, team: Team) -> None:
    team.hand_out(team.ann)
    turns.submit(team.ann, team.images[0])
    assert _draws(getattr(team, who), team) is saves


@pytest.mark.parametrize(
    ("workflow", "allowed", "handed_to", "answers"),
    [
        (True, True, "ann", True),
        (True, True, "bo", False),
        (True, False, "ann", False),
        (False, True, "bo", True),
        (False, False, "ann", False),
    ],
)
def test_annotators_answer_suggestions_in_their_own_jobs(
    workflow: bool, allowed: bool, handed_to: str, answers: bool, team: Team
) -> None:
    team.hand_out(getattr(team, handed_to))
    team.project.workflow, team.project.annotators_answer = workflow, allowed
    team.project.save()
    image = team.project.images.select_related("project").get(pk=team.images[0].pk)
    suggestion = factories.make_suggestion(image, factories.make_class(team.project))
    changes = [{"op": "reject", "suggestion": suggestion.pk}]
    try:
        apply_changes(team.ann, image, seen=1, changes=changes)
    except (Forbidden, Refusal):
        assert not answers
    else:
        assert answers


def _draws(person: User, team: Team) -> bool:
    label = factories.make_class(team.project)
    box = {"op": "create", "id": "2b4ff0a8-27a4-4d0e-9d0a-6f4f2d7fd1f4", "class": label.pk, "xyxy": [1, 1, 20, 20]}
    try:
        apply_changes(person, team.images[0], seen=team.images[0].version, changes=[box])
    except Refusal:
        return False
    return True
