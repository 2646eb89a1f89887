"""What a project's home shows."""

from typing import Any

import pytest
from django.urls import reverse

from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("classes", "asked", "shown", "rest"),
    [(15, "", 15, False), (40, "", 12, True), (40, "?classes=all", 40, False)],
)
def test_many_classes_are_shown_in_part(
    classes: int, asked: str, shown: int, rest: bool, project: Project, client_as: Any
) -> None:
    labels = [factories.make_class(project) for _ in range(classes)]
    factories.make_suggestion(factories.make_image(project), labels[-1])  # it waits for people: it is among the first
    answer = client_as("owner").get(reverse("project", args=[project.pk]) + asked)
    rows = answer.context["rows"]
    assert [row["label"] for row in rows][-1] == labels[-1]
    assert len(rows) == shown
    assert [row["label"].pk for row in rows] == sorted(row["label"].pk for row in rows)
    assert (f"Show all {classes} classes" in answer.content.decode()) is rest
