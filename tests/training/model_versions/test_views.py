"""The list of models."""

from __future__ import annotations

import pytest
from django.urls import reverse

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
