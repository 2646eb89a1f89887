"""Runs about one image, and searches whose index is at hand, are carried by the warm engine; else they go as before."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from django_q.models import OrmQ

from annotations.models import Suggestion
from projects.models import Image
from tests.training import standin as cold_standin
from training import jobs, warm_server
from training.models import ModelVersion, Run
from training.predictions import server
from training.predictions.warm_engine import WarmEngine
from training.runner.claims import Claim, Instruction

STANDIN = Path(__file__).with_name("standin.py")
ROUTE = "import sys, os; os.execv(sys.executable, [sys.executable, {warm!r}, {mode!r}, {folder!r}, sys.argv[1]] "
ROUTE += "if sys.argv[1] == '--serve' else [sys.executable, {cold!r}, 'ok', sys.argv[1]])"


@pytest.fixture
def carry(tmp_path, monkeypatch):
    """Carries the first run that waits, with a warm engine in a mode; an engine of its own always does its job."""
    engine = WarmEngine()

    def one(run, mode="answers"):
        code = ROUTE.format(warm=str(STANDIN), mode=mode, folder=str(tmp_path), cold=cold_standin.__file__)
        monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", shlex.join([sys.executable, "-c", code]))
        runs = server.Runs(engine)
        assert runs.carry_one()
        run.refresh_from_db()
        return runs

    one.engine = engine
    yield one
    engine.close()


def here(bench, kind, **more):
    image = bench.images[1]
    own = {
        "similar": {"image": bench.images[0].pk, "box": str(bench.shot.pk), "within": True},
        "detect": {"detector": "yolo26n", "class_map": {"person": bench.label.pk}, "images": [image.pk]},
        "autolabel": {"classes": [bench.label.pk], "train": "never", "images": [image.pk]},
    }[kind]
    return bench.start(**{"kind": kind, "classes": None} | own | more)


@pytest.mark.parametrize("kind", ["similar", "detect", "autolabel"])
def test_a_run_about_one_image_is_carried_by_the_warm_engine(bench, carry, tmp_path, kind):
    versions = set()
    for count in (1, 2):
        run = here(bench, kind)
        assert run.queue == "predict"
        carry(run)
        assert (run.state, run.error_text) == ("done", "")
        assert Suggestion.objects.filter(batch=run.batch).exists()
        versions.add(ModelVersion.objects.count())
        assert Run.objects.filter(state="done").count() == count
    assert len(versions) == 1  # the second time nothing was learned
    assert (tmp_path / "starts").read_text() == "x"


@pytest.mark.parametrize(
    ("kind", "more"),
    [("autolabel", {"train": "always"}), ("autolabel", {"images": None}), ("detect", {"images": None})],
)
def test_what_takes_long_is_left_to_the_others(bench, kind, more):
    assert here(bench, kind, **more).queue == "gpu"


@pytest.mark.parametrize("kind", ["autolabel", "detect"])
def test_what_is_measured_takes_long(bench, kind):
    Image.objects.filter(pk=bench.images[2].pk).update(split=Image.Split.TEST)
    assert here(bench, kind).queue == "gpu"


def test_what_learns_from_many_images_takes_long(bench, monkeypatch):
    monkeypatch.setattr("training.runs.warm_parameters.MOST_TO_LEARN_FROM", 0)
    assert here(bench, "autolabel").queue == "gpu"


@pytest.mark.parametrize("mode", ["dies", "dies once"])
def test_where_the_warm_engine_dies_an_engine_of_its_own_goes_on(bench, carry, mode):
    run = here(bench, "detect")
    carry(run, mode)
    assert run.state == "done"
    assert run.events.filter(kind="log", payload__code="warm_engine_gone").count() == 1
    assert run.attempts == 1


def test_an_error_fails_the_run_and_leaves_the_engine(bench, carry, tmp_path):
    run = here(bench, "detect")
    carry(run, "error")
    assert (run.state, run.error_code) == ("failed", "weights_unavailable")
    carry(here(bench, "detect"), "error")
    assert (tmp_path / "starts").read_text() == "x"


def test_a_search_is_taken_where_its_index_is_at_hand(bench, carry):
    run = bench.start(kind="similar", image=bench.images[0].pk, classes=None)
    assert run.queue == "search"
    carry(run)
    assert (run.state, len(run.result["matches"])) == ("done", 3)


def test_a_search_that_takes_long_goes_back_once(bench, carry, django_capture_on_commit_callbacks):
    run = bench.start(kind="similar", image=bench.images[0].pk, classes=None)
    runs = carry(run, "not at hand")
    assert (run.state, run.attempts) == ("queued", 0)
    assert [(row.key, row.args()) for row in OrmQ.objects.all()] == [("search", (run.pk,))]
    assert not runs.carry_one()
    assert jobs.execute_run(run.pk) == f"run {run.pk}"


def test_a_cancelled_run_ends_and_the_next_is_answered(bench, carry, monkeypatch):
    run = here(bench, "detect")
    monkeypatch.setattr(Claim, "check", lambda _claim: Instruction.CANCEL)
    carry(run)
    assert run.state == "cancelled"
    monkeypatch.undo()
    again = here(bench, "detect")
    carry(again)
    assert again.state == "done"


def test_its_message_starts_the_warm_worker_once(bench, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        here(bench, "detect")
        here(bench, "similar")
    assert [row.key for row in OrmQ.objects.all()] == [warm_server.QUEUE]
    assert list(jobs.waiting("gpu")) == list(jobs.waiting("search")) == []
    assert len(jobs.waiting("predict")) == 2


def test_a_run_that_waits_too_long_finds_another_worker(bench, monkeypatch):
    here(bench, "detect")
    jobs.sweep()
    assert not OrmQ.objects.exists()
    monkeypatch.setattr(jobs, "PATIENCE_S", -1)
    jobs.sweep()
    jobs.sweep()
    assert [row.key for row in OrmQ.objects.all()] == [warm_server.QUEUE]
