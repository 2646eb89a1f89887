"""What the tests of pages share: their names, and a run with something on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from annotations.models import LabelClass
from projects.models import Project
from tests import factories
from training.models import ModelVersion, Run

SignIn = Callable[[str | None], Client]
PROJECT_PAGES = [
    "project",
    "images",
    "review",
    "runs",
    "run-compare",
    "models",
    "model-compare",
    "export",
    "splits",
    "guidelines",
    "comments",
    "project-settings",
    "versions",
    "version-compare",
]
RUN_FORMS = ["run-new", "detect", "predict"]


def make_run(project: Project, label: LabelClass, **fields: Any) -> Run:
    number = project.runs.count() + 1
    fields = {"kind": Run.Kind.AUTOLABEL, "state": Run.State.DONE} | fields
    run = Run.objects.create(project=project, number=number, created_by=project.created_by, **fields)
    run.classes.add(label)
    run.batch = factories.make_batch(project)
    run.save()
    factories.make_suggestion(project.images.first(), label, batch=run.batch)
    ModelVersion.objects.create(
        project=project, run=run, kind=ModelVersion.Kind.DETECTOR, name=label.name, version=number, sha256="0" * 64,
        bytes=1000, classes=[{"id": label.pk, "name": label.name}], metrics={"map50": 0.5},
        details={"summary": {"layers": 122}, "weights": [{"name": "w.pt", "sha256": "1" * 64}]},
    )  # fmt: skip
    return run


def compare_url(project: Project) -> str:
    first, last = project.versions.last().pk, project.versions.first().pk
    return f"{reverse('version-compare', args=[project.pk])}?before={first}&after={last}"
