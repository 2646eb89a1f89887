"""Who hears of work that is handed out, handed on or returned."""

from __future__ import annotations

from annotations.gallery.actions import assign
from annotations.work import actions, reviewing, turns
from projects.models import Notification, NotificationKind
from tests.annotations.work.conftest import Team


def listed() -> list[tuple[object, ...]]:
    rows = Notification.objects.order_by("id").select_related("person")
    return [(row.person, row.kind, row.count, row.about) for row in rows]


def test_who_gets_images_hears_of_it(team: Team) -> None:
    (job, _other) = team.hand_out(team.ann, team.bo).jobs
    assert listed() == [(team.ann, NotificationKind.ASSIGNED, 2, "job"), (team.bo, NotificationKind.ASSIGNED, 2, "job")]
    actions.change(team.owner, job, name="job", assignee=team.bo, priority=2, due=None)
    actions.change(team.owner, job, name="new name", assignee=team.bo, priority=2, due=None)
    assert listed()[2:] == [(team.bo, NotificationKind.ASSIGNED, 2, "job")]


def test_a_shared_queue_and_one_s_own_work_are_no_news(team: Team) -> None:
    team.hand_out(count=2)
    actions.hand_out(team.owner, team.project, [team.images[2].pk], actions.JobRequest(name="own", people=[team.owner]))
    assign(team.bo, team.project, [team.images[3].pk], team.bo)
    assert listed() == []


def test_images_that_are_dealt_out_in_the_gallery_are_one_piece_of_news(team: Team) -> None:
    for image in team.images[:3]:
        assign(team.reviewer, team.project, [image.pk], team.ann)
    assert listed() == [(team.ann, NotificationKind.ASSIGNED, 3, "")]


def test_returned_images_of_a_job_are_one_piece_of_news(team: Team) -> None:
    team.hand_out(team.ann)
    Notification.objects.all().delete()
    for image in team.images[:2]:
        turns.submit(team.ann, image)
        reviewing.give_back(team.reviewer, image, comment="One is missing.")
    assert listed() == [(team.ann, NotificationKind.RETURNED, 2, "job")]
    row = Notification.objects.get()
    assert (row.detail, row.args) == ("One is missing.", [team.images[1].pk])
