"""The counts above a cut-off: kept from one look to the next, and always what a count of all would say."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from annotations.boxes.actions import apply_changes
from annotations.gallery import actions as gallery_actions
from annotations.models import Suggestion, SuggestionBatch
from annotations.review import actions, cutoff
from projects.bin.actions import delete_image
from projects.models import Image, Project
from tests import factories

pytestmark = pytest.mark.django_db
State = Suggestion.State


@pytest.fixture
def large(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Forty suggestions of two classes in two images, which count as many."""
    cache.clear()
    monkeypatch.setattr(cutoff, "SMALL", 3)
    labels, images = [factories.make_class(project) for _ in "ab"], [factories.make_image(project) for _ in "ab"]
    store(project, images, labels, 40)
    return project


def store(project: Project, images: list[Image], labels: list[Any], n: int) -> None:
    chance, batch = random.Random(n), factories.make_batch(project)
    rows = []
    for i in range(n):
        row = Suggestion(
            batch=batch,
            image=images[i % 2],
            label=labels[i % len(labels)],
            probability=chance.random(),
            score=1,
            source="head",
        )
        row.xyxy = (i, i, i + 9, i + 9)
        rows.append(row)
    actions.store_suggestions(rows)


def pending() -> Suggestion:
    return Suggestion.objects.filter(state=State.PENDING).order_by("?").select_related("image")[0]


def decided() -> Suggestion:
    return (
        Suggestion.objects.filter(state__in=[State.ACCEPTED, State.REJECTED]).order_by("?").select_related("image")[0]
    )


def seen(row: Suggestion) -> list[tuple[int, int]]:
    return [(row.pk, row.version)]


def save(project: Project, image: Image, change: dict[str, Any]) -> None:
    image.refresh_from_db()
    apply_changes(project.created_by, image, seen=image.version, changes=[change])


def accepted_box() -> Suggestion:
    return Suggestion.objects.filter(state=State.ACCEPTED, box__isnull=False).order_by("?").select_related("image")[0]


STEPS = {
    "accept": lambda p: actions.accept(p.created_by, p, seen(pending())),
    "reject": lambda p: actions.reject(p.created_by, p, seen(pending())),
    "relabel": lambda p: actions.relabel(p.created_by, p, seen(pending()), p.classes.last().pk),
    "reopen": lambda p: actions.reopen(p.created_by, p, seen(decided())),
    "unseen": lambda p: actions.accept_some(p.created_by, p, Suggestion.objects.filter(pk=pending().pk)),
    "replace": lambda p: actions.replace([pending().pk]),
    "new": lambda p: store(p, list(p.images.all()) * 2, list(p.classes.all()), 3),
    "withdraw": lambda p: actions.withdraw_batch(p.created_by, SuggestionBatch.objects.order_by("-pk")[0]),
    "box deleted": lambda p: save(p, (one := accepted_box()).image, {"op": "delete", "id": str(one.box_id)}),
    "box relabelled": lambda p: save(
        p, (one := accepted_box()).image, {"op": "update", "id": str(one.box_id), "class": p.classes.last().pk}
    ),
    "box moved": lambda p: save(
        p, (one := accepted_box()).image, {"op": "update", "id": str(one.box_id), "xyxy": [1, 2, 50, 40]}
    ),
    "drawn": lambda p: save(
        p,
        (one := pending()).image,
        {"op": "create", "id": str(uuid.uuid4()), "class": one.label_id, "xyxy": list(one.xyxy)},
    ),
    "image deleted": lambda p: delete_image(p.created_by, pending().image),
    "images deleted": lambda p: gallery_actions.delete(p.created_by, p, [pending().image.pk]),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("of_class", [False, True])
def test_what_is_kept_says_what_a_count_says(step: str, of_class: bool, large: Project) -> None:
    for _ in range(4):
        actions.accept(large.created_by, large, seen(pending()))
        actions.reject(large.created_by, large, seen(pending()))
    label = large.classes.first().pk if of_class else None
    cutoff.cut_off(large, label=label)
    for _ in range(2):
        STEPS[step](large)
        rows = Suggestion.objects.filter(label__project=large, **({"label": label} if label else {}))
        assert cutoff.cut_off(large, label=label) == cutoff.count(rows)
        if "deleted" in step and "image" in step:
            break


def test_a_second_look_counts_nothing_and_one_answer_little(large: Project, django_assert_max_num_queries: Any) -> None:
    first = cutoff.cut_off(large)
    counted = []
    whole = cutoff._count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutoff, "_count", lambda rows: counted.append(rows.count()) or whole(rows))
        patch.setattr(cutoff, "MARGIN", -cutoff.MARGIN)  # nothing is so late here
        assert cutoff.cut_off(large) == first
        assert counted == []
        actions.accept(large.created_by, large, seen(pending()))
        cutoff.cut_off(large)
        assert len(counted) == 1
        assert counted[0] < 8


def test_the_page_s_question_is_kept_and_others_are_counted(large: Project, client_as: Any) -> None:
    client, url = client_as("viewer"), reverse("api-suggestions-cutoff", args=[large.pk])
    for asked in (
        {"state": "all"},
        {"state": "all", "class": large.classes.first().pk},
        {"state": "pending", "sure": "false"},
    ):
        wanted = {"label": asked["class"]} if "class" in asked else {}
        rows = Suggestion.objects.filter(label__project=large, **wanted)
        answer = client.get(url, asked).json()
        assert answer["bins"] == cutoff.count(rows).bins
