"""How a worker carries a run to its end, whatever the engine does."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import OperationalError, connection

from annotations.models import Box, Suggestion
from tests import factories
from training import jobs
from training.models import ModelVersion, Run, RunEvent
from training.runner import jobfile, supervise
from training.runner.claims import Claim, LostRun
from training.runs import actions


def carried(run: Run) -> Run:
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


def kinds(run: Run) -> list[str]:
    return list(run.events.values_list("kind", flat=True))


def test_a_run_becomes_suggestions_models_and_figures(bench, engine):
    engine("ok")
    run = carried(bench.start(train="always"))
    assert (run.state, run.percent, run.error_code, run.worker) == ("done", 100.0, "", "")
    assert run.batch.suggestions.count() == 6
    assert run.result["counts"] == {"images": 3, "suggested": 6, "sure": 3, "left_out": {}}
    assert run.result["classes"][str(bench.label.pk)]["outlier_box_ids"] == [str(bench.shot.pk)]
    assert run.result["weights"][0]["sha256"] == "0" * 64
    assert run.batch.suggestions.first().evidence[0]["box_id"] == str(bench.shot.pk)
    fewshot, detector = ModelVersion.objects.order_by("kind", "id")[::-1]
    assert (fewshot.name, fewshot.version, fewshot.shots) == ("mushroom", 1, 3)
    assert detector.classes == [{"id": bench.label.pk, "name": "mushroom"}]
    assert detector.file.read() == b"weights"
    assert run.result["curves"]["box"] == [1.0, 0.5]


def test_a_detector_that_kept_its_base_says_which_classes_are_whose(bench, engine):
    engine("ok")
    person = factories.make_class(bench.project, name="Person")
    factories.make_box(bench.images[0], person, (100, 100, 160, 160))
    carried(bench.start(train="always", keep_base=True, classes=[bench.label.pk, person.pk]))
    detector = ModelVersion.objects.get(kind="detector")
    assert detector.classes == [
        {"id": bench.label.pk, "name": "mushroom"},
        {"id": person.pk, "name": "Person", "base": True},
        {"id": None, "name": "bicycle", "base": True},
        {"id": None, "name": "car", "base": True},
    ]
    assert [entry["name"] for entry in detector.own_classes] == ["mushroom", "Person"]
    assert [entry["name"] for entry in detector.base_classes] == ["bicycle", "car"]
    assert detector.name == "yolo26n mushroom, Person"
    assert detector.details["agreement"] == {"ap50": 0.9, "boxes": 8, "images": 3}


@pytest.mark.parametrize("before", [True, False])
def test_the_job_asks_for_what_the_run_keeps_also_when_it_was_queued_before_there_was_a_choice(bench, before):
    run = bench.start(keep_base=not before, aim="time" if before else "precision")
    if before:
        del run.params["keep_base"], run.params["aim"]
    job = json.loads(jobfile.prepare(run, lambda: None).path.read_text(encoding="utf-8"))
    assert job["train"]["keep_base"] is not before
    assert job["aim"] == ("time" if before else "precision")


def test_the_job_of_a_kept_detector_maps_its_own_places(bench):
    cat = factories.make_class(bench.project, name="cat")
    model = ModelVersion.objects.create(
        project=bench.project, kind="detector", name="m", version=1, sha256="0" * 64, bytes=1,
        classes=[{"id": bench.label.pk, "name": "mushroom"}]
        + [{"id": None, "name": name, "base": True} for name in ("person", "cat")],
        file=ContentFile(b"weights", name="detector.pt"),
    )  # fmt: skip
    run = bench.start(kind="detect", classes=None, model=model.pk)
    job = json.loads(jobfile.prepare(run, lambda: None).path.read_text(encoding="utf-8"))
    assert job["detect"]["class_map"] == {"0": bench.label.pk, "2": cat.pk}


def test_events_are_numbered_without_gaps_and_end_with_done(bench, engine):
    engine("ok")
    run = carried(bench.start())
    seqs = list(run.events.values_list("seq", flat=True))
    assert seqs == list(range(1, run.last_seq + 1))
    assert kinds(run).count("epoch") == 2
    assert kinds(run)[-1] == "done"


def test_people_s_boxes_stay_as_they_are(bench, engine):
    engine("ok")
    before = list(Box.objects.values())
    carried(bench.start())
    assert list(Box.objects.values()) == before


@pytest.mark.parametrize(
    ("mode", "code", "word"),
    [
        ("crash", "crashed", "something tore"),
        ("segfault", "crashed", "SIGSEGV"),
        ("oom", "killed", "memory"),
        ("error", "weights_unavailable", "yolo26n.pt"),
        ("empty", "no_results", "without leaving results"),
        ("broken", "bad_results", "cannot be read"),
    ],
)
def test_a_failure_is_said_in_words(bench, engine, mode, code, word):
    engine(mode)
    run = carried(bench.start())
    assert (run.state, run.error_code) == ("failed", code)
    assert word in run.error_text
    assert kinds(run).count("error") == 1


def test_lines_that_are_no_events_do_no_harm(bench, engine):
    engine("garbage")
    run = carried(bench.start())
    assert run.state == "done"
    assert run.events.filter(kind="epoch").first().payload["losses"] == {"box": None, "cls": None}
    assert "secret" not in kinds(run)


def test_a_chatty_engine_leaves_few_rows(bench, engine):
    engine("chatty")
    run = carried(bench.start())
    assert run.state == "done"
    assert RunEvent.objects.filter(run=run).count() < 260


def test_an_engine_without_a_sign_of_life_is_ended(bench, engine, settings):
    settings.ENGINE_SILENCE_SECONDS = 1.0
    engine("silent")
    run = carried(bench.start())
    assert (run.state, run.error_code) == ("failed", "silent")


def test_a_second_delivery_starts_nothing(bench, engine):
    engine("ok")
    run = carried(bench.start())
    seq = run.last_seq
    assert jobs.execute_run(run.pk) == f"nothing to do for run {run.pk}"
    run.refresh_from_db()
    assert (run.attempts, run.last_seq) == (1, seq)


def test_the_oldest_run_goes_first_whoever_is_called(bench, engine):
    engine("ok")
    first, second = bench.start(), bench.start()
    assert jobs.execute_run(second.pk) == f"run {first.pk}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["slow60", "stubborn"])
def test_a_cancel_ends_the_engine_within_five_seconds(engine, mode):
    from tests.training.conftest import make_bench

    bench = make_bench()
    engine(mode)
    run = bench.start()
    took: list[float] = []

    def cancel() -> None:
        deadline = time.monotonic() + 20
        while not (jobfile.workdir(run) / "pids").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        while True:
            try:
                actions.cancel_run(bench.owner, Run.objects.get(pk=run.pk))
                break
            except (
                OperationalError
            ):  # tests' SQLite lives in memory, where a second writer is refused instead of waiting
                time.sleep(0.02)
        took.append(time.monotonic())
        connection.close()

    thread = threading.Thread(target=cancel)
    thread.start()
    carried(run)
    ended = time.monotonic()
    thread.join()
    assert run.state == "cancelled"
    assert ended - took[0] < 5
    pid = int((jobfile.workdir(run) / "pids").read_text().split()[-1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_run_that_was_taken_over_writes_nothing_more(bench, engine, monkeypatch):
    engine("ok")
    run = bench.start()
    claim = Claim.take(run.pk)
    Run.objects.filter(pk=run.pk).update(worker="another")
    supervise.carry(claim)
    run.refresh_from_db()
    assert (run.state, run.worker, run.last_seq) == ("running", "another", 0)
    with pytest.raises(LostRun):
        claim.renew()


def test_a_worker_that_is_asked_to_stop_hands_the_run_back(bench, engine):
    engine("slow60")
    run = bench.start()
    claim = Claim.take(run.pk)
    stop = threading.Event()
    stop.set()
    with pytest.raises(supervise.StopRequest):
        supervise._Attempt(claim, stop).go()
    assert claim.hand_back()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("queued", 0)


def test_the_engine_gets_no_secrets(bench, engine, monkeypatch, tmp_path):
    monkeypatch.setenv("LABELHUB_SECRET_KEY", "hush")
    monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", f"sh -c 'env > {tmp_path}/env'")
    carried(bench.start())
    assert "hush" not in (tmp_path / "env").read_text()


def test_the_folder_of_a_finished_run_is_cleared(bench, engine):
    engine("ok")
    run = carried(bench.start())
    assert not jobfile.workdir(run).exists()
    assert settings.RUNS_DIR.exists()


def test_a_run_whose_class_was_deleted_says_so(bench, engine):
    run = bench.start()
    bench.label.delete()
    run = carried(run)
    assert (run.state, run.error_code) == ("failed", "nothing_to_do")
    assert Suggestion.objects.count() == 0


def test_a_run_whose_dataset_was_deleted_does_not_take_the_whole_project(bench, engine):
    dataset = bench.project.datasets.create(name="monday")
    factories.make_image(bench.project, dataset=dataset)
    run = bench.start(dataset=dataset.pk)
    dataset.images.all().delete()
    dataset.delete()
    run = carried(run)
    assert (run.state, run.error_code) == ("failed", "nothing_to_do")
    assert Suggestion.objects.count() == 0
