"""Suggestions are there while a training goes on: stored once, kept when it is cancelled, and by a worker that dies
between the parts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from annotations.models import Suggestion
from annotations.review.actions import accept
from training import jobs
from training.models import ModelVersion, Run
from training.runner import jobfile, results
from training.runs import actions, queries

State = Suggestion.State


def shown(run: Run) -> list[str]:
    return sorted(run.batch.suggestions.exclude(state=State.DROPPED).values_list("state", flat=True))


@pytest.fixture
def between(engine, monkeypatch):
    """`between(act)`: calls `act(run)` when suggestions are stored and the engine trains; it ends then if `act` returns
    nothing.
    """
    engine("wait")

    def choose(act):
        store = results.store_finds
        calls = []

        def stored(claim, prepared, tick):
            store(claim, prepared, tick)
            calls.append(claim.run)
            if not act(Run.objects.select_related("batch").get(pk=claim.run_id)):
                (Path(prepared.path).parent / "go").touch()

        monkeypatch.setattr(results, "store_finds", stored)
        return calls

    return choose


def carried(run: Run) -> Run:
    jobs.execute_run(run.pk)
    return Run.objects.select_related("batch", "created_by", "dataset").get(pk=run.pk)


def test_people_answer_while_it_trains(bench, between):
    seen = []

    def act(run):
        row = queries.run_row(run)
        seen.append((run.state, row["batch"]["pending"], row["batch"]["dropped"], bool(row["suggestions_at"])))
        seen.append(list(ModelVersion.objects.values_list("kind", flat=True)))
        one = run.batch.suggestions.filter(state=State.PENDING).first()
        accept(bench.owner, bench.project, [(one.pk, one.version)])

    calls = between(act)
    run = carried(bench.start(train="always"))
    assert seen == [("running", 6, 3, True), ["fewshot"]]
    assert (run.state, shown(run), len(calls)) == ("done", ["accepted"] + ["pending"] * 5, 1)
    assert run.result["counts"] | {"left_out": {}} == {"images": 3, "suggested": 6, "sure": 3, "left_out": {}}
    row = queries.run_row(run)
    assert ModelVersion.objects.filter(pk__in=row["models"]).count() == len(row["models"]) == 2
    assert row["suggestions_at"] < row["finished_at"]


def test_a_cancelled_training_keeps_the_suggestions(bench, between):
    between(lambda run: actions.cancel_run(bench.owner, run))
    run = carried(bench.start(train="always"))
    assert (run.state, shown(run)) == ("cancelled", ["pending"] * 6)
    assert queries.run_row(run)["suggestions_at"]
    assert not ModelVersion.objects.filter(kind="detector").exists()
    assert actions.undo_run(bench.owner, run)["withdrawn"] == 6


def test_tried_again_after_an_undo_it_suggests_again(bench, between, engine):
    between(lambda run: actions.cancel_run(bench.owner, run))
    run = carried(bench.start(train="always"))
    actions.undo_run(bench.owner, run)
    engine("ok")
    actions.retry_run(bench.owner, run)
    run = carried(run)
    assert (run.state, shown(run)) == ("done", ["pending"] * 6 + ["withdrawn"] * 6)
    assert not queries.run_row(run)["batch"]["undone"]


class Death(BaseException):
    """As kill -9 would: nothing in the worker catches it."""


def test_a_worker_that_dies_between_the_parts_stores_each_once(bench, engine, monkeypatch):
    engine("ok")
    keep, store, calls = results.model_versions_store.keep_detector, results.store_finds, []

    def dying(*_given):
        raise Death

    monkeypatch.setattr(results, "store_finds", lambda *given: calls.append(1) or store(*given))
    monkeypatch.setattr(results.model_versions_store, "keep_detector", dying)
    run = bench.start(train="always")
    with pytest.raises(Death):
        jobs.execute_run(run.pk)
    monkeypatch.setattr(results.model_versions_store, "keep_detector", keep)
    first = Run.objects.select_related("batch").get(pk=run.pk)
    one = first.batch.suggestions.filter(state=State.PENDING).first()
    accept(bench.owner, bench.project, [(one.pk, one.version)])  # while nobody trains
    Run.objects.filter(pk=run.pk).update(state="queued")  # as the sweep does
    run = carried(run)
    assert (run.state, shown(run), len(calls)) == ("done", ["accepted"] + ["pending"] * 5, 1)
    assert sorted(ModelVersion.objects.values_list("kind", "version")) == [("detector", 1), ("fewshot", 1)]


def test_a_worker_that_stops_between_the_parts_hands_back_the_same_job(bench, between):
    """People's answers would change the job, and all that was done would be done again."""

    def act(run):
        job = (jobfile.workdir(run) / "job.json").read_text()
        one = run.batch.suggestions.filter(state=State.PENDING).first()
        accept(bench.owner, bench.project, [(one.pk, one.version)])
        run.attempts = 1  # as after a hand-back
        jobfile.prepare(run, lambda: None)
        assert (jobfile.workdir(run) / "job.json").read_text() == job

    between(act)
    assert carried(bench.start(train="always")).state == "done"


def test_nothing_of_a_run_that_is_cancelled_before_is_kept(bench, engine, monkeypatch):
    engine("ok")
    write = results._write

    def cancelling(claim, *given):
        write(claim, *given)
        actions.cancel_run(bench.owner, claim.run)
        claim._renew_at = 0

    monkeypatch.setattr(results, "_write", cancelling)
    monkeypatch.setattr("training.runner.supervise.CHECK_GAP_S", 0)
    run = carried(bench.start())
    assert run.state == "cancelled"
    assert set(shown(run)) == {"withdrawn"}
    assert not queries.run_row(run)["suggestions_at"]


def test_the_page_of_a_run_that_was_undone_says_so(bench, engine, client):
    engine("ok")
    run = carried(bench.start())
    client.force_login(bench.owner)
    reply = client.post(reverse("run-verb", args=[run.pk, "undo"]), follow=True)
    row = reply.context["data"]["run"]
    assert (row["batch"]["undone"], row["batch"]["taken_back"], row["batch"]["dropped"]) == (True, 6, 0)
    assert "6 suggestions and boxes were taken back." in reply.content.decode()
    assert "Undone" in client.get(reverse("runs", args=[bench.project.pk])).content.decode()
