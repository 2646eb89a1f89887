"""The one writer of boxes, suggestions and what is complete: states, versions, history; and that nobody writes beside
it.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from django.db.models import F

from annotations.classes import actions as classes_actions
from annotations.gallery import actions as gallery_actions
from annotations.gallery import completion
from annotations.locking import lock_images
from annotations.models import Box, BoxHistory, Complete, Suggestion
from annotations.review import actions as review_actions
from annotations.unit_of_work import UnitOfWork, box_of
from projects import audit
from projects.bin import actions as bin_actions
from projects.bin.moving import purge_project
from projects.models import AuditEntry, Image, Project
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
State = Suggestion.State


@pytest.fixture
def image(project: Project) -> Image:
    return factories.make_image(project, name="road.jpg")


def verbs(**wanted: object) -> list[str]:
    return list(BoxHistory.objects.filter(**wanted).values_list("verb", flat=True))


@pytest.mark.parametrize(
    ("start", "verb", "state", "boxes", "history"),
    [
        ("pending", "accept", "accepted", 1, ["accepted"]),
        ("pending", "answer", "accepted", 1, ["answered"]),
        ("pending", "reject", "rejected", 0, ["rejected"]),
        ("pending", "withdraw", "withdrawn", 0, ["withdrawn"]),
        ("accepted", "reopen", "pending", 0, ["deleted", "reconsidered"]),
        ("accepted", "withdraw", "withdrawn", 0, ["deleted", "withdrawn"]),
        ("drawn", "reopen", "pending", 1, ["reconsidered"]),  # what a person drew stays
        ("drawn", "withdraw", "withdrawn", 1, ["withdrawn"]),
        ("rejected", "reopen", "pending", 0, ["reconsidered"]),
        ("withdrawn", "offer_again", "pending", 0, ["offered"]),
    ],
)
def test_a_decision_changes_state_version_and_history(
    start: str, verb: str, state: str, boxes: int, history: list[str], project: Project, image: Image
) -> None:
    user, label = project.created_by, factories.make_class(project)
    box = {
        "accepted": lambda: factories.make_box(image, label, origin="suggestion"),
        "drawn": lambda: factories.make_box(image, label),
    }.get(start, lambda: None)()
    row = factories.make_suggestion(image, label, state="accepted" if start == "drawn" else start, box=box)
    unit = UnitOfWork(user, lock_images({image.pk}).values())
    if verb == "accept":
        unit.accept(row, box_of(row, user, uuid.uuid4()))
    elif verb == "answer":
        unit.answer(row, factories.make_box(image, label))
    else:
        getattr(unit, verb)(row)
    unit.write()
    seen = row.version
    row.refresh_from_db()
    assert (row.state, row.version, seen, Box.objects.count(), verbs()) == (state, 2, 2, boxes, history)
    assert (row.decided_by, row.decided_at is not None) == ((None, False) if state == "pending" else (user, True))
    image.refresh_from_db()
    assert image.version == 2
    assert set(BoxHistory.objects.filter(box=None).values_list("version", "suggestion")) <= {(2, row.pk)}


def test_what_a_run_takes_back_makes_nobody_s_save_stale(project: Project, image: Image) -> None:
    rows = [factories.make_suggestion(image, factories.make_class(project)) for _ in range(3)]
    assert review_actions.replace([row.pk for row in rows[:2]]) == [row.pk for row in rows[:2]]
    review_actions.offer_again([rows[0].pk])
    assert review_actions.take_back(Suggestion.objects.filter(pk=rows[2].pk)) == 1
    image.refresh_from_db()
    assert image.version == 1
    assert [verbs(suggestion=row.pk) for row in rows] == [["withdrawn", "offered"], ["withdrawn"], ["withdrawn"]]
    assert not BoxHistory.objects.exclude(actor=None).exists()


def test_many_cost_as_many_questions_as_two(project: Project, image: Image, django_assert_num_queries) -> None:
    label = factories.make_class(project)
    for n in (2, 40):
        rows = [factories.make_suggestion(image, label, (i / 10, 0, 30, 30)) for i in range(n)]
        seen = [(row.pk, row.version) for row in rows]
        with django_assert_num_queries(13):
            review_actions.accept(project.created_by, project, seen)


# --- history stays ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("gone", ["image", "images", "dataset", "class", "project"])
def test_history_outlives_what_it_tells_of(gone: str, project: Project, image: Image) -> None:
    owner, label = project.created_by, factories.make_class(project, "cat")
    row = factories.make_suggestion(image, label)
    (box,) = review_actions.accept(owner, project, [(row.pk, row.version)])
    numbers = (image.pk, "road.jpg", "cat", box.pk, row.pk)
    there = (project.pk, image.pk)
    {
        "image": lambda: bin_actions.delete_image(owner, image),
        "images": lambda: gallery_actions.delete(owner, project, [image.pk]),
        "dataset": lambda: bin_actions.delete_dataset(owner, image.dataset),
        "class": lambda: classes_actions.delete_class(owner, label),
        "project": lambda: purge_project(project),
    }[gone]()
    kept = BoxHistory.objects.get(verb="accepted")
    assert (kept.image_number, kept.image_name, kept.label_name, kept.box, kept.suggestion) == numbers
    assert kept.image_id == (there[1] if gone == "class" else None)
    assert kept.project_id == (None if gone == "project" else there[0])


@pytest.mark.parametrize("table", ["history", "audit"])
def test_what_is_written_stays_written(table: str, project: Project, image: Image) -> None:
    if table == "history":
        completion.set_complete(project.created_by, project, [image.pk], [factories.make_class(project)], value=True)
        rows = BoxHistory.objects.all()
    else:
        audit.record(project.created_by, "project.looked_at", project, project=project)
        rows = AuditEntry.objects.all()
    row = rows.first()
    assert row is not None
    for attempt in (
        row.save,
        row.delete,
        rows.delete,
        lambda: rows.update(verb="other"),
        lambda: rows.bulk_update([row], ["verb"]),
    ):
        with pytest.raises(TypeError, match="append-only"):
            attempt()


# --- nobody else ------------------------------------------------------------------------------------------------------
WRITES = re.compile(
    r"(?:Suggestion|Box|Complete)\.objects\S*?\.(?:update|bulk_update|delete|create|get_or_create|bulk_create)\("
    r"|\b(?:suggestion|box)\.(?:save|delete)\(|\.state = "
    r"(?:Suggestion\.)?State\.(?:PENDING|ACCEPTED|REJECTED|WITHDRAWN)"
)
WRITERS = {
    "annotations/unit_of_work.py",
    "annotations/review/actions.py",  # stores what a run suggests for the first time
}


def test_nobody_else_writes_boxes_and_decisions() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for app in ("projects", "annotations", "training")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and WRITES.search(path.read_text(encoding="utf-8"))
    }
    assert found == WRITERS


def test_completeness_is_counted_from_its_marks(project: Project, image: Image) -> None:
    labels = [factories.make_class(project) for _ in range(3)]
    for value, changed in ((True, 1), (True, 0), (False, 1), (False, 0)):
        assert completion.set_complete(project.created_by, project, [image.pk], labels, value=value).count == changed
    assert not Complete.objects.exists()
    assert verbs() == ["completed"] * 3 + ["reopened"] * 3
    assert BoxHistory.objects.filter(version__gt=F("image__version")).count() == 0
