"""Questions that a run asks first: known as suggestions, answered as such, and followed by a run that replaces it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Suggestion
from annotations.review.actions import accept, reject
from projects.errors import Conflict
from tests.training.conftest import Bench
from training import jobs
from training.models import Run
from training.runs import actions


def carried(run: Run) -> Run:
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


def waiting(run: Run) -> int:
    return Suggestion.objects.filter(batch=run.batch, state="pending").count()


@pytest.fixture
def asking(bench: Bench, engine: Callable[[str], None]) -> Run:
    """A run of three images that asks about the unsure find in each, the last image's first."""
    engine("asks")
    return carried(bench.start(aim="precision"))


def test_a_run_tells_which_suggestions_it_asks_about(asking: Run, bench: Bench, client: Client) -> None:
    client.force_login(bench.owner)
    listed = client.get(reverse("api-run", args=[asking.pk])).json()["result"]["questions"]
    rows = Suggestion.objects.in_bulk(listed)
    assert [rows[pk].image_id for pk in listed] == [image.pk for image in reversed(bench.images)]
    assert {rows[pk].probability for pk in listed} == {0.5}


def test_the_run_that_follows_learns_from_the_answers_and_takes_the_place_of_what_waits(
    asking: Run, bench: Bench, engine: Callable[[str], None], client: Client
) -> None:
    first, second, _ = asking.result["questions"]
    accept(bench.owner, bench.project, [(first, 1)])
    reject(bench.owner, bench.project, [(second, 1)])
    assert waiting(asking) == 4
    client.force_login(bench.owner)
    reply = client.post(reverse("api-run-follow-up", args=[asking.pk]))
    assert reply.status_code == 201
    run = Run.objects.get(pk=reply.json()["id"])
    assert run.params == {**asking.params, "follows": asking.pk}
    assert list(run.classes.all()) == [bench.label]
    engine("nothing")
    carried(run)
    assert waiting(asking) == 0
    assert sorted(Suggestion.objects.filter(batch=asking.batch).values_list("state", flat=True)) == [
        "accepted", "rejected", *["withdrawn"] * 4,
    ]  # fmt: skip
    actions.undo_run(bench.owner, run)
    assert waiting(asking) == 4


def test_nothing_follows_a_run_that_asked_nothing(bench: Bench, engine: Callable[[str], None]) -> None:
    engine("ok")
    run = carried(bench.start())
    with pytest.raises(Conflict, match="asked nothing"):
        actions.follow_up(bench.owner, run)


def test_one_run_follows(asking: Run, bench: Bench) -> None:
    actions.follow_up(bench.owner, asking)
    with pytest.raises(Conflict, match="follows"):
        actions.follow_up(bench.owner, asking)
