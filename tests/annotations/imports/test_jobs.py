"""No import hangs: a second delivery does nothing, a worker that died is followed by another, who lost a step writes
nothing more.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from annotations.imports import actions, jobs, labels, storing
from annotations.models import Box, LabelImport
from projects.errors import Conflict
from projects.jobs import sweep
from projects.jobs.hold import Hold, LostJob
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import coco, step, taken, yolo, zip_of

pytestmark = pytest.mark.django_db
NAMES = [f"{n}.jpg" for n in range(6)]


def started(project: Project) -> LabelImport:
    """Six images with a box each."""
    for name in NAMES:
        factories.make_image(project, name=name)
    job = taken(project, "x.json", coco({name: [("cat", 1, 1, 9, 9)] for name in NAMES}))
    return actions.start(project.created_by, job, {})


class Death(BaseException):
    """As a worker does: nothing of it is caught."""


def test_a_second_delivery_does_nothing(project: Project) -> None:
    job = step(started(project))
    before = LabelImport.objects.values().get()
    assert step(job).phase == "done"
    assert LabelImport.objects.values().get() == before


def test_another_worker_goes_on_where_one_died(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(project)
    monkeypatch.setattr(storing, "BATCH", 2)
    write = storing.write_part
    calls: list[int] = []

    def dying(hold: Hold, of: labels.Labels, items: Any, done: int) -> None:
        calls.append(len(items))
        if len(calls) == 2:
            raise Death
        write(hold, of, items, done)

    monkeypatch.setattr(storing, "write_part", dying)
    with pytest.raises(Death):
        jobs.run_step(job.pk)
    assert (LabelImport.objects.get().phase, Box.objects.count()) == ("importing", 2)
    assert jobs.resume() == 0  # its worker may still be at it
    LabelImport.objects.update(updated_at=job.updated_at - 2 * sweep.STUCK_AFTER)
    assert jobs.resume() == 1
    job = step(job)
    assert (job.phase, job.counts["boxes"], Box.objects.count(), sum(calls)) == ("done", 6, 6, 8)


def test_a_worker_that_dies_again_and_again_ends_it(project: Project) -> None:
    job = started(project)
    LabelImport.objects.update(state="running", attempts=sweep.TRIES, updated_at=job.updated_at - 2 * sweep.STUCK_AFTER)
    assert jobs.resume() == 0
    job.refresh_from_db()
    assert (job.phase, job.problems[0]["data"]) == ("failed", {"times": sweep.TRIES})
    again = step(actions.start(project.created_by, job, {}))
    assert (again.phase, Box.objects.count()) == ("done", 6)


def test_an_error_ends_it_with_its_reason(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(project)

    def broken(*_args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(storing, "write_part", broken)
    job = step(job)
    assert (job.phase, job.problems[0]["data"]) == ("failed", {"error": "ZeroDivisionError"})


def test_cancel_stops_the_worker_and_keeps_what_is_stored(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(project)
    monkeypatch.setattr(storing, "BATCH", 2)
    write = storing.write_part

    def cancelled_meanwhile(hold: Hold, of: labels.Labels, items: Any, done: int) -> None:
        write(hold, of, items, done)
        if done == 4:
            actions.cancel(project.created_by, job)

    monkeypatch.setattr(storing, "write_part", cancelled_meanwhile)
    assert step(job).phase == "cancelled"
    assert Box.objects.count() == 4
    with pytest.raises(Conflict):
        actions.cancel(project.created_by, job)


def test_who_lost_the_step_writes_nothing(project: Project) -> None:
    job = started(project)
    hold = Hold.take(LabelImport.objects.select_related("project", "dataset__project", "created_by", "batch"), job.pk)
    assert hold is not None
    assert (
        Hold.take(LabelImport.objects.select_related("project", "dataset__project", "created_by", "batch"), job.pk)
        is None
    )
    LabelImport.objects.update(lease="another's")
    item = labels.Item(next(iter(_source(hold))), project.images.get(name="0.jpg").pk)
    with pytest.raises(LostJob):
        storing.write_part(hold, labels.Labels.of(hold.job), [item], 1)
    assert not Box.objects.exists()


def _source(hold: Hold) -> Any:
    from annotations.imports.source import open_source

    with hold.job.file.open("rb") as stream:
        return open_source(stream, hold.job.name, hold.job.dataset).labelled


def test_files_of_imports_that_nobody_starts_go(project: Project) -> None:
    job = taken(project, "set.zip", zip_of(yolo()))
    LabelImport.objects.update(updated_at=job.updated_at - 2 * jobs.KEPT)
    jobs.resume()
    job.refresh_from_db()
    assert (job.phase, bool(job.file)) == ("cancelled", False)


def test_transactions_stay_short(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 200 boxes each, and as many questions for 40 images as for one."""
    for name in (names := [f"{n}.jpg" for n in range(100)]):
        factories.make_image(project, name=name)
    job = taken(project, "x.json", coco({name: [("cat", n, 1, n + 5, 9) for n in range(5)] for name in names}))
    asked: list[tuple[int, int]] = []
    write = storing.write_part

    def counted(hold: Hold, of: labels.Labels, items: Any, done: int) -> None:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            write(hold, of, items, done)
        asked.append((sum(len(item.labelled.boxes) for item in items), len(queries)))

    monkeypatch.setattr(storing, "write_part", counted)
    step(actions.start(project.created_by, job, {}))
    assert [boxes for boxes, _n in asked] == [200, 200, 100]
    assert len({n for _boxes, n in asked}) == 1
    assert asked[0][1] <= 13
