"""A detector as ONNX: taken in by what it says of itself, refused where that does not fit, and nothing of it runs."""

from __future__ import annotations

from typing import Any

import onnx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from onnx import TensorProto, helper

from projects.errors import Refusal
from tests import factories
from training.model_versions import actions, archive
from training.models import ModelVersion
from training.runs import parameters

FACTS = {"task": "detect", "names": "{0: 'fox', 1: '고양이'}", "imgsz": "[640, 640]", "description": "Ultralytics YOLO"}


def network(facts: dict[str, str] | None = None, out: tuple[int, ...] = (1, 6, 8400), **more: Any) -> onnx.ModelProto:
    """Right in form: pictures in, boxes out."""
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["images", "w"], ["output0"], domain=more.get("domain", ""))], "g",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 640, 640])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(out))], [weights],
    )  # fmt: skip
    domains = [helper.make_opsetid("", 17)]
    if more.get("domain"):
        domains.append(helper.make_opsetid(more["domain"], 1))
    model = helper.make_model(graph, opset_imports=domains)
    helper.set_model_props(model, FACTS if facts is None else facts)
    return model


def uploaded(model: onnx.ModelProto | bytes, name: str = "best.onnx") -> SimpleUploadedFile:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return SimpleUploadedFile(name, data)


def outside() -> onnx.ModelProto:
    model = network()
    tensor = model.graph.initializer[0]
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    return model


def test_its_classes_go_by_their_names(project):
    fox = factories.make_class(project, name="Fox")
    model = actions.import_file(project.created_by, project, uploaded(network()))
    assert (model.kind, model.name, model.version, model.label) == (ModelVersion.Kind.DETECTOR, "best", 1, None)
    assert model.classes == [{"id": fox.pk, "name": "fox"}, {"id": None, "name": "고양이"}]
    assert (model.file_name, model.details["image_size"]) == ("detector.onnx", 640)
    assert model.details["origin"] == {"file": "best.onnx", "made_with": "Ultralytics YOLO"}
    assert actions.import_file(project.created_by, project, uploaded(network())).version == 2


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"PK not one", "not an ONNX file"),
        (b"", "not an ONNX file"),
        (outside(), "in another file"),
        (network(domain="com.else"), "operators"),
        (network(FACTS | {"task": "segment"}), "detector"),
        (network({}), "detector"),
        (network(FACTS | {"names": "__import__('os').getcwd()"}), "name its classes"),
        (network(FACTS | {"names": "{0: 'a', 2: 'b'}"}), "name its classes"),
        (network(FACTS | {"names": "{0: 'a', 1: 'a'}"}), "name its classes"),
        (network(FACTS | {"imgsz": "[640, 'x']"}), "pictures"),
        (network(out=(1, 9, 8400)), "pictures"),
        (network(out=(1, 8400)), "pictures"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(project, file, words):
    with pytest.raises(Refusal) as refused:
        actions.import_file(project.created_by, project, uploaded(file))
    assert words in refused.value.detail
    assert not ModelVersion.objects.exists()


def test_one_that_suppresses_doubles_itself_fits_too(project):
    actions.import_file(project.created_by, project, uploaded(network(out=(1, 300, 6))))
    assert ModelVersion.objects.count() == 1


def test_too_large(project, settings):
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(Refusal) as refused:
        actions.import_file(project.created_by, project, uploaded(network()))
    assert refused.value.code == "too_large"


def test_pages_say_where_it_came_from_and_offer_no_other_form(project, client):
    factories.make_class(project, name="fox")
    client.force_login(project.created_by)
    answer = client.post(reverse("model-import", args=[project.pk]), {"file": uploaded(network())})
    model = ModelVersion.objects.get()
    assert answer.url == reverse("model", args=[model.pk])
    page = client.get(answer.url).content.decode()
    assert "imported from best.onnx" in page
    assert "For other programs" not in page
    assert "from best.onnx" in client.get(reverse("models", args=[project.pk])).content.decode()
    assert archive.described(model)["file"] == "detector.onnx"
    with pytest.raises(Refusal):
        parameters.parse(project, "export", {"model": model.pk, "format": "openvino"})


def test_given_to_another_project_it_stays_onnx(project):
    model = actions.import_file(project.created_by, project, uploaded(network()))
    other = factories.make_project(project.created_by)
    copy = actions.give(project.created_by, model, other)
    assert (copy.file_name, copy.origin) == ("detector.onnx", model.origin)
