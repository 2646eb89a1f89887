"""What holds for every job: one worker has it, a dead one is followed by another, and it ends whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from projects.jobs.hold import Hold, LostJob, carry_out
from projects.jobs.sweep import STUCK_AFTER, TRIES, take_up
from projects.models import Import, Project

pytestmark = pytest.mark.django_db
State = Import.State


@pytest.fixture
def job(project: Project) -> Import:
    return Import.objects.create(dataset=project.datasets.first(), name="a.zip", created_by=project.created_by)


def why(job: Import, error: Exception) -> dict[str, Any]:
    return {"problems": [str(error)]}


def gave_up(job: Import) -> dict[str, Any]:
    return {"problems": [f"gave up after {job.attempts}"]}


def carried(job: Import, work: Callable[[Hold[Import]], None]) -> Import | None:
    ended = carry_out(Import.objects.all(), job.pk, work, why)
    job.refresh_from_db()
    return ended


def left_alone(job: Import, **fields: Any) -> None:
    """As it stands when nobody has said anything of it for long."""
    Import.objects.filter(pk=job.pk).update(updated_at=timezone.now() - STUCK_AFTER - timedelta(seconds=1), **fields)


def test_it_is_done_once(job: Import) -> None:
    times: list[int] = []

    def work(hold: Hold[Import]) -> None:
        times.append(hold.job.attempts)
        hold.report(done=2, total=2)

    ended = carried(job, work)
    assert ended is not None
    assert (ended.state, job.state, job.done) == (State.DONE, State.DONE, 2)
    assert carried(job, work) is None  # a second delivery
    assert times == [1]


def test_it_fails_with_its_reason(job: Import) -> None:
    def work(hold: Hold[Import]) -> None:
        raise KeyError("x")

    assert carried(job, work) is not None
    assert (job.state, job.problems) == (State.FAILED, ["'x'"])


@pytest.mark.parametrize("error", [None, ValueError("torn from it")])
@pytest.mark.parametrize(
    "taken", [{"state": State.CANCELLED}, {"lease": "another worker's"}], ids=["cancelled", "taken"]
)
def test_who_has_lost_it_writes_nothing_more(job: Import, taken: dict[str, str], error: Exception | None) -> None:
    def work(hold: Hold[Import]) -> None:
        Import.objects.filter(pk=job.pk).update(**taken)
        if error:
            raise error
        with pytest.raises(LostJob):
            hold.report(done=1)

    assert carried(job, work) is None
    assert (job.done, job.problems) == (0, [])
    assert job.state == taken.get("state", State.RUNNING)


def test_who_lost_it_and_had_it_queued_anew_does_not_take_it_for_its_own(job: Import) -> None:
    hold = Hold.take(Import.objects.all(), job.pk)
    assert hold is not None
    Import.objects.filter(pk=job.pk).update(state=State.QUEUED, attempts=0)  # as who starts it again does
    assert Hold.take(Import.objects.all(), job.pk) is not None
    with pytest.raises(LostJob):
        hold.report(done=1)


def test_a_dead_worker_s_job_is_queued_again_a_few_times(
    job: Import, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    for attempt in range(1, TRIES + 1):
        assert Hold.take(Import.objects.all(), job.pk) is not None
        assert take_up(Import.objects.all(), gave_up) == 0  # its worker may still be at it
        left_alone(job)
        with django_capture_on_commit_callbacks(execute=True):
            assert take_up(Import.objects.all(), gave_up) == (attempt < TRIES)
    job.refresh_from_db()
    assert (job.state, job.problems, OrmQ.objects.count()) == (State.FAILED, [f"gave up after {TRIES}"], TRIES - 1)


def test_a_message_that_was_lost_is_sent_again_once(
    job: Import, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    left_alone(job)
    with django_capture_on_commit_callbacks(execute=True):
        take_up(Import.objects.all(), gave_up)
        take_up(Import.objects.all(), gave_up)
    assert OrmQ.objects.count() == 1
    left_alone(job)
    with django_capture_on_commit_callbacks(execute=True):
        take_up(Import.objects.all(), gave_up)  # it waits behind others, which wait too
    assert OrmQ.objects.count() == 1
