"""Two runs side by side: what counts as a difference, and the page that shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import LabelClass
from projects.models import Project
from tests import factories
from training.analysis import comparison
from training.analysis.comparison import ComparedSuggestion, changes
from training.models import Run

SignIn = Callable[[str | None], Client]
HERE, NEAR, FAR = (0.0, 0.0, 100.0, 100.0), (0.0, 0.0, 100.0, 80.0), (300.0, 0.0, 400.0, 100.0)


def found(xyxy: tuple[float, ...] = HERE, probability: float = 0.8, **fields: Any) -> ComparedSuggestion:
    return ComparedSuggestion(**{"id": 1, "image": 1, "label": 1, "xyxy": xyxy, "probability": probability} | fields)


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ([found()], [found()], []),
        ([found()], [found(probability=0.85)], []),
        ([found()], [found(probability=0.6)], ["score"]),
        ([found()], [found(NEAR)], ["moved"]),
        ([found()], [found(FAR)], ["only_a", "only_b"]),
        ([found()], [found(image=2)], ["only_a", "only_b"]),
        ([found()], [found(label=2)], ["only_a", "only_b"]),
        ([found()], [], ["only_a"]),
        ([found(settled=True)], [], []),  # people had decided: the other run was not to ask again
        ([found(), found(NEAR, 0.7)], [found()], ["only_a"]),  # each one is paired once
    ],
)
def test_differences(first: list[ComparedSuggestion], second: list[ComparedSuggestion], kinds: list[str]) -> None:
    assert sorted(change.kind for change in changes(first, second)) == kinds


def test_the_biggest_comes_first() -> None:
    first = [found(id=n, image=n, probability=0.9) for n in (1, 2, 3)]
    second = [found(image=n, probability=p) for n, p in ((1, 0.7), (2, 0.1), (3, 0.5))]
    assert [change.shown.image for change in changes(first, second)] == [2, 3, 1]


def test_where_one_was_cut_both_end_at_the_same_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MOST", 3)
    first, second = [found(image=n) for n in (1, 2, 3)], [found(image=n) for n in (2, 9)]
    a, b, cut = comparison.comparable(first, second)
    assert ([one.image for one in a], [one.image for one in b], cut) == ([1, 2], [2], True)


# --- the page ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def label(project: Project) -> LabelClass:
    return factories.make_class(project)


def make_run(project: Project, label: LabelClass, precision: float = 0.9) -> Run:
    figures = {"precision": precision, "precision_low": precision - 0.1, "precision_high": precision + 0.05}
    run = Run.objects.create(
        project=project, number=project.runs.count() + 1, kind=Run.Kind.AUTOLABEL, state=Run.State.DONE,
        batch=factories.make_batch(project), started_at=timezone.now(),
        result={"classes": {str(label.pk): figures | {"recall": 0.5, "pr_curve": [[0.2, 1.0, 0.9], [0.5, 0.9, 0.5]]}}},
    )  # fmt: skip
    run.classes.add(label)
    return run


def test_the_page_shows_figures_and_boxes(project: Project, label: LabelClass, client_as: SignIn) -> None:
    a, b = make_run(project, label, 0.6), make_run(project, label, 0.9)
    image = factories.make_image(project)
    factories.make_suggestion(image, label, batch=a.batch)
    gone = factories.make_suggestion(image, label, (40, 20, 60, 40), batch=a.batch, state="rejected")
    gone.decided_at = timezone.now() - timedelta(days=1)
    gone.save()
    factories.make_suggestion(image, label, probability=0.4, batch=b.batch)
    reply = client_as("viewer").get(reverse("run-compare", args=[project.pk]))
    assert (reply.context["a"], reply.context["b"]) == (a, b)  # the two newest, in order
    assert {name: n for name, _, n in reply.context["kinds"]} == {"only_a": 0, "only_b": 0, "moved": 0, "score": 1}
    [row, _] = reply.context["figures"][0]["rows"]
    assert (row["points"], row["chance"]) == (30.0, False)


@pytest.mark.parametrize("query", ["?a=x&b=y", "?a=999999&b=999998", "?a={pk}&b={pk}", "?a={other}&b={pk}"])
def test_what_cannot_be_compared_is_asked_for(
    query: str, project: Project, label: LabelClass, client_as: SignIn
) -> None:
    elsewhere = factories.make_project()
    other = make_run(elsewhere, factories.make_class(elsewhere))
    query = query.format(pk=make_run(project, label).pk, other=other.pk)
    reply = client_as("viewer").get(reverse("run-compare", args=[project.pk]) + query)
    assert reply.status_code == 200
    assert "kinds" not in reply.context


def test_only_what_can_be_compared_is_offered_and_said_apart(
    project: Project, label: LabelClass, client_as: SignIn
) -> None:
    other = factories.make_class(project, "lynx")
    first, of_other, last = make_run(project, label), make_run(project, other), make_run(project, label)
    for kind, state in ((Run.Kind.SIMILAR, "done"), (Run.Kind.AUTOLABEL, "failed"), (Run.Kind.AUTOLABEL, "running")):
        Run.objects.create(project=project, number=90 + project.runs.count(), kind=kind, state=state)
    reply = client_as("viewer").get(reverse("run-compare", args=[project.pk]))
    assert reply.context["runs"] == [last, of_other, first]
    assert (reply.context["a"], reply.context["b"]) == (first, last)  # of the same class, though another came between
    assert "#2 Auto-label ·\nlynx" in reply.content.decode()


def test_runs_differ_by_a_date_that_reads_the_same_everywhere(
    project: Project, label: LabelClass, client_as: SignIn
) -> None:
    make_run(project, label), make_run(project, label)
    Run.objects.update(created_at=datetime(2026, 11, 29, 12, 0, tzinfo=UTC))
    page = client_as("viewer").get(reverse("run-compare", args=[project.pk])).content.decode()
    assert "Nov. 29, 2026 12:00" in page
    assert "noon" not in page


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 200)])
def test_who_may_see_it(role: str | None, status: int, project: Project, client_as: SignIn) -> None:
    assert client_as(role).get(reverse("run-compare", args=[project.pk])).status_code == status


def test_the_page_asks_no_more_when_there_is_more(project: Project, label: LabelClass, client_as: SignIn) -> None:
    runs = [make_run(project, label) for _ in range(2)]
    client = client_as("viewer")
    url = reverse("run-compare", args=[project.pk]) + f"?a={runs[0].pk}&b={runs[1].pk}"

    def asked(n: int) -> int:
        for _ in range(n):
            for run in (*runs, make_run(project, label)):
                factories.make_suggestion(factories.make_image(project), label, batch=run.batch)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    few = asked(1)
    assert asked(6) == few
    assert few < 20
