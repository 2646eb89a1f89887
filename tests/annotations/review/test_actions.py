"""Deciding on many suggestions: versions, the sure ones, the undo of a run."""

import pytest

from annotations.models import Box, BoxHistory, Suggestion
from annotations.outcome import answers_of
from annotations.review import actions as review_actions
from projects.errors import Forbidden, Refusal, StaleVersion
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


def seen(*suggestions: Suggestion) -> list[tuple[int, int]]:
    return [(suggestion.pk, suggestion.version) for suggestion in suggestions]


def test_accept_makes_boxes_once(project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    rows = [factories.make_suggestion(image, label, (n, n, n + 9, n + 9)) for n in range(3)]
    boxes = review_actions.accept(project.created_by, project, seen(*rows))
    assert [box.xyxy for box in boxes] == [row.xyxy for row in rows]
    assert {box.author for box in boxes} == {project.created_by}
    image.refresh_from_db()
    assert image.version == 2
    with pytest.raises(StaleVersion) as refusal:
        review_actions.accept(project.created_by, project, seen(*rows))
    assert {row["state"] for row in refusal.value.current} == {"accepted"}
    assert image.boxes.count() == 3


def test_reject_then_reopen(project: Project) -> None:
    row = factories.make_suggestion(factories.make_image(project), factories.make_class(project))
    review_actions.reject(project.created_by, project, seen(row))
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("rejected", project.created_by)
    review_actions.reopen(project.created_by, project, seen(row))
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.version) == ("pending", None, 3)
    assert list(BoxHistory.objects.values_list("verb", flat=True)) == ["rejected", "reconsidered"]


def test_a_decision_reaches_only_its_own_project(project: Project) -> None:
    other = factories.make_project()
    foreign = factories.make_suggestion(factories.make_image(other), factories.make_class(other))
    with pytest.raises(Refusal, match="not in this project"):
        review_actions.accept(project.created_by, project, seen(foreign))


@pytest.mark.parametrize(
    ("corners", "expected"),
    [((4, 5, 40, 30), (4, 5, 40, 30)), ((-9, -9, 40, 70), (0, 0, 40, 48)), ((4, 4, 4.5, 9), None)],
)
def test_accept_with_other_corners(project: Project, corners: tuple[float, ...], expected: tuple[float, ...]) -> None:
    suggestion = factories.make_suggestion(factories.make_image(project), factories.make_class(project))
    if expected is None:
        with pytest.raises(Refusal, match="smaller than a pixel"):
            review_actions.accept(project.created_by, project, seen(suggestion), corners={suggestion.pk: corners})
        return
    [box] = review_actions.accept(project.created_by, project, seen(suggestion), corners={suggestion.pk: corners})
    assert (Box.objects.get().xyxy, box.origin) == (expected, "suggestion")


@pytest.mark.parametrize(("minimum", "accepted"), [(None, 1), (0.5, 3), (0.95, 1), (0.999, 0)])
def test_accept_sure(project: Project, minimum: float | None, accepted: int) -> None:
    label, image, batch = factories.make_class(project), factories.make_image(project), factories.make_batch(project)
    for probability, sure in ((0.98, True), (0.7, False), (0.6, False), (0.3, False)):
        factories.make_suggestion(image, label, batch=batch, probability=probability, sure=sure)
    assert review_actions.accept_sure(project.created_by, project, batch, min_probability=minimum) == accepted
    assert image.boxes.count() == accepted


def test_undo_of_a_run_leaves_what_people_did(project: Project) -> None:
    label, image, batch = factories.make_class(project), factories.make_image(project), factories.make_batch(project)
    drawn = factories.make_box(image, label, (0, 0, 5, 5))
    untouched, adjusted, rejected, waiting = (
        factories.make_suggestion(image, label, (n, n, n + 9, n + 9), batch=batch) for n in range(4)
    )
    review_actions.accept(project.created_by, project, seen(untouched, adjusted))
    review_actions.reject(project.created_by, project, seen(rejected))
    adjusted.refresh_from_db()
    Box.objects.filter(pk=adjusted.box_id).update(x2=40)
    assert answers_of(batch.suggestions.all()).all == 3
    for expected in ({"withdrawn": 1, "boxes": 1}, {"withdrawn": 0, "boxes": 0}):  # again: nothing more to undo
        assert review_actions.withdraw_batch(project.created_by, batch) == expected
    assert set(image.boxes.values_list("pk", flat=True)) == {drawn.pk, adjusted.box_id}
    states = dict(batch.suggestions.values_list("pk", "state"))
    assert [states[row.pk] for row in (untouched, adjusted, rejected, waiting)] == [
        "withdrawn", "accepted", "rejected", "withdrawn",
    ]  # fmt: skip
    assert answers_of(batch.suggestions.all()).all == 0


@pytest.mark.parametrize("role", ["viewer", "annotator"])
def test_review_is_for_reviewers(project: Project, role: str) -> None:
    row = factories.make_suggestion(factories.make_image(project), factories.make_class(project))
    user = factories.make_member(project, role)
    for act in (review_actions.accept, review_actions.reject, review_actions.reopen):
        with pytest.raises(Forbidden):
            act(user, project, seen(row))
    with pytest.raises(Forbidden):
        review_actions.withdraw_batch(user, row.batch)


def test_many_suggestions_are_stored_in_small_transactions(project: Project) -> None:
    label, image, batch = factories.make_class(project), factories.make_image(project), factories.make_batch(project)
    rows = (
        Suggestion(
            batch=batch, image=image, label=label, x1=0, y1=0, x2=9, y2=9, probability=0.5, score=0.5, source="head"
        )
        for _ in range(450)
    )
    assert review_actions.store_suggestions(rows) == 450
    assert batch.suggestions.count() == 450
    assert review_actions.accept_sure(project.created_by, project, batch, min_probability=0.5) == 450
