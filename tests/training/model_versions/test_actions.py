"""Class models in use: which version is its class's, given to other projects, taken in from elsewhere."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.http import Http404
from django.urls import reverse

from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry
from tests import factories
from tests.training.model_versions.made import arrays, facts, make_model, npz
from training.model_versions import actions, archive, queries
from training.models import ModelVersion


@pytest.fixture
def label(project):
    return factories.make_class(project, name="fox")


# --- which one is the class's -----------------------------------------------------------------------------------------
def test_the_newest_is_current_until_somebody_promotes_one(project, label):
    first, second = make_model(label, 1), make_model(label, 2)
    assert queries.current_models(project) == {label.pk: second}
    actions.promote(project.created_by, first)
    third = make_model(label, 3)
    assert queries.current_models(project) == {label.pk: first}
    assert queries.current_model(label) == first
    actions.promote(project.created_by, third)
    assert queries.current_models(project) == {label.pk: third}
    assert label.promotions.count() == 2
    assert AuditEntry.objects.filter(verb="model.promoted").count() == 2


def test_back_means_the_version_made_before(project, label):
    first, second, _third = (make_model(label, version) for version in (1, 2, 3))
    assert actions.roll_back(project.created_by, label) == second
    assert actions.roll_back(project.created_by, label) == first
    with pytest.raises(Conflict):
        actions.roll_back(project.created_by, label)
    assert queries.current_model(label) == first


def test_current_models_cost_the_same_however_many_there_are(project, django_assert_num_queries):
    for number in range(4):
        made = factories.make_class(project, name=f"class {number}")
        make_model(made, 1)
        actions.promote(project.created_by, make_model(made, 2))
    with django_assert_num_queries(3):
        found = queries.current_models(project)
    assert {model.version for model in found.values()} == {2}
    assert len(found) == 4


@pytest.mark.parametrize("role", ["viewer", "annotator"])
def test_who_starts_no_runs_promotes_nothing(project, label, role):
    model = make_model(label)
    person = factories.make_member(project, role)
    for verb in (lambda: actions.promote(person, model), lambda: actions.roll_back(person, label)):
        with pytest.raises(Forbidden):
            verb()


# --- to another project -----------------------------------------------------------------------------------------------
def test_a_model_given_away_says_where_it_came_from(project, label):
    model = make_model(label)
    other = factories.make_project(project.created_by)
    theirs = factories.make_class(other, name="Fox")
    copy = actions.give(project.created_by, model, other)
    assert (copy.label, copy.name, copy.version, copy.sha256) == (theirs, "Fox", 1, model.sha256)
    assert copy.origin == {"project": project.name, "name": "fox", "version": 1, "sha256": model.sha256}
    assert copy.file.open("rb").read() == model.file.open("rb").read()
    assert copy.file.name != model.file.name
    assert copy.metrics["outlier_box_ids"] == []
    assert not {"learned_from", "boxes"} & copy.details.keys()
    again = actions.give(project.created_by, copy, project, label=label)
    assert (again.version, again.origin) == (2, copy.origin)


@pytest.mark.parametrize(
    ("role", "error"), [("viewer", Forbidden), ("annotator", Forbidden), (None, Http404), ("reviewer", None)]
)
def test_only_who_may_start_runs_there_brings_a_model(project, label, role, error):
    model = make_model(label)
    other = factories.make_project()
    factories.make_class(other, name="fox")
    person = factories.make_member(project, "viewer")
    if role:
        other.memberships.create(user=person, role=role)
    if error is None:
        assert actions.give(person, model, other).project == other
        return
    with pytest.raises(error):
        actions.give(person, model, other)


def test_without_a_class_to_find_it_says_so(project, label):
    other = factories.make_project(project.created_by)
    with pytest.raises(Refusal) as refused:
        actions.give(project.created_by, make_model(label), other)
    assert (refused.value.code, refused.value.field) == ("no_class", "class")
    assert not other.models.exists()


def test_a_detector_finds_there_what_is_called_alike(project, label):
    detector = ModelVersion(
        project=project, kind=ModelVersion.Kind.DETECTOR, name="yolo26n fox", version=1, sha256="0" * 64, bytes=3,
        classes=[{"id": label.pk, "name": "fox"}, {"id": label.pk + 1, "name": "owl"}],
    )  # fmt: skip
    detector.file.save("detector.pt", ContentFile(b"abc"))
    other = factories.make_project(project.created_by)
    theirs = factories.make_class(other, name="owl")
    copy = actions.give(project.created_by, detector, other)
    assert copy.classes == [{"id": None, "name": "fox"}, {"id": theirs.pk, "name": "owl"}]


# --- from elsewhere ---------------------------------------------------------------------------------------------------
def exported(model: ModelVersion) -> bytes:
    return b"".join(archive.chunks(model))


def changed(zipped: bytes, members: dict[str, bytes | None]) -> bytes:
    """The zip with some members replaced, added, or taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(zipped)) as old, zipfile.ZipFile(out, "w") as new:
        kept = {name: old.read(name) for name in old.namelist()} | members
        for name, data in kept.items():
            if data is not None:
                new.writestr(name, data)
    return out.getvalue()


