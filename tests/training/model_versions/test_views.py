"""The list of models."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests import factories
from tests.training.model_versions.made import make_model
from training.model_versions import archive
from training.models import ModelVersion


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ({}, ()),
        ({"precision_low": 0.0, "precision_high": 0.96}, ("0% – 96%",)),
        ({"precision_low": 0.81, "precision_high": None}, ("at least 81%",)),
    ],
)
def test_a_range_shows_only_where_it_was_measured(project, client_as, interval, said):
    ModelVersion.objects.create(
        project=project, kind=ModelVersion.Kind.DETECTOR, name="fox", version=1, sha256="0" * 64, bytes=1000,
        metrics={"precision": 0.9, "recall": 0.8, "map50": 0.85} | interval,
    )  # fmt: skip
    text = client_as("owner").get(reverse("models", args=[project.pk])).content.decode()
    assert all(words in text for words in said)
    assert "– – –" not in text
    assert text.count("unbroken") == len(said)


# --- models in use ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 302), ("stranger", 404), ("viewer", 403), ("annotator", 403), ("reviewer", 302), ("owner", 302)],
)
@pytest.mark.parametrize("do", ["promote", "roll-back", "give"])
def test_verbs_of_a_model_are_for_who_may_start_runs(project, client_as, role, status, do):
    label = factories.make_class(project, name="fox")
    make_model(label, 1)
    model = make_model(label, 2)
    asked = {}
    if do == "give":
        other = factories.make_project(project.created_by)
        factories.make_class(other, name="fox")
        asked = {"project": other.pk}
        status = {"viewer": 404, "annotator": 404, "reviewer": 404}.get(role, status)  # no members of the other one
    assert client_as(role).post(reverse("model-verb", args=[model.pk, do]), asked).status_code == status
    assert (label.promotions.exists() or (do == "give" and other.models.exists())) == (
        status == 302 and role is not None
    )


def test_a_model_s_page_says_which_is_current_and_how_they_compare(project, client_as):
    label = factories.make_class(project, name="fox")
    first, second = make_model(label, 1), make_model(label, 2)
    client = client_as("owner")
    old = client.get(reverse("model", args=[first.pk])).content.decode()
    assert "New images are labelled by the current version of fox, v2." in old
    new = client.get(reverse("model", args=[second.pk])).content.decode()
    assert "Go back to v1" in new
    client.post(reverse("model-verb", args=[first.pk, "promote"]))
    assert "Make this one current" in client.get(reverse("model", args=[second.pk])).content.decode()
    compared = client.get(reverse("model-compare", args=[project.pk]), {"b": second.pk}).content.decode()
    assert f'href="{reverse("model", args=[first.pk])}"' in compared
    assert "Boxes learned from" in compared
    foreign = make_model(factories.make_class(factories.make_project()))
    for a in (foreign.pk, "x", second.pk):
        answer = client.get(reverse("model-compare", args=[project.pk]), {"a": a, "b": first.pk})
        assert answer.status_code == 200


def test_a_zip_is_imported_on_the_page_or_refused_in_words(project, client_as):
    label = factories.make_class(project, name="fox")
    zipped = b"".join(archive.chunks(make_model(label)))
    client = client_as("owner")
    address = reverse("model-import", args=[project.pk])
    answer = client.post(address, {"file": ContentFile(zipped, name="fox.zip")})
    made = ModelVersion.objects.get(version=2)
    assert answer.url == reverse("model", args=[made.pk])
    assert "learned in" in client.get(answer.url).content.decode()
    for asked in ({}, {"file": ContentFile(b"no zip", name="fox.zip")}):
        client.post(address, asked, follow=True)
    assert ModelVersion.objects.count() == 2
    text = client.post(address, {"file": ContentFile(b"no zip", name="fox.zip")}, follow=True).content.decode()
    assert "This file was not imported." in text
