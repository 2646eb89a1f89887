"""A detector in another form: made by a run, kept once, downloaded by who sees the project."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from projects.errors import Refusal
from tests import factories
from tests.training.model_versions.made import make_model
from training import jobs
from training.models import ConvertedModel, ModelVersion, Run


@pytest.fixture
def detector(bench) -> ModelVersion:
    found = ModelVersion(
        project=bench.project,
        kind=ModelVersion.Kind.DETECTOR,
        name="yolo26n mushroom",
        version=3,
        sha256="0" * 64,
        bytes=3,
    )
    found.file.save("detector.pt", ContentFile(b"abc"))
    return found


def test_it_is_kept_beside_its_model_once(bench, detector, engine, client):
    engine("ok")
    for _ in range(2):
        run = bench.start(kind="export", classes=None, model=detector.pk, format="onnx")
        assert run.queue == "search"
        jobs.execute_run(run.pk)
        run.refresh_from_db()
        assert run.state == Run.State.DONE, run.error_text
    made = ConvertedModel.objects.get()
    assert (made.model, made.format, made.bytes) == (detector, "onnx", 5)
    address = reverse("api-model-converted", args=[detector.pk, "onnx"])
    client.force_login(bench.owner)
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == b"graph"
    assert answer["Content-Disposition"] == 'attachment; filename="yolo26n-mushroom-v3.onnx"'
    assert client.get(reverse("api-model-converted", args=[detector.pk, "openvino"])).status_code == 404
    text = client.get(reverse("model", args=[detector.pk])).content.decode()
    assert address in text
    assert "12.3 ms a picture of 640 pixels, on 2 cores" in text
    assert "Make OpenVINO" in text
    assert "Models used" in client.get(reverse("run", args=[run.pk])).content.decode()
    client.force_login(factories.make_user())
    assert client.get(address).status_code == 404


def test_the_networks_of_a_class_model_come_as_a_zip(bench, engine, client):
    model = make_model(factories.make_class(bench.project, name="fox"))
    client.force_login(bench.owner)
    assert "Make ONNX" in client.get(reverse("model", args=[model.pk])).content.decode()
    with pytest.raises(Refusal):
        bench.start(kind="export", classes=None, model=model.pk, format="openvino")
    engine("ok")
    run = bench.start(kind="export", classes=None, model=model.pk, format="onnx")
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.error_text
    assert "ms a picture" not in client.get(reverse("model", args=[model.pk])).content.decode()
    answer = client.get(reverse("api-model-converted", args=[model.pk, "onnx"]))
    assert answer["Content-Disposition"] == 'attachment; filename="fox-v1.networks.zip"'


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("viewer", 403), ("annotator", 403), ("reviewer", 302)])
def test_who_may_start_runs_may_convert(bench, detector, client, role, status):
    if role:
        client.force_login(factories.make_member(bench.project, role))
    assert client.post(reverse("model-convert", args=[detector.pk, "onnx"])).status_code == status
    assert Run.objects.filter(kind="export").exists() == (role == "reviewer")


@pytest.mark.parametrize("asked", [{"format": "pickle"}, {"model": None}, {"images": [1]}])
def test_what_cannot_be_converted_is_refused(bench, detector, asked):
    with pytest.raises(Refusal):
        bench.start(**{"kind": "export", "classes": None, "model": detector.pk, "format": "onnx"} | asked)
    assert not Run.objects.exists()
