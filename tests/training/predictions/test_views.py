"""Pages of predictions: the form, and the setting that looks through new images."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import factories
from tests.training.model_versions.made import make_model
from training.model_versions import actions
from training.models import AutomaticLabelling, Run


@pytest.fixture
def label(project):
    factories.make_image(project)
    return factories.make_class(project, name="fox")


def page(client, project, **query) -> str:
    return client.get(reverse("predict", args=[project.pk]), query).content.decode()


def test_the_form_offers_the_current_model_of_each_class(project, label, client_as):
    client = client_as("owner")
    assert "No models yet" in page(client, project)
    first, second = make_model(label, 1), make_model(label, 2)
    assert f'value="{second.pk}" checked' in page(client, project)
    assert "fox v1" not in page(client, project)
    assert f'value="{first.pk}" checked' in page(client, project, model=first.pk)
    actions.promote(project.created_by, first)
    assert f'value="{first.pk}" checked' in page(client, project)
    make_model(label, 3, details={"model": {}})
    assert "made by another version" in page(client, project, model=label.models.first().pk)


def test_it_starts_a_run(project, label, client_as):
    model = make_model(label)
    client = client_as("reviewer")
    address = reverse("predict", args=[project.pk])
    refused = client.post(address, {"models": [model.pk], "only": "new"})
    assert "No image was added since this model was made." in refused.content.decode()
    answer = client.post(address, {"models": [model.pk], "only": "all", "dataset": project.datasets.get().pk})
    run = Run.objects.get()
    assert answer.url == reverse("run", args=[run.pk])
    assert (run.params["models"], run.dataset) == ([model.pk], project.datasets.get())
    text = client.get(answer.url).content.decode()
    assert "Models used" in text
    assert "fox v1" in text


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 302), ("stranger", 404), ("viewer", 403), ("annotator", 403), ("reviewer", 403), ("owner", 302)],
)
def test_the_setting_is_switched_by_owners(project, client_as, role, status):
    client = client_as(role)
    address = reverse("automatic-labelling", args=[project.pk])
    assert client.post(address, {"on": "1"}).status_code == status
    assert AutomaticLabelling.objects.exists() == (role == "owner")
    if role == "owner":
        settings = client.get(reverse("project-settings", args=[project.pk])).content.decode()
        assert f"Runs start in the name of {project.created_by}" in settings
        client.post(address)
        assert not AutomaticLabelling.objects.exists()
