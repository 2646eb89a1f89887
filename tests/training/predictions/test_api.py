"""POST a picture: who may, what is answered, and what happens when the warm engine dies or nobody answers."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files import storage  # the collector would wake default_storage before tests set it up
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from tests import factories
from tests.training.model_versions.made import make_model
from training.models import Prediction
from training.predictions import actions, server
from training.predictions.api import answered
from training.predictions.warm_engine import WarmEngine

STANDIN = Path(__file__).with_name("standin.py")


@pytest.fixture
def model(project):
    return make_model(factories.make_class(project, name="fox"))


def picture() -> ContentFile[bytes]:
    return ContentFile(factories.picture_bytes(), name="a.jpg")


def post(client, project, **more):
    return client.post(reverse("api-predict", args=[project.pk]), {"image": picture(), **more})


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("stranger", 404), ("viewer", 403), ("annotator", 202), ("owner", 202)]
)
@pytest.mark.usefixtures("model")
def test_who_may_label_may_ask(project, client_as, role, status):
    assert post(client_as(role), project).status_code == status  # 202: the test's client does not wait
    assert Prediction.objects.count() == (status == 202)


def test_a_picture_waits_for_the_current_models(project, model, client_as, django_capture_on_commit_callbacks):
    make_model(factories.make_class(project), details={"model": {}})  # of an earlier version: cannot run
    client = client_as("owner")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            post(client, project)
    assert {tuple(one.asked) for one in Prediction.objects.all()} == {(model.pk,)}
    assert OrmQ.objects.filter(key="predict").count() == 1


def test_what_cannot_be_asked_is_said(project, client_as, settings):
    client = client_as("owner")
    assert post(client, project).json()["code"] == "no_models"
    label = factories.make_class(project)
    first, second = make_model(label, 1), make_model(label, 2)
    old = make_model(factories.make_class(project), details={"model": {}})
    foreign = make_model(factories.make_class(factories.make_project()))
    for ids, code in (([first.pk, second.pk], "invalid"), ([old.pk], "bad_model"), ([foreign.pk], "invalid")):
        answer = post(client, project, models=ids)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, "models")
    settings.UPLOAD_MAX_BYTES = 10
    assert post(client, project).json()["code"] == "too_large"
    assert not Prediction.objects.exists()


@pytest.mark.usefixtures("model")
def test_more_than_can_be_answered_in_time_are_sent_away(project, client_as, monkeypatch):
    monkeypatch.setattr(actions, "MOST_WAITING", 1)
    client = client_as("owner")
    answers = [post(client, project) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 503]


# --- the worker -------------------------------------------------------------------------------------------------------
@pytest.fixture
def warm_engine():
    engine = WarmEngine()
    yield engine
    engine.close()


@pytest.fixture
def warm(tmp_path, monkeypatch, settings, warm_engine):
    settings.PREDICT_PATIENCE_S = 3.0

    def ask(project, mode: str) -> Prediction:
        command = shlex.join([sys.executable, str(STANDIN), mode, str(tmp_path)])
        monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", command)
        asked = actions.ask(project.created_by, project, picture())
        found = server.take()
        assert found == asked
        server.reply(found, warm_engine)
        asked.refresh_from_db()
        return asked

    return ask


def test_a_warm_engine_answers_one_after_the_other(project, model, warm, tmp_path):
    for _ in range(3):
        asked = warm(project, "answers")
        response = answered(asked.pk)
        assert response is not None
        assert response.status_code == 200
    assert (tmp_path / "starts").read_text() == "x"
    [box] = json.loads(response.content)["boxes"]
    assert (box["name"], box["model"], box["state"]) == ("fox", model.pk, "auto")
    assert (box["class_id"], box["probability"]) == (model.label_id, 0.9)
    assert box["evidence"][0]["crop_url"]
    assert not Prediction.objects.exists()
    assert not storage.default_storage.exists(asked.file.name)


@pytest.mark.parametrize(
    ("mode", "starts", "status", "code"),
    [("dies once", "xx", 200, None), ("dies", "xx", 503, "engine_gone"), ("silent", "xx", 503, "engine_gone"),
     ("error", "x", 400, "bad_image")],
)  # fmt: skip
@pytest.mark.usefixtures("model")
def test_an_engine_that_dies_is_started_again(project, warm, tmp_path, settings, mode, starts, status, code):
    settings.PREDICT_PATIENCE_S = settings.PREDICT_START_S = 1.0
    asked = warm(project, mode)
    assert (tmp_path / "starts").read_text() == starts
    response = answered(asked.pk)
    assert response is not None
    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 503)
    assert code is None or code in response.content.decode()


@pytest.mark.usefixtures("model")
def test_an_engine_that_starts_slowly_is_warm_for_the_next(project, warm, tmp_path, settings):
    settings.PREDICT_PATIENCE_S = 0.5
    for _ in range(2):
        asked = warm(project, "starts slowly")
        asked.refresh_from_db()
        assert not asked.answer["error"]
    assert (tmp_path / "starts").read_text() == "x"


@pytest.mark.usefixtures("model")
def test_an_engine_that_grew_too_large_goes(project, warm, warm_engine, settings, tmp_path):
    warm(project, "answers")
    settings.PREDICT_MEMORY_MB = 1
    warm_engine.rest()
    warm(project, "answers")
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.usefixtures("model")
def test_an_engine_that_has_answered_enough_goes(project, warm, warm_engine, settings, tmp_path):
    settings.PREDICT_QUESTIONS = 2
    for starts in ("x", "x", "xx", "xx", "xxx"):
        warm(project, "answers")
        assert (tmp_path / "starts").read_text() == starts
        warm_engine.rest()


@pytest.mark.usefixtures("model")
def test_the_job_goes_when_nobody_asks(project, settings):
    settings.PREDICT_IDLE_S = 0.1
    assert server.serve() == 0


@pytest.mark.usefixtures("model")
def test_what_nobody_waits_for_any_more_is_not_answered_and_cleared(project, settings):
    asked = actions.ask(project.created_by, project, picture())
    assert answered(asked.pk) is None
    Prediction.objects.update(created_at=timezone.now() - timedelta(seconds=settings.PREDICT_PATIENCE_S / 2))
    OrmQ.objects.all().delete()
    actions.sweep()
    assert OrmQ.objects.filter(key="predict").count() == 1  # its worker died: another one is called
    Prediction.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert server.take() is None
    actions.sweep()
    assert not Prediction.objects.exists()
    assert not storage.default_storage.exists(asked.file.name)
    response = answered(asked.pk)
    assert response is not None
    assert response.status_code == 503
