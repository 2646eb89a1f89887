"""The page of a class model: its shots, what to label next, what it is mixed up with; and how many questions that
asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Box, Complete, LabelClass
from projects.models import Project
from tests import factories
from training.analysis import confusion
from training.analysis.next_images import Candidate, choose, next_images
from training.models import LeftOut, ModelVersion

SignIn = Callable[[str | None], Client]


@pytest.fixture
def label(project: Project) -> LabelClass:
    return factories.make_class(project, name="mushroom")


def make_model(label: LabelClass, odd: Sequence[Box] = ()) -> ModelVersion:
    return ModelVersion.objects.create(
        project=label.project, kind=ModelVersion.Kind.FEWSHOT, label=label, name=label.name, version=1, sha256="0" * 64,
        bytes=1,
        classes=[{"id": label.pk, "name": label.name}], metrics={"outlier_box_ids": [str(box.pk) for box in odd]},
    )  # fmt: skip


# --- what to label next -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("candidates", "drawn", "n", "expected"),
    [
        ([], [], 5, []),
        ([(1, 0.9, "a"), (2, 0.55, "b"), (3, 0.2, "c")], [], 5, [2, 3, 1]),
        ([(1, 0.9, "a"), (2, 0.55, "b"), (3, 0.2, "c")], [], 2, [2, 3]),
        ([(1, 0.5, "a"), (2, 0.52, "a"), (3, 0.3, "b")], [], 3, [1, 3, 2]),  # two of a look are worth less
        ([(1, 0.9, "a"), (1, 0.6, "a"), (2, 0.7, "b")], [], 2, [1, 2]),  # an image counts by its least sure one
        ([(1, 0.5, "a"), (2, 0.6, "b"), (3, 0.7, "c")], [1], 3, [2, 3, 1]),  # by lot, and for no other reason
        ([(1, 0.5, "a")], [8, 9], 2, [8, 9]),
    ],
)
def test_choice(candidates: list[tuple[int, float, str]], drawn: list[int], n: int, expected: list[int]) -> None:
    picks = choose([Candidate(*one) for one in candidates], drawn, n)
    assert [pick.image for pick in picks] == expected
    assert [pick.image for pick in picks if pick.probability is None] == drawn


def test_a_tenth_is_drawn_by_lot_from_open_images(label: LabelClass) -> None:
    images = [factories.make_image(label.project) for _ in range(30)]
    for image in images[:25]:
        Complete.objects.create(image=image, label=label)
    by_lot = [image for image, pick in next_images(label, 20, seed="x") if pick.probability is None]
    assert len(by_lot) == 2
    assert {image.pk for image in by_lot} <= {image.pk for image in images[25:]}
    assert by_lot == [image for image, _ in next_images(label, 20, seed="x")]


def test_the_page_opens_images_with_the_class_in_hand(label: LabelClass, client_as: SignIn) -> None:
    image = factories.make_image(label.project)
    page = client_as("annotator").get(reverse("model", args=[make_model(label).pk])).content.decode()
    assert f'{reverse("editor", args=[image.pk])}?draw={label.pk}"' in page


# --- mixed up with ----------------------------------------------------------------------------------------------------
def test_every_kind_of_mix_up_is_counted(label: LabelClass) -> None:
    fox, owl, elk = (factories.make_class(label.project, name=name) for name in ("fox", "owl", "elk"))
    image = factories.make_image(label.project)
    renamed, own, taken = (
        factories.make_box(image, one, (40, 30, 60, 45), origin="suggestion") for one in (fox, label, label)
    )
    factories.make_suggestion(image, label, state="accepted", box=renamed)
    factories.make_suggestion(image, label, state="accepted", box=own)
    factories.make_suggestion(image, owl, state="accepted", box=taken)
    factories.make_box(image, fox, (8, 8, 30, 30))
    factories.make_suggestion(image, label, (8, 8, 30, 30), state="rejected")
    seen = factories.make_box(image, elk)
    factories.make_suggestion(
        image, label, evidence=[{"box_id": str(seen.pk)}, {"box_id": str(own.pk)}, {"box_id": None}]
    )
    found = {one.label.name: (one.became, one.was, one.near) for one in confusion.neighbours(label)}
    assert found == {"fox": (2, 0, 0), "owl": (0, 1, 0), "elk": (0, 0, 1)}


def test_the_renamed_are_seen_behind_many_that_were_right(label: LabelClass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confusion, "LOOKED_AT", 3)
    fox, image = factories.make_class(label.project, name="fox"), factories.make_image(label.project)
    for probability, one in [(0.9, label), (0.8, label), (0.7, label), (0.6, fox)]:
        box = factories.make_box(image, one)
        factories.make_suggestion(image, label, state="accepted", box=box, probability=probability)
    assert [(one.label, one.became) for one in confusion.neighbours(label)] == [(fox, 1)]


def test_what_was_another_class_is_sought_in_the_newest_images(
    label: LabelClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confusion, "LOOKED_THROUGH", 1)
    for name in ("fox", "owl"):
        image, other = factories.make_image(label.project), factories.make_class(label.project, name=name)
        box = factories.make_box(image, label, origin="suggestion")
        factories.make_suggestion(image, other, state="accepted", box=box)
    assert [(one.label.name, one.was) for one in confusion.neighbours(label)] == [("owl", 1)]


# --- the page ---------------------------------------------------------------------------------------------------------
def test_a_shot_is_left_out_and_taken_back_on_the_page(label: LabelClass, client_as: SignIn) -> None:
    box = factories.make_box(factories.make_image(label.project), label)
    model, client = make_model(label, [box]), client_as("annotator")
    page = reverse("model", args=[model.pk])
    assert [row["odd"] for row in client.get(page).context["shots"]] == [True]
    reply = client.post(reverse("shot-verb", args=[model.pk, box.pk, "leave-out"]), {"page": "1"})
    assert reply["Location"] == f"{page}?page=1#shots"
    shown = client.get(page).context
    assert ([row["out"] for row in shown["shots"]], shown["teaching"]) == ([True], 0)
    client.post(reverse("shot-verb", args=[model.pk, box.pk, "use-again"]))
    assert not LeftOut.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 403), ("annotator", 302)])
def test_who_may_leave_out(role: str | None, status: int, label: LabelClass, client_as: SignIn) -> None:
    box = factories.make_box(factories.make_image(label.project), label)
    url = reverse("shot-verb", args=[make_model(label).pk, box.pk, "leave-out"])
    assert client_as(role).post(url).status_code == status
    assert LeftOut.objects.exists() == (role == "annotator")


def test_the_page_asks_no_more_when_there_is_more(label: LabelClass, client_as: SignIn) -> None:
    model, client = make_model(label), client_as("viewer")
    other = factories.make_class(label.project)

    def asked(n: int) -> int:
        for _ in range(n):
            image = factories.make_image(label.project)
            box, theirs = factories.make_box(image, label), factories.make_box(image, other)
            factories.make_suggestion(image, label, evidence=[{"box_id": str(theirs.pk)}])
            factories.make_suggestion(image, label, state="rejected")
            factories.make_suggestion(image, label, state="accepted", box=box)
        client.get(reverse("model", args=[model.pk]))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("model", args=[model.pk])).status_code == 200
        return len(captured)

    few = asked(3)
    assert asked(12) == few
    assert few < 36


def test_the_page_of_a_class_that_is_gone(label: LabelClass, client_as: SignIn) -> None:
    model = make_model(label)
    label.delete()
    assert client_as("viewer").get(reverse("model", args=[model.pk])).status_code == 200
