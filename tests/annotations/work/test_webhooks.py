"""Webhooks of work in jobs: what is handed out, submitted, returned and accepted, with its images."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.work import reviewing, turns
from projects.models import Delivery, Event
from projects.webhooks import actions
from tests.annotations.work.conftest import Team


def reported(event: Event) -> list[list[int]]:
    rows = Delivery.objects.filter(event=event).order_by("pk").values_list("payload", flat=True)
    return [[image["id"] for image in payload["data"]["images"]] for payload in rows]


def test_each_step_is_reported_with_its_images(team: Team) -> None:
    actions.create_webhook(team.owner, team.project, url="https://example.org/", events=list(Event.values))
    first, second = team.images[:2]
    team.hand_out(team.ann, count=2)
    assert reported(Event.WORK_HANDED_OUT) == [[first.pk, second.pk]]
    for image in (first, second):
        turns.submit(team.ann, image)
    assert reported(Event.WORK_SUBMITTED) == [[first.pk], [second.pk]]
    reviewing.give_back(team.reviewer, first, comment="Too loose.")
    assert reported(Event.WORK_RETURNED) == [[first.pk]]
    reviewing.accept(team.reviewer, team.project, [second.pk])
    assert reported(Event.WORK_ACCEPTED) == [[second.pk]]


@pytest.mark.parametrize("event", [Event.WORK_SUBMITTED, Event.WORK_ACCEPTED])
def test_a_webhook_of_one_event_gets_that_one(event: Event, team: Team) -> None:
    actions.create_webhook(team.owner, team.project, url="https://example.org/", events=[event.value])
    team.hand_out(team.ann, count=1)
    turns.submit(team.ann, team.images[0])
    reviewing.accept(team.reviewer, team.project, [team.images[0].pk])
    events: Any = Delivery.objects.values_list("event", flat=True)
    assert list(events) == [event.value]
