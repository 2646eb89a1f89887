"""What a run dropped: listed when asked for by name, counted beside the cut-off, answered like any suggestion, gone
with an undo.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.boxes.actions import apply_changes
from annotations.models import Box, Suggestion
from annotations.review import actions, cutoff
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db
State = Suggestion.State


@pytest.fixture
def dropped(project: Project) -> Suggestion:
    return factories.make_suggestion(
        factories.make_image(project), factories.make_class(project), state=State.DROPPED, probability=0.12
    )


@pytest.mark.parametrize(("asked", "n"), [("dropped", 1), ("all", 0), ("pending", 0), ("", 0)])
def test_it_is_listed_by_its_own_name_only(asked: str, n: int, client_as: Any, dropped: Suggestion, project: Project):
    answer = client_as("viewer").get(reverse("api-suggestions", args=[project.pk]), {"state": asked}).json()
    assert [row["state"] for row in answer["results"]] == ["dropped"] * n


def test_it_is_counted_beside_the_cut_off_and_expects_nothing(dropped: Suggestion, project: Project):
    [row] = cutoff.count(Suggestion.objects.filter(image__project=project)).bins
    assert (row["at"], row["dropped"], row["waiting"], row["expected"], row["yes"], row["no"]) == (
        0.12,
        1,
        0,
        0.0,
        0,
        0,
    )


@pytest.mark.parametrize(("verb", "after"), [("accept", State.ACCEPTED), ("reject", State.REJECTED)])
def test_a_reviewer_answers_it_like_any_suggestion(verb: str, after: str, dropped: Suggestion, project: Project):
    assert project.created_by is not None
    getattr(actions, verb)(project.created_by, project, [(dropped.pk, dropped.version)])
    dropped.refresh_from_db()
    assert (dropped.state, Box.objects.count()) == (after, int(after == State.ACCEPTED))
    actions.reopen(project.created_by, project, [(dropped.pk, dropped.version)])
    dropped.refresh_from_db()
    assert (dropped.state, Box.objects.count()) == (State.PENDING, 0)


@pytest.mark.parametrize("op", ["accept", "reject"])
def test_the_editor_answers_it_too(op: str, dropped: Suggestion, project: Project):
    change = {"op": op, "suggestion": dropped.pk, "id": "00000000-0000-4000-8000-000000000001"}
    assert project.created_by is not None
    apply_changes(project.created_by, dropped.image, seen=dropped.image.version, changes=[change])
    dropped.refresh_from_db()
    assert dropped.state == f"{op}ed"


def test_all_above_a_cut_off_leaves_it_alone(dropped: Suggestion, project: Project):
    assert project.created_by is not None
    assert actions.accept_some(project.created_by, project, Suggestion.objects.all()) == ([], 0)


def test_the_undo_of_its_run_takes_it_along(dropped: Suggestion, project: Project):
    assert project.created_by is not None
    waiting = factories.make_suggestion(dropped.image, dropped.label, batch=dropped.batch)
    assert actions.withdraw_batch(project.created_by, dropped.batch) == {"withdrawn": 1, "boxes": 0}
    assert list(Suggestion.objects.values_list("pk", "state")) == [(waiting.pk, "withdrawn")]
