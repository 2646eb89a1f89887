"""Click to box: who may click, what the warm worker is asked, and what the answer says."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from annotations.models import Box
from projects.models import Image
from tests import factories
from tests.training.model_versions.made import make_model
from training.demo import sample_project
from training.models import Prediction
from training.predictions import clicks, server
from training.predictions.api import clicked
from training.predictions.warm_engine import WarmEngine

STANDIN = Path(__file__).with_name("standin.py")


@pytest.fixture
def image(project):
    return factories.make_image(project)


@pytest.fixture
def model(project):
    return make_model(factories.make_class(project, name="fox"))


def post(client, image, **body):
    return client.post(reverse("api-image-click", args=[image.pk]), body, content_type="application/json")


@pytest.fixture
def answer(tmp_path, monkeypatch, settings):
    """Asks, lets the worker answer, and gives the response."""
    settings.PREDICT_PATIENCE_S = 5.0
    engine = WarmEngine()

    def ask(image, mode="answers", point=(20.0, 30.0), class_id=None):
        monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", shlex.join([sys.executable, str(STANDIN), mode, str(tmp_path)]))
        asked = clicks.ask(image.project.created_by, image, point=point, class_id=class_id)
        assert clicked(asked.pk) is None
        server.reply(server.take(), engine)
        response = clicked(asked.pk)
        return response.status_code, json.loads(response.content)

    yield ask
    engine.close()


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("stranger", 404), ("viewer", 403), ("annotator", 202), ("owner", 202)]
)
def test_who_may_draw_may_click(image, client_as, role, status):
    assert post(client_as(role), image, point=[1, 2]).status_code == status  # 202: the test's client does not wait
    assert Prediction.objects.count() == (status == 202)


def test_the_model_of_the_class_is_asked_where_there_is_one(image, model, answer):
    status, body = answer(image, class_id=model.label_id)
    assert (status, body["seconds"]) == (200, 0.1)
    assert body["boxes"] == [{"xyxy": [15.0, 25.0, 25.0, 35.0], "score": 0.8, "source": "model"}]
    assert answer(image)[1]["boxes"][0]["source"] == "anchor"
    bare = factories.make_class(image.project, name="badger")
    assert answer(image, class_id=bare.pk)[1]["boxes"][0]["source"] == "anchor"
    make_model(bare, details={"model": {}})  # of an earlier version: cannot run
    assert answer(image, class_id=bare.pk)[1]["boxes"][0]["source"] == "anchor"
    assert not Prediction.objects.exists()
    assert not Box.objects.exists()


def test_without_a_point_the_image_is_made_ready(image, answer):
    assert answer(image, point=None) == (200, {"boxes": [], "seconds": 0.1})


@pytest.mark.parametrize(
    ("body", "field"),
    [({"point": [1000000, 2]}, "point"), ({"point": [-1, 2]}, "point"), ({"point": [1]}, "point"),
     ({"point": "here"}, "point"), ({"point": [1, 2], "class": 999999}, "class")],
)  # fmt: skip
def test_what_makes_no_sense_is_said(image, client_as, body, field):
    answer = post(client_as("owner"), image, **body)
    assert (answer.status_code, answer.json()["field"].split(".")[0]) == (400, field)
    assert not Prediction.objects.exists()


def test_an_engine_that_dies_is_said(image, answer):
    assert answer(image, "dies")[0] == 503


@pytest.mark.usefixtures("weights_dir")
def test_the_real_engine_answers_from_one_process(db, monkeypatch, settings):
    settings.PREDICT_PATIENCE_S = 300.0  # its networks are converted first
    monkeypatch.setattr(sample_project, "PICTURES", 2)
    project = sample_project.create_sample(factories.make_user())
    sample_project.fill(project.datasets.get().imports.get().pk)
    image = Image.objects.filter(project=project, boxes__isnull=False).first()
    engine = WarmEngine()

    def ask(point):
        asked = clicks.ask(project.created_by, image, point=point, class_id=None)
        server.reply(server.take(), engine)
        asked.refresh_from_db()
        body = json.loads(clicked(asked.pk).content)
        assert engine._process is not None
        return body, engine._process.pid

    try:
        nothing, pid = ask(None)
        assert nothing["boxes"] == []
        for box in image.boxes.all():
            x1, y1, x2, y2 = box.xyxy
            body, same = ask(((x1 + x2) / 2, (y1 + y2) / 2))
            assert same == pid
            assert overlap(body["boxes"][0]["xyxy"], box.xyxy) > 0.6
    finally:
        engine.close()


def overlap(a, b):
    inner = [min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])]
    shared = max(inner[0], 0) * max(inner[1], 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
