"""GET /health tells the state of database, queues and workers, to anybody."""

from __future__ import annotations

import json
import os
import time

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ

from labelhub.processes import heartbeat


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.REDIS_URL = ""


@pytest.mark.django_db
def test_all_is_well(client):
    for name in ("default", "search", "gpu", "predict"):
        heartbeat.beat(name)
    OrmQ.objects.create(key="gpu", payload="", lock=timezone.now())
    OrmQ.objects.create(key="gpu", payload="", lock=timezone.now() + timezone.timedelta(hours=1))
    reply = client.get("/health")
    body = reply.json()
    assert (reply.status_code, body["status"], body["database"]["ok"]) == (200, "ok", True)
    assert body["queues"] == {
        "default": {"waiting": 0, "taken": 0}, "search": {"waiting": 0, "taken": 0}, "gpu": {"waiting": 1, "taken": 1},
        "predict": {"waiting": 0, "taken": 0},
    }  # fmt: skip
    assert [(worker["name"], worker["alive"]) for worker in body["workers"]] == [
        ("default", True), ("gpu", True), ("predict", True), ("search", True),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_worker_that_was_not_seen_lately_is_missed(client, settings):
    for name in ("default", "search", "gpu", "predict"):
        heartbeat.beat(name)
    (settings.DATA_DIR / "heartbeats" / "gpu.json").write_text(json.dumps({"worker": "gpu@x", "at": time.time() - 60}))
    (settings.DATA_DIR / "heartbeats" / "broken.json").write_text("{")
    body = client.get("/health").json()
    assert (body["status"], body["missing_workers"]) == ("degraded", ["gpu"])


def test_without_a_database_it_is_503(client, monkeypatch):
    def gone():
        raise OperationalError("no database")

    monkeypatch.setattr("labelhub.health.connection.cursor", gone)
    reply = client.get("/health")
    assert (reply.status_code, reply.json()["database"]) == (503, {"ok": False})


@pytest.mark.django_db
def test_only_reading(client):
    assert client.post("/health").status_code == 405


def test_signs_of_life_in_the_shared_cache(settings, monkeypatch):
    settings.REDIS_URL = "redis://somewhere"  # the cache itself stays the tests' own
    heartbeat.beat("gpu")
    row = next(row for row in heartbeat.seen() if row["name"] == "gpu")
    assert (row["host"], row["alive"]) == (os.uname().nodename, True)