def manifest_of(zipped: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive_:
        return json.loads(archive_.read("model.json"))


def test_an_export_comes_in_as_the_same_model(project, label):
    model = make_model(label)
    other = factories.make_project()
    theirs = factories.make_class(other, name="fox")
    found = actions.import_model(other.created_by, other, io.BytesIO(exported(model)))
    assert (found.label, found.version, found.sha256, found.bytes) == (theirs, 1, model.sha256, model.bytes)
    assert found.file.open("rb").read() == model.file.open("rb").read()
    assert found.origin == {"project": project.name, "name": "fox", "version": 1, "sha256": model.sha256}
    assert found.metrics == {
        "precision": 0.9, "measured": "loo", "pr_curve": [[0.8, 0.9, 0.5]], "threshold_review": 0.4,
        "threshold_auto": 0.9, "outlier_box_ids": [], "worst": [],
    }  # fmt: skip
    assert found.details["model"]["tuning"] == {}
    assert not found.details["model"]["worst"]


def with_arrays(zipped: bytes, data: bytes) -> bytes:
    """Another class.npz, and a manifest that names its hash: as somebody would forge it."""
    from projects.hashing import sha256_of_bytes

    manifest = manifest_of(zipped) | {"sha256": sha256_of_bytes(data), "bytes": len(data)}
    return changed(zipped, {"class.npz": data, "model.json": json.dumps(manifest).encode()})


def with_facts(zipped: bytes, **other: Any) -> bytes:
    manifest = manifest_of(zipped)
    manifest["details"]["model"] |= other
    return changed(zipped, {"model.json": json.dumps(manifest).encode()})


header = io.BytesIO()
np.save(header, np.zeros(3, np.float32))
cut = header.getvalue()[:-4]
TAMPERED = {
    "no zip": lambda _zip: b"hello",
    "no manifest": lambda zipped: changed(zipped, {"model.json": None}),
    "manifest is a list": lambda zipped: changed(zipped, {"model.json": b"[1]"}),
    "manifest is deep": lambda zipped: changed(zipped, {"model.json": b"[" * 100_000}),
    "facts are gone": lambda zipped: changed(zipped, {"model.json": b'{"details": {}}'}),
    "another hash": lambda zipped: changed(zipped, {"class.npz": npz(arrays(head0_bias=np.ones(1)))}),
    "pickled array": lambda zipped: with_arrays(zipped, npz(arrays(head_levels=np.array([{}], dtype=object)))),
    "pickle for an array": lambda zipped: with_arrays(zipped, pickle.dumps({"a": 1})),
    "array is missing": lambda zipped: with_arrays(
        zipped, npz({k: v for k, v in arrays().items() if k != "bank_xyxy"})
    ),
    "array too many": lambda zipped: with_arrays(zipped, npz(arrays(more=np.zeros(1)))),
    "sizes differ": lambda zipped: with_arrays(zipped, npz(arrays(bank_xyxy=np.zeros((3, 4), np.float32)))),
    "another type": lambda zipped: with_arrays(zipped, npz(arrays(crop_weight=np.zeros(3, np.int64)))),
    "text": lambda zipped: with_arrays(zipped, npz(arrays(crop_weight=np.array(["a", "b", "c"])))),
    "cut array": lambda zipped: with_arrays(zipped, changed(npz(arrays()), {"crop_weight.npy": cut})),
    "another schema": lambda zipped: with_facts(zipped, schema=2),
    "threshold above one": lambda zipped: with_facts(zipped, measured=facts()["measured"] | {"threshold_review": 4}),
    "unknown encoder": lambda zipped: with_facts(zipped, weights=[]),
    "huge input": lambda zipped: with_facts(zipped, input_size=10**9),
    "detector": lambda zipped: changed(zipped, {"detector.pt": b"\x80\x04."}),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_tampered_with_is_refused_with_a_sentence_and_leaves_nothing(project, label, how):
    zipped = TAMPERED[how](exported(make_model(label)))
    other = factories.make_project()
    factories.make_class(other, name="fox")
    with pytest.raises(Refusal) as refused:
        actions.import_model(other.created_by, other, io.BytesIO(zipped))
    assert refused.value.code == ("pickle" if how == "detector" else "bad_model")
    assert refused.value.field == "file"
    assert refused.value.detail.startswith("This file was not imported. ")
    assert not other.models.exists()


# --- the API ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), ("stranger", 404), ("viewer", 403), ("annotator", 403), ("reviewer", 200), ("owner", 200)],
)
def test_the_api_asks_the_same_policies(project, label, client_as, role, status):
    make_model(label, 1)
    model = make_model(label, 2)
    zipped = exported(model)
    client = client_as(role)
    made = 201 if status == 200 else status
    for verb in ("promote", "roll-back"):
        assert client.post(reverse(f"api-model-{verb}", args=[model.pk])).status_code == status
    file = ContentFile(zipped, name="fox.zip")
    answer = client.post(reverse("api-models", args=[project.pk]), {"file": file})
    assert answer.status_code == made
    if made == 201:
        assert answer.json()["origin"]["project"] == project.name
        assert answer.json()["cannot_run"] == ""


def test_a_model_is_given_over_rest(project, label, client_as):
    other = factories.make_project(project.created_by)
    theirs = factories.make_class(other, name="vixen")
    address = reverse("api-model-give", args=[make_model(label).pk])
    client = client_as("owner")
    asked = {"project": other.pk}
    assert client.post(address, asked, content_type="application/json").json()["code"] == "no_class"
    answer = client.post(address, asked | {"label": theirs.pk}, content_type="application/json")
    assert (answer.status_code, answer.json()["label"], answer.json()["project"]) == (201, theirs.pk, other.pk)
    hidden = factories.make_project()
    assert client.post(address, {"project": hidden.pk}, content_type="application/json").status_code == 404
