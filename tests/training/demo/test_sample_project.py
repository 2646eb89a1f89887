"""The sample project: what the person gets at once, and what the worker brings."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.models import Box, Complete
from projects.models import Image, Import, Project
from tests import factories
from training.demo import sample_project
from training.models import Run


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_project, "PICTURES", 4)
    monkeypatch.setattr(sample_project, "AT_ONCE", 2)
    monkeypatch.setattr(sample_project, "DRAWN", 3)


@pytest.mark.usefixtures("few")
def test_the_worker_brings_pictures_and_the_first_boxes(db: None) -> None:
    owner = factories.make_user()
    project = sample_project.create_sample(owner)
    job = Import.objects.get(dataset__project=project)
    for _delivery in range(2):
        sample_project.fill(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.added) == (Import.State.DONE, 4, 4)
    assert Image.objects.filter(project=project).count() == 4
    assert Box.objects.filter(label__project=project, author=owner).count() >= 3
    assert Complete.objects.filter(label__project=project).count() < 4  # something is left to find


@pytest.mark.usefixtures("few")
def test_from_the_list_of_projects_to_a_run_in_two_presses(client, db: None) -> None:
    client.force_login(factories.make_user())
    home = client.post(reverse("sample-new"), follow=True)
    project = Project.objects.get()
    assert home.redirect_chain[-1][0] == reverse("project", args=[project.pk])
    assert home.context["next"] is None  # nothing to do but wait
    assert b"data-coming" in home.content
    sample_project.fill(Import.objects.get().pk)
    factories.make_box(project.images.last(), project.classes.get())
    factories.make_box(project.images.last(), project.classes.get(), (30, 4, 50, 30))
    step = client.get(reverse("project", args=[project.pk])).context["next"]
    assert step.url == reverse("autolabel-now", args=[project.pk])
    started = client.post(step.url, step.post)
    run = Run.objects.get()
    assert started.url == reverse("run", args=[run.pk])
    assert run.params["train"] == "never"
    assert client.get(reverse("project", args=[project.pk])).context["next"].url == started.url
