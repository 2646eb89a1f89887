"""The editor's page: the list that a person came from, and the class that is to be drawn."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


def opened(client: Any, image: int, query: str) -> dict[str, Any]:
    return client.get(reverse("editor", args=[image]) + query).context["data"]


@pytest.mark.parametrize(
    ("query", "search", "order", "back"),
    [
        ("", "", "", "/projects/{p}/images/?dataset={d}"),
        ("?from=elsewhere&x=1", "", "", "/projects/{p}/images/?dataset={d}"),
        ("?from=images", "?from=images", "/api/projects/{p}/gallery/", "/projects/{p}/images/"),
        (
            "?from=images&state=boxes&order=-name&draw=4",
            "?from=images&state=boxes&order=-name",
            "/api/projects/{p}/gallery/?state=boxes&order=-name",
            "/projects/{p}/images/?state=boxes&order=-name",
        ),
        (
            "?from=review&run=3&ordering=useful",
            "?from=review&run=3&ordering=useful",
            "/api/projects/{p}/suggestions/images/?run=3&ordering=useful",
            "/projects/{p}/review/?run=3&ordering=useful",
        ),
        (
            "?from=work&job=7&state=submitted",
            "?from=work&job=7&state=submitted",
            "/api/projects/{p}/work/order/?job=7&state=submitted",
            "/projects/{p}/jobs/7/",
        ),
        (
            "?from=work&job=%D9%A3",
            "?from=work&job=%D9%A3",
            "/api/projects/{p}/work/order/?job=%D9%A3",
            "/projects/{p}/jobs/?job=%D9%A3",
        ),
    ],
)
def test_the_editor_knows_the_list_that_a_person_came_from(
    query: str, search: str, order: str, back: str, client_as: Any, project: Project
) -> None:
    image = factories.make_image(project)
    came = opened(client_as("viewer"), image.pk, query)["came"]
    ids = {"p": project.pk, "d": image.dataset_id}
    assert (came["search"], came["order"], came["back"]) == (search, order.format(**ids), back.format(**ids))


@pytest.mark.parametrize(
    ("role", "workflow", "query", "answers"),
    [
        ("annotator", False, "", True),
        ("annotator", True, "", False),
        ("annotator", True, "?from=work&job=7", True),
        ("reviewer", True, "", True),
    ],
)
def test_suggestions_are_answered_in_own_jobs_where_there_are_jobs(
    role: str, workflow: bool, query: str, answers: bool, client_as: Any, project: Project
) -> None:
    project.workflow = workflow
    project.save()
    assert opened(client_as(role), factories.make_image(project).pk, query)["can"]["answer"] is answers


def test_the_class_to_draw_is_one_of_the_project(client_as: Any, project: Project) -> None:
    image, mine = factories.make_image(project), factories.make_class(project)
    foreign = factories.make_class(factories.make_project())
    client = client_as("annotator")
    found = [opened(client, image.pk, f"?draw={pk}")["draw"] for pk in (mine.pk, foreign.pk, "x", "9" * 30)]
    assert found == [mine.pk, None, None, None]


@pytest.mark.parametrize(
    ("role", "classes", "named"), [("annotator", 0, True), ("annotator", 1, False), ("owner", 0, False)]
)
def test_who_may_not_make_a_class_is_said_who_may(
    role: str, classes: int, named: bool, client_as: Any, project: Project
) -> None:
    for _ in range(classes):
        factories.make_class(project)
    data = opened(client_as(role), factories.make_image(project).pk, "")
    assert data.get("owners") == ([str(project.created_by)] if named else None)
