"""The home page as people at work see it: what is at work, and what to do next."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.statistics import figures_of
from tests.factories import make_box, make_class, make_image, make_project, make_user
from training.dashboard import facts
from training.models import Run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "says", "step"),
    [
        (Run.State.QUEUED, "Run #1 waits for its turn.", "LabelHub is looking for more"),
        (Run.State.RUNNING, "Run #1 is at work.", "LabelHub is looking for more"),
        (Run.State.CANCELLING, "Run #1 is stopping.", "Let LabelHub find the rest of “cat”"),
        (Run.State.CANCELLED, "", "Let LabelHub find the rest of “cat”"),
        (Run.State.DONE, "", "Let LabelHub find the rest of “cat”"),
    ],
)
def test_a_run_that_is_stopping_keeps_nobody_waiting(state: str, says: str, step: str, client: Client) -> None:
    owner = make_user()
    project = make_project(owner)
    label = make_class(project, "cat")
    for _ in range(6):
        make_box(make_image(project), label)
    make_image(project)
    run = Run.objects.create(project=project, kind="label", state=state, number=1, created_by=owner)
    client.force_login(owner)
    text = client.get(reverse("project", args=[project.pk])).content.decode()
    assert step in text
    assert ("data-live=" in text) == bool(says)
    assert says in text
    live = facts.live_runs(project)
    known = facts.gather(project, [label], figures_of(project), live, coming=False)
    assert known.live == (run.pk if state in (Run.State.QUEUED, Run.State.RUNNING) else None)


def test_what_is_stopping_hides_no_run_that_is_at_work() -> None:
    project = make_project()
    states = [Run.State.CANCELLING] * 3 + [Run.State.RUNNING, Run.State.QUEUED]
    for number, state in enumerate(states, 1):
        Run.objects.create(project=project, kind="label", state=state, number=number)
    live = facts.live_runs(project)
    assert [run.number for run in live] == [4, 5, 1]
    assert facts.gather(project, [], figures_of(project), live, coming=False).live == live[0].pk
