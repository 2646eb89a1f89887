"""What lists of runs can be narrowed to."""

import pytest
from django.urls import reverse

from tests import factories
from tests.pages.world import make_run


@pytest.fixture
def filled(project):
    factories.make_image(project)
    fox, owl = factories.make_class(project), factories.make_class(project)
    make_run(project, fox, state="failed")
    make_run(project, fox, kind="detect").classes.add(owl)
    make_run(project, owl)
    return project


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"ordering": "id"}, [1, 2, 3]),
        ({"state": "failed"}, [1]),
        ({"kind": "detect"}, [2]),
        ({"class": "fox"}, [2, 1]),
        ({"author": "owner"}, [3, 2, 1]),
        ({"author": "x@example.org"}, []),
        ({"created_before": "2000-01-01T00:00:00Z"}, []),
        ({"created_after": "2000-01-01T00:00:00Z", "ordering": "-created_at"}, [3, 2, 1]),
    ],
)
def test_filters(query, numbers, filled, client_as):
    known = {"fox": filled.classes.first().pk, "owner": filled.created_by.email}
    asked = {name: known.get(value, value) for name, value in query.items()}
    rows = client_as("viewer").get(reverse("api-runs", args=[filled.pk]), asked).json()["results"]
    assert [row["number"] for row in rows] == numbers


@pytest.mark.parametrize("field", ["state", "kind", "created_after", "ordering", "class"])
def test_a_bad_filter_is_refused_with_its_name(field, filled, client_as):
    answer = client_as("viewer").get(reverse("api-runs", args=[filled.pk]), {field: "!"})
    assert (answer.status_code, answer.json()["field"]) == (400, field)
