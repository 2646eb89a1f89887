"""The wall's questions and its verbs on many: the order, the counts by probability, another class, all above a
cut-off.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.locking import BATCH
from annotations.models import Box, Suggestion
from annotations.review import actions, cutoff, queue
from projects.errors import Forbidden, Refusal
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


def seen(*rows: Suggestion) -> list[tuple[int, int]]:
    return [(row.pk, row.version) for row in rows]


def many(project: Project, probabilities: list[float]) -> list[Suggestion]:
    image, label, batch = factories.make_image(project), factories.make_class(project), factories.make_batch(project)
    return [factories.make_suggestion(image, label, batch=batch, probability=value) for value in probabilities]


def bins(project: Project) -> dict[float, tuple[int, float, int, int]]:
    rows = cutoff.count(Suggestion.objects.filter(image__project=project)).bins
    return {row["at"]: (row["waiting"], round(row["expected"], 3), row["yes"], row["no"]) for row in rows}


def test_the_order_is_bounded_and_costs_four_questions(
    project: Project, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(queue, "POOL", 2)
    monkeypatch.setattr(queue, "DRAWN", 1)
    monkeypatch.setattr(queue, "LOT", 0)
    rows = many(project, [0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.99])
    with django_assert_num_queries(4):
        found = queue.useful_order(Suggestion.objects.filter(state="pending"))
    assert found[0] == rows[3].pk
    assert found[1:] == [rows[2].pk, rows[4].pk, rows[1].pk]
    by_class = queue.useful_order(Suggestion.objects.filter(state="pending"), [rows[0].label_id])
    assert by_class == found
    monkeypatch.setattr(queue, "LOT", queue.ROUND)
    assert len(queue.useful_order(Suggestion.objects.filter(state="pending"))) == 1


def test_a_tenth_is_of_the_lot_and_comes_at_every_tenth_place(project: Project) -> None:
    image, label, batch = factories.make_image(project), factories.make_class(project), factories.make_batch(project)
    rows = [
        Suggestion(image=image, label=label, batch=batch, probability=0.5, score=1, source="head") for _ in range(400)
    ]
    for row in rows:
        row.xyxy = (0, 0, 9, 9)
    rows = Suggestion.objects.bulk_create(rows)
    lot = {row.pk for row in rows if row.pk * queue.STRIDE % queue.ROUND < queue.LOT}
    assert len(lot) == pytest.approx(40, abs=3)
    found = queue.useful_order(Suggestion.objects.filter(state="pending"))
    places = [place for place, pk in enumerate(found[:400]) if pk in lot]
    assert len(places) == len(lot)
    assert places[:36] == list(range(9, 369, 10))  # at the end one side runs out, which one the ids decide


def test_answers_of_the_lot_are_counted_apart(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    yes, no, _waiting = many(project, [0.91, 0.911, 0.912])
    actions.accept(project.created_by, project, seen(yes))
    actions.reject(project.created_by, project, seen(no))
    for lot, expected in ((0, (0, 0)), (queue.ROUND, (1, 1))):
        monkeypatch.setattr(queue, "LOT", lot)
        (row,) = cutoff.count(Suggestion.objects.filter(image__project=project)).bins
        assert (row["yes"], row["no"], (row["lot_yes"], row["lot_no"])) == (1, 1, expected)


def test_counts_by_probability(project: Project) -> None:
    other = factories.make_class(project)
    yes, no, wrong, blind, *_waiting = many(project, [0.91, 0.914, 0.919, 0.915, 0.912, 0.3, 1.0])
    actions.accept(project.created_by, project, seen(yes))
    actions.reject(project.created_by, project, seen(no))
    actions.relabel(project.created_by, project, seen(wrong), other.pk)
    actions.accept_some(project.created_by, project, Suggestion.objects.filter(pk=blind.pk))
    assert bins(project) == {0.3: (1, 0.3, 0, 0), 0.91: (1, 0.912, 1, 2), 0.99: (1, 1.0, 0, 0)}


def test_a_reopened_one_is_looked_at_again(project: Project) -> None:
    (row,) = many(project, [0.9])
    ((row,), _left) = actions.accept_some(project.created_by, project, Suggestion.objects.filter(pk=row.pk))
    assert row.unseen
    (row,) = actions.reopen(project.created_by, project, seen(row))
    actions.accept(project.created_by, project, seen(row))
    row.refresh_from_db()
    assert (row.unseen, row.state) == (False, "accepted")


def test_relabel_makes_boxes_of_the_named_class(project: Project) -> None:
    other, foreign = factories.make_class(project), factories.make_class(factories.make_project())
    rows = many(project, [0.9, 0.8])
    with pytest.raises(Refusal, match="no class"):
        actions.relabel(project.created_by, project, seen(*rows), foreign.pk)
    actions.relabel(project.created_by, project, seen(*rows), other.pk)
    assert set(Box.objects.values_list("label", "suggestion__state")) == {(other.pk, "accepted")}


@pytest.mark.parametrize("role", ["viewer", "annotator"])
def test_many_at_once_are_for_reviewers(project: Project, role: str) -> None:
    user = factories.make_member(project, role)
    with pytest.raises(Forbidden):
        actions.accept_some(user, project, Suggestion.objects.all())
    with pytest.raises(Forbidden):
        actions.relabel(user, project, [(1, 1)], 1)


@pytest.mark.parametrize(
    ("narrow", "accepted"),
    [({"min_probability": 0.6}, 2), ({"min_probability": 0.95}, 0), ({"sure": True}, 1), ({"class": True}, 3)],
)
def test_accept_above(project: Project, client_as: Any, narrow: dict[str, Any], accepted: int) -> None:
    rows = many(project, [0.9, 0.7, 0.4])
    Suggestion.objects.filter(pk=rows[2].pk).update(sure=True)
    many(project, [0.2])
    body = narrow | ({"class": rows[0].label_id} if "class" in narrow else {})
    url = reverse("api-suggestions-accept-above", args=[project.pk])
    answer = client_as("owner").post(url, body, content_type="application/json")
    assert (answer.status_code, len(answer.json()["items"]), answer.json()["left"]) == (200, accepted, 0)
    assert Suggestion.objects.filter(state="accepted", unseen=True).count() == accepted


def test_accept_above_goes_in_parts_and_comes_back(project: Project, client_as: Any) -> None:
    many(project, [0.9] * (BATCH + 3))
    client, parts = client_as("owner"), []
    for left in (3, 0):
        url = reverse("api-suggestions-accept-above", args=[project.pk])
        answer = client.post(url, {"min_probability": 0.5}, content_type="application/json").json()
        parts.append(answer["items"])
        assert answer["left"] == left
    for items in parts:
        url = reverse("api-suggestions-reopen", args=[project.pk])
        assert client.post(url, {"items": items}, content_type="application/json").status_code == 200
    assert (Box.objects.count(), Suggestion.objects.filter(state="pending").count()) == (0, BATCH + 3)


def test_rows_by_their_ids(project: Project, client_as: Any) -> None:
    rows = many(project, [0.9, 0.8, 0.7])
    url = reverse("api-suggestions", args=[project.pk])
    found = client_as("viewer").get(url, {"ids": f"{rows[0].pk},{rows[2].pk}"}).json()
    assert [row["id"] for row in found["results"]] == [rows[0].pk, rows[2].pk]


@pytest.mark.parametrize(
    ("ordering", "expected"), [("-probability", "bac"), ("", "bac"), ("probability", "cab"), ("useful", "")]
)
def test_the_images_of_the_queue_come_in_its_order_each_once(
    ordering: str, expected: str, project: Project, client_as: Any
) -> None:
    label, batch = factories.make_class(project), factories.make_batch(project)
    images = {name: factories.make_image(project) for name in "abc"}
    for name, probability in (("a", 0.5), ("b", 0.9), ("a", 0.6), ("c", 0.1), ("b", 0.8)):
        factories.make_suggestion(images[name], label, batch=batch, probability=probability)
    answer = client_as("viewer").get(
        reverse("api-suggestions-images", args=[project.pk]), {"ordering": ordering, "class": label.pk}
    )
    assert answer.status_code == 200
    ids = [first + n for first, length in answer.json()["stretches"] for n in range(length)]
    if ordering == "useful":  # as it ranks the suggestions
        ranked = queue.useful_order(Suggestion.objects.all())
        expected_ids = dict.fromkeys(Suggestion.objects.get(pk=pk).image_id for pk in ranked)
    else:
        expected_ids = dict.fromkeys(images[name].pk for name in expected)
    assert ids == list(expected_ids)
