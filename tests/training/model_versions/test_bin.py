"""Model versions go into the bin with their promotions, and come back."""

from __future__ import annotations

import pytest

from projects.bin import actions
from projects.models import Project
from tests import factories
from training.model_versions.bin import delete_model
from training.models import ModelVersion, Promotion, Run

pytestmark = pytest.mark.django_db


def test_a_version_comes_back(project: Project) -> None:
    label, owner = factories.make_class(project, "cat"), project.created_by
    first, second = (
        ModelVersion.objects.create(
            project=project, kind="fewshot", name="cat", version=n, label=label, sha256="0" * 64, bytes=1
        )
        for n in (1, 2)
    )
    Promotion.objects.create(label=label, model=first, by=owner)
    before = ModelVersion.objects.filter(pk=first.pk).values().get()
    entry = delete_model(owner, first)
    assert list(ModelVersion.objects.all()) == [second]
    assert not Promotion.objects.exists()
    actions.restore(owner, entry)
    assert ModelVersion.objects.filter(pk=first.pk).values().get() == before
    assert Promotion.objects.get().model == first


def test_runs_of_a_project_that_goes_end(project: Project, django_capture_on_commit_callbacks) -> None:
    runs = [
        Run.objects.create(project=project, number=n, kind="autolabel", state=s)
        for n, s in ((1, "queued"), (2, "done"))
    ]
    with django_capture_on_commit_callbacks(execute=True):
        actions.delete_project(project.created_by, project)
    assert [Run.objects.get(pk=run.pk).state for run in runs] == ["cancelled", "done"]
