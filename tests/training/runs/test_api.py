"""Runs, models and detectors over REST."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from training import jobs
from training.model_versions.archive import card
from training.models import ModelVersion, Run


@pytest.fixture
def api(bench, client):
    client.force_login(bench.owner)
    return client


@pytest.fixture
def done(bench, engine) -> Run:
    engine("ok")
    run = bench.start(train="always")
    jobs.execute_run(run.pk)
    return Run.objects.get(pk=run.pk)


def test_a_run_is_started_and_said(api, bench):
    asked = {"kind": "autolabel", "classes": [bench.label.pk], "dataset": None, "images": None, "epochs": 5}
    reply = api.post(reverse("api-runs", args=[bench.project.pk]), asked, content_type="application/json")
    assert reply.status_code == 201
    row = reply.json()
    assert (row["state"], row["queue_position"], row["number"], row["classes"]) == ("queued", 1, 1, [bench.label.pk])
    assert row["params"]["epochs"] == 5
    assert api.get(reverse("api-run", args=[row["id"]])).json() == row


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_may_keep_the_base_detector_s_classes(api, bench, keep):
    asked = {"kind": "autolabel", "classes": [bench.label.pk], "keep_base": keep}
    reply = api.post(reverse("api-runs", args=[bench.project.pk]), asked, content_type="application/json")
    assert reply.json()["params"]["keep_base"] is keep


@pytest.mark.parametrize(("asked", "aim"), [({}, "time"), ({"aim": "precision"}, "precision")])
def test_a_run_says_what_its_thresholds_aim_at(api, bench, asked, aim):
    asked = {"kind": "autolabel", "classes": [bench.label.pk]} | asked
    reply = api.post(reverse("api-runs", args=[bench.project.pk]), asked, content_type="application/json")
    assert reply.json()["params"]["aim"] == aim


def test_what_cannot_be_is_400_with_its_field(api, bench):
    reply = api.post(
        reverse("api-runs", args=[bench.project.pk]), {"kind": "autolabel"}, content_type="application/json"
    )
    assert (reply.status_code, reply.json()["field"]) == (400, "classes")


def test_the_place_in_the_queue_counts_what_goes_first(api, bench):
    Run.objects.filter(pk=bench.start().pk).update(state="running")
    second, third = bench.start(), bench.start()
    places = [api.get(reverse("api-run", args=[run.pk])).json()["queue_position"] for run in (second, third)]
    assert places == [2, 3]


@pytest.mark.parametrize(
    "address",
    [
        "api-run",
        "api-run-events",
        "api-run-matches",
        "api-model",
        "api-model-download",
        "api-run-cancel",
        "api-run-retry",
        "api-run-undo",
    ],
)
def test_strangers_find_nothing(done, client, address):
    pk = ModelVersion.objects.first().pk if "model" in address else done.pk
    client.force_login(factories.make_user())
    ask = client.post if address.endswith(("cancel", "retry", "undo")) else client.get
    assert ask(reverse(address, args=[pk])).status_code == 404


def test_verbs(api, bench, done):
    waiting = bench.start()
    assert api.post(reverse("api-run-cancel", args=[waiting.pk])).json()["state"] == "cancelled"
    assert api.post(reverse("api-run-retry", args=[waiting.pk])).json()["state"] == "queued"
    assert api.post(reverse("api-run-cancel", args=[done.pk])).status_code == 409
    undone = api.post(reverse("api-run-undo", args=[done.pk])).json()
    assert (undone["withdrawn"], undone["run"]["batch"]["withdrawn"]) == (6, 6)


def test_events_after_a_number(api, done):
    events = api.get(reverse("api-run-events", args=[done.pk]), {"since": done.last_seq - 2}).json()["events"]
    assert [event["seq"] for event in events] == [done.last_seq - 1, done.last_seq]
    assert set(events[0]) == {"seq", "kind", "at", "payload"}


def test_a_list_costs_the_same_for_one_run_and_for_thirty(api, bench):
    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert api.get(reverse("api-runs", args=[bench.project.pk])).status_code == 200
        return len(found)

    bench.start()
    few = count()
    for _ in range(29):
        bench.start()
    assert count() == few <= 10


def test_counts_of_suggestions_look_at_no_row_but_those_that_were_withdrawn(api, bench):
    """The index of batch and state holds what else is counted: of 100,000 suggestions no other column is read."""
    run = bench.start()
    batch = factories.make_batch(bench.project)
    Run.objects.filter(pk=run.pk).update(batch=batch)
    image = factories.make_image(bench.project)
    for state, by in [
        ("pending", None), ("pending", None), ("accepted", bench.owner), ("rejected", bench.owner),
        ("withdrawn", None), ("withdrawn", bench.owner), ("dropped", None),
    ]:  # fmt: skip
        factories.make_suggestion(image, bench.label, batch=batch, state=state, decided_by=by)
    with CaptureQueriesContext(connection) as asked:
        [row] = api.get(reverse("api-runs", args=[bench.project.pk])).json()["results"]
    expected = {"pending": 2, "accepted": 1, "rejected": 1, "withdrawn": 2, "dropped": 1, "taken_back": 1}
    assert row["batch"] == expected | {"undone": False}
    counting = [query["sql"] for query in asked.captured_queries if 'annotations_suggestion"' in query["sql"]]
    assert [("decided_by" in sql, "withdrawn" in sql) for sql in counting] == [(False, False), (True, True)]


def test_the_download_holds_weights_card_and_facts(api, done):
    model = ModelVersion.objects.get(kind="detector")
    reply = api.get(reverse("api-model-download", args=[model.pk]))
    assert "yolo26n-mushroom-v1.zip" in reply["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(reply.streaming_content)))
    assert archive.read("detector.pt") == b"weights"
    text = archive.read("MODEL_CARD.md").decode()
    for word in ("mushroom", "AGPL-3.0", model.sha256, "0" * 64, "3 boxes"):
        assert word in text
    facts = json.loads(archive.read("model.json"))
    assert (facts["sha256"], facts["classes"][0]["name"]) == (model.sha256, "mushroom")


def test_the_card_says_what_the_file_is_and_where_it_runs(done):
    text = card(done.models.get(kind="fewshot"))
    assert "LabelHub imports this zip" in text
    assert "docs/class_model.md" in text
    assert "numpy.load" in text


def test_the_card_tells_the_classes_of_the_base_apart(api, bench, engine):
    engine("ok")
    jobs.execute_run(bench.start(train="always", keep_base=True).pk)
    reply = api.get(reverse("api-model-download", args=[ModelVersion.objects.get(kind="detector").pk]))
    text = zipfile.ZipFile(io.BytesIO(b"".join(reply.streaming_content))).read("MODEL_CARD.md").decode()
    assert "- mushroom\n- kept of its base: bicycle, car\n" in text


def test_models_and_detectors_are_listed(api, bench, done, settings, tmp_path):
    settings.LABELHUB_WEIGHTS_DIR = tmp_path
    (tmp_path / "yolo11n.pt").touch()
    rows = api.get(reverse("api-models", args=[bench.project.pk])).json()
    assert rows["count"] == 2
    assert rows["results"][0]["run"] == done.pk
    detectors = api.get(reverse("api-detectors")).json()
    assert {"yolo11n", "yolo26n"} <= {row["name"] for row in detectors}
    assert [row["name"] for row in detectors if row["available"]] == ["yolo11n"]
