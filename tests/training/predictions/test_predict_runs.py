"""Label with a model: a small run makes one, and it finds in new images what its run found, there and elsewhere."""

from __future__ import annotations

import io

import pytest

from annotations.classes.actions import create_class
from annotations.models import Suggestion
from projects.actions import create_project
from projects.errors import Refusal
from projects.images import uploads
from projects.models import Image, Project
from tests import factories
from tests.training.model_versions.made import facts, make_model
from training import jobs
from training.demo import sample_project
from training.model_versions import actions as models
from training.model_versions import archive
from training.models import Run
from training.runs import queries
from training.runs.actions import start_run

NEW = 3  # pictures that nobody drew in


@pytest.fixture
def sample(db, monkeypatch) -> Project:
    """Five pictures with boxes, three without."""
    monkeypatch.setattr(sample_project, "PICTURES", 8)
    project = sample_project.create_sample(factories.make_user())
    sample_project.fill(project.datasets.get().imports.get().pk)
    return project


def carried(project: Project, **asked: object) -> Run:
    run = start_run(project.created_by, project, **asked)
    jobs.execute_run(run.pk)
    run = Run.objects.select_related("batch").get(pk=run.pk)
    assert run.state == Run.State.DONE, run.error_text
    return run


def found(run: Run) -> list[tuple[object, ...]]:
    rows = run.batch.suggestions.filter(state=Suggestion.State.PENDING).select_related("image")
    return sorted((row.image.name, row.xyxy, row.probability, row.score, row.sure) for row in rows)


@pytest.mark.usefixtures("weights_dir")
def test_a_model_finds_what_its_run_found_here_and_in_another_project(sample):
    owner, label = sample.created_by, sample.classes.get()
    images = list(sample.images.filter(complete__isnull=True).order_by("id"))
    asked = {"images": [image.pk for image in images]}
    run = carried(sample, kind="autolabel", classes=[label.pk], train="never", **asked)
    first = found(run)
    assert len(first) >= NEW
    [model] = sample.models.all()
    assert set(model.details["boxes"].values()) <= {str(pk) for pk in label.boxes.values_list("pk", flat=True)}
    again = carried(sample, kind="predict", models=[model.pk], **asked)
    assert found(again) == first
    assert sample.models.count() == 1
    evidence = again.batch.suggestions.order_by("-probability").first().evidence
    assert {near["box_id"] for near in evidence} & set(model.details["boxes"].values())
    elsewhere = create_project(owner, name="Elsewhere")
    create_class(owner, elsewhere, name=label.name.upper())
    uploads.add_images(owner, elsewhere.datasets.get(), [_copy(image) for image in images])
    given = models.give(owner, model, elsewhere)
    imported = models.import_model(owner, elsewhere, io.BytesIO(b"".join(archive.chunks(model))))
    for one in (given, imported):
        there = carried(elsewhere, kind="predict", models=[one.pk])
        assert found(there) == first
        assert not any(there.batch.suggestions.values_list("evidence", flat=True))
    assert imported.sha256 == model.sha256 == given.sha256


def _copy(image: Image):
    from django.core.files.uploadedfile import SimpleUploadedFile

    with image.file.open("rb") as file:
        return SimpleUploadedFile(image.name, file.read())


# --- what may be asked ------------------------------------------------------------------------------------------------
def start(project: Project, **asked: object) -> Run:
    return start_run(project.created_by, project, kind="predict", **asked)


def test_models_that_cannot_look_together_are_refused(project):
    factories.make_image(project)
    label, other = factories.make_class(project), factories.make_class(project)
    first, second, theirs = make_model(label, 1), make_model(label, 2), make_model(other)
    best = make_model(other, 2, details={"model": facts(budget="best")})
    old = make_model(other, 3, details={"model": {"name": "made by an earlier version"}})
    hidden = make_model(factories.make_class(factories.make_project()))
    refused = {
        (): "Name one or more class models", (hidden.pk,): "Name one or more class models",
        (first.pk, second.pk): "one model of each class", (first.pk, best.pk): "different thoroughness",
        (old.pk,): "made by another version",
    }  # fmt: skip
    for ids, words in refused.items():
        with pytest.raises(Refusal, match=words):
            start(project, models=list(ids))
    assert not Run.objects.exists()
    run = start(project, models=[second.pk, theirs.pk])
    assert (set(run.classes.all()), run.params["models"]) == ({label, other}, sorted([second.pk, theirs.pk]))
    assert (run.params["quick"], run.queue) == (True, "search")
    assert list(jobs.waiting("search")) == [run.pk]
    assert not jobs.waiting("gpu")
    assert [stage["name"] for stage in queries.run_row(run)["stages"]] == ["prepare", "propose", "verify", "suggest"]


def test_new_images_are_those_added_since_the_model_was_made(project):
    label = factories.make_class(project)
    factories.make_image(project)
    model = make_model(label)
    with pytest.raises(Refusal, match="No image was added"):
        start(project, models=[model.pk], new=True)
    fresh = [factories.make_image(project).pk for _ in range(2)]
    assert start(project, models=[model.pk], new=True).params["images"] == fresh


def test_many_images_wait_among_the_long_runs(project, monkeypatch):
    monkeypatch.setattr("training.runs.predict_parameters.QUICK", 1)
    model = make_model(factories.make_class(project))
    for _ in range(2):
        factories.make_image(project)
    run = start(project, models=[model.pk])
    assert (run.queue, list(jobs.waiting("gpu"))) == ("gpu", [run.pk])


def test_a_model_that_was_deleted_meanwhile_ends_the_run_with_its_reason(project):
    factories.make_image(project)
    model = make_model(factories.make_class(project))
    run = start(project, models=[model.pk])
    model.delete()
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error_code) == (Run.State.FAILED, "nothing_to_do")
