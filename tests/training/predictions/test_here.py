"""Class models look at one image from the editor: suggestions come, no run and no model version does."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from annotations.models import Suggestion, SuggestionBatch
from projects.models import Image
from tests import factories
from tests.training.model_versions.made import make_model
from training.models import ModelVersion, Prediction, Run
from training.predictions import here, server
from training.predictions.api import looked
from training.predictions.warm_engine import WarmEngine

STANDIN = Path(__file__).with_name("standin.py")


@pytest.fixture
def model(project):
    return make_model(factories.make_class(project, name="fox"))


@pytest.fixture
def image(project):
    return factories.make_image(project)


@pytest.fixture
def look(tmp_path, monkeypatch, settings):
    """Asks, lets the worker answer, and gives the response."""
    settings.PREDICT_PATIENCE_S = 5.0
    engine = WarmEngine()

    def ask(image, mode="answers"):
        monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", shlex.join([sys.executable, str(STANDIN), mode, str(tmp_path)]))
        asked = here.look(image.project.created_by, image)
        assert looked(asked.pk) is None
        server.reply(server.take(), engine)
        response = looked(asked.pk)
        return response.status_code, json.loads(response.content)

    yield ask
    engine.close()


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("stranger", 404), ("annotator", 403), ("reviewer", 202), ("owner", 202)]
)
@pytest.mark.usefixtures("model")
def test_who_may_start_runs_may_look(image, client_as, role, status):
    answer = client_as(role).post(reverse("api-image-predict", args=[image.pk]), {}, content_type="application/json")
    assert answer.status_code == status  # 202: the test's client does not wait
    assert Prediction.objects.count() == (status == 202)


def test_what_it_sees_waits_as_suggestions_and_again_as_none(image, model, look):
    status, body = look(image)
    assert (status, body) == (200, {"suggested": 1, "seconds": 0.1})
    found = Suggestion.objects.get()
    assert (found.image, found.label, found.state, found.sure) == (image, model.label, "pending", True)
    assert (found.batch.model, found.probability) == (str(model), 0.9)
    assert look(image)[1]["suggested"] == 1  # it takes the place of the one that waited
    assert Suggestion.objects.filter(state="pending").count() == 1
    assert not Run.objects.exists()
    assert not Prediction.objects.exists()
    assert ModelVersion.objects.count() == 1


@pytest.mark.usefixtures("model")
def test_where_a_box_lies_nothing_is_suggested(image, model, look):
    factories.make_box(image, model.label, xyxy=(1, 2, 30, 40))
    assert look(image)[1]["suggested"] == 0
    assert not SuggestionBatch.objects.exists()


@pytest.mark.usefixtures("model")
def test_what_goes_wrong_is_said(image, look):
    assert look(image, "error")[0] == 400
    Image.objects.filter(pk=image.pk).update(split=Image.Split.TEST)
    image.refresh_from_db()
    with pytest.raises(here.Refusal) as refused:
        here.look(image.project.created_by, image)
    assert refused.value.code == "test_split"
