"""A project's numbers: right when counted, kept for large projects, never a long count for a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from annotations import history, statistics
from annotations.boxes.changes import XYXY
from annotations.models import BoxHistory, Complete, Suggestion
from projects.models import Project, ProjectFigures
from tests import factories

State = Suggestion.State


@pytest.fixture
def filled(project: Project) -> Project:
    """Four images: one complete for both classes, two begun, one untouched; suggestions with every fate."""
    cat, dog = (factories.make_class(project, name) for name in ("cat", "dog"))
    whole, begun, said, _untouched = (factories.make_image(project) for _ in range(4))
    for label in (cat, dog):
        Complete.objects.create(image=whole, label=label)
    Complete.objects.create(image=said, label=cat)
    for image in (whole, begun):
        box = factories.make_box(image, cat)
        history.of_box(None, BoxHistory.Verb.CREATED, image, box).save()
    as_it_was: XYXY = (8, 8, 30, 30)
    for label, xyxy in ((cat, as_it_was), (cat, (9, 9, 30, 30)), (dog, as_it_was)):
        box = factories.make_box(begun, label, xyxy, origin="suggestion")
        decided(begun, cat, State.ACCEPTED, box=box)
    bulk = factories.make_box(begun, cat, as_it_was, origin="suggestion")
    decided(begun, cat, State.ACCEPTED, box=bulk, unseen=True)
    decided(begun, cat, State.ACCEPTED, unseen=True)  # its box was deleted: neither an answer nor a box
    undone = factories.make_box(begun, cat)
    history.of_box(None, BoxHistory.Verb.CREATED, begun, undone).save()
    undone.delete()
    factories.make_class(project, "unused")
    decided(begun, cat, State.ACCEPTED)  # its box was deleted later
    decided(begun, cat, State.REJECTED)
    factories.make_suggestion(begun, dog)
    factories.make_suggestion(begun, dog, state=State.WITHDRAWN)
    return project


def decided(image, label, state, **fields):
    return factories.make_suggestion(image, label, state=state, decided_at=timezone.now(), **fields)


def test_a_count(filled: Project) -> None:
    found = statistics.count(filled)
    cat, dog, unused = filled.classes.order_by("id")
    assert (found.images, found.labelled, found.complete, found.begun, found.untouched) == (4, 2, 1, 2, 1)
    assert found.classes == {
        cat.pk: statistics.ClassFigures(5, 2, 2),
        dog.pk: statistics.ClassFigures(1, 1, 1),
        unused.pk: statistics.ClassFigures(),
    }
    assert (found.boxes, found.pending, found.waiting) == (6, 1, {dog.pk: 1})
    assert found.days == (statistics.Day(timezone.localdate(), drawn=2, accepted=4),)
    assert found.decisions == (
        statistics.Decisions(timezone.localdate(), kept=1, adjusted=1, renamed=1, wrong=2, unseen=1),
    )


def test_another_project_counts_for_nothing(filled: Project) -> None:
    assert statistics.count(factories.make_project()) == statistics.Figures()


def test_a_small_project_is_counted_as_it_is_asked(filled: Project) -> None:
    before = statistics.figures_of(filled)
    factories.make_box(filled.images.last(), filled.classes.first())
    assert statistics.figures_of(filled).boxes == before.boxes + 1
    assert statistics.figures_of(filled).counted_at is None
    assert not OrmQ.objects.exists()


@pytest.fixture
def large(filled: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(statistics, "SMALL_BOXES", 2)
    return filled


def test_a_large_project_is_counted_by_the_worker(large: Project) -> None:
    assert statistics.figures_of(large).missing
    statistics.figures_of(large)
    assert OrmQ.objects.count() == 1  # however many look
    statistics.recount(large.pk)
    kept = statistics.figures_of(large)
    assert kept.counted_at is not None
    assert replace(kept, counted_at=None) == statistics.count(large)


def test_what_waits_is_never_old(large: Project) -> None:
    statistics.recount(large.pk)
    Suggestion.objects.filter(state=State.PENDING).update(state=State.REJECTED)
    assert statistics.figures_of(large).pending == 0


def test_an_old_count_is_shown_and_asked_for_again(large: Project) -> None:
    statistics.recount(large.pk)
    statistics.figures_of(large)
    assert not OrmQ.objects.exists()
    ProjectFigures.objects.update(counted_at=timezone.now() - timedelta(minutes=5))
    assert statistics.figures_of(large).boxes == 6
    assert OrmQ.objects.count() == 1


def test_a_page_of_a_large_project_asks_little(large: Project, django_assert_max_num_queries) -> None:
    statistics.recount(large.pk)
    with django_assert_max_num_queries(4):
        statistics.figures_of(large)


def test_a_project_that_shrank_forgets_its_count(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    statistics.recount(large.pk)
    monkeypatch.setattr(statistics, "SMALL_BOXES", 100)
    assert statistics.figures_of(large).counted_at is None
    assert not ProjectFigures.objects.exists()
