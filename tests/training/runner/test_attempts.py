"""Runs that are carried out more than once: after a worker died, and after a person asked again."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests import factories
from training import jobs
from training.models import Run
from training.runner import jobfile
from training.runner.claims import Claim
from training.runs import actions


def carried(run: Run) -> Run:
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_the_sweep_requeues_twice_and_then_fails(bench):
    run = bench.start()
    for attempt in (1, 2, 3):
        assert Claim.take(run.pk) is not None
        jobs.sweep()
        run.refresh_from_db()
        assert run.state == "running", "a live lease is left alone"
        expire(run)
        jobs.sweep()
        run.refresh_from_db()
        assert (run.state, run.attempts) == ("queued" if attempt < 3 else "failed", attempt)
    assert (run.error_code, list(run.events.values_list("kind", flat=True))) == ("worker_lost", ["log", "log", "error"])


def test_the_sweep_ends_a_cancelled_run_of_a_dead_worker(bench):
    run = bench.start()
    Claim.take(run.pk)
    actions.cancel_run(bench.owner, run)
    expire(run)
    jobs.sweep()
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_later_attempt_goes_on_after_the_last_finished_stage(bench, engine):
    engine("ok")
    run = bench.start()
    Claim.take(run.pk)
    folder = jobfile.workdir(run)
    run.refresh_from_db()
    jobfile.prepare(run, lambda: None)
    (folder / "stages").mkdir()
    (folder / "stages" / "propose.json").write_text("{}")
    factories.make_box(bench.images[1], bench.label)  # drawn meanwhile: the job stays as it was
    expire(run)
    jobs.sweep()
    carried(run)
    states = {
        e.payload["stage"]: e.payload["state"]
        for e in run.events.filter(kind="stage")
        if e.payload["state"] != "started"
    }
    assert (run.state, run.attempts) == ("done", 2)
    assert states == {"prepare": "finished", "propose": "skipped", "verify": "finished", "suggest": "finished"}


def test_a_retry_with_other_boxes_starts_over(bench, engine):
    engine("error")
    run = carried(bench.start())
    stages = jobfile.workdir(run) / "stages"
    stages.mkdir()
    (stages / "propose.json").write_text("{}")
    factories.make_box(bench.images[1], bench.label)
    actions.retry_run(bench.owner, run)
    engine("ok")
    run = carried(run)
    assert (run.state, run.error_code) == ("done", "")
    assert not run.events.filter(kind="stage", payload__state="skipped").exists()
