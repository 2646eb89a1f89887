"""Handing out images, and taking them back."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import BoxHistory, WorkImage, WorkJob
from annotations.work import actions, turns
from projects.errors import Conflict, Forbidden, Refusal
from tests import factories
from tests.annotations.work.conftest import Team


def test_images_are_dealt_out_evenly(team: Team) -> None:
    handed = team.hand_out(team.ann, team.bo)
    assert [(job.assignee, job.images.count()) for job in handed.jobs] == [(team.ann, 2), (team.bo, 2)]
    assert (handed.images, handed.left) == (4, 0)
    assert BoxHistory.objects.filter(verb="handed", actor=team.owner).count() == 4


def test_an_image_is_in_one_job_at_most(team: Team) -> None:
    team.hand_out(team.ann, count=3)
    handed = team.hand_out(count=4)
    assert (handed.images, handed.left) == (1, 3)
    assert handed.jobs[0].assignee is None
    with pytest.raises(Refusal, match="in a job already"):
        team.hand_out(team.bo)


def test_some_for_each_and_the_rest_stays(team: Team) -> None:
    handed = team.hand_out(team.ann, team.bo, each=1)
    assert (handed.images, handed.left) == (2, 2)


def test_who_may_hand_out_and_to_whom(team: Team) -> None:
    manager, viewer = factories.make_member(team.project, "manager"), factories.make_member(team.project, "viewer")
    wanted = actions.JobRequest(name="job")
    with pytest.raises(Forbidden):
        actions.hand_out(team.reviewer, team.project, [team.images[0].pk], wanted)
    with pytest.raises(Refusal, match="may draw boxes"):
        team.hand_out(viewer)
    assert actions.hand_out(manager, team.project, [team.images[0].pk], wanted).images == 1
    team.project.workflow = False
    with pytest.raises(Conflict, match="switched off"):
        team.hand_out(team.ann)


def test_an_image_of_another_project_is_none(team: Team) -> None:
    foreign = factories.make_image(factories.make_project())
    with pytest.raises(Refusal):
        actions.hand_out(team.owner, team.project, [foreign.pk], actions.JobRequest(name="job"))
    assert not WorkImage.objects.exists()


def test_what_is_begun_stays_when_a_job_is_taken_back(team: Team) -> None:
    (job,) = team.hand_out(team.ann).jobs
    turns.take(team.ann, team.images[0])
    assert actions.take_back(team.owner, job) == 3
    assert job.images.get().image == team.images[0]
    actions.free(team.owner, team.project, [team.images[0].pk])
    assert actions.take_back(team.owner, job) == 1
    assert not WorkJob.objects.exists()


def test_many_images_cost_few_queries(team: Team, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(24):
        team.hand_out(team.ann, count=4)
