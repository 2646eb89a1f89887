"""The grid of one class's boxes: orders that go on without pages, filters, whose boxes they are, and what a page
costs.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Box, Complete, LabelClass
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def label(project: Project) -> LabelClass:
    """Nine boxes alike, a small one, and one of another shape; of two people."""
    cache.clear()
    label = factories.make_class(project)
    ada = factories.make_member(project, "annotator", email="ada@example.org")
    for number in range(9):
        image = factories.make_image(project)
        factories.make_box(image, label, (4, 4, 24 + number % 3, 24), author=ada if number % 2 else project.created_by)
    factories.make_box(image, label, (4, 4, 10, 10))
    factories.make_box(image, label, (1, 20, 61, 27), origin="import")
    Complete.objects.create(image=image, label=label)
    factories.make_box(image, factories.make_class(project))
    return label


def rows(client: Any, label: LabelClass, **asked: object) -> list[dict[str, Any]]:
    """Of all pages."""
    found: list[dict[str, Any]] = []
    query = {"class": label.pk, "page_size": 2, **asked}
    while True:
        page = client.get(reverse("api-boxes-grid", args=[label.project_id]), query).json()
        assert (page["total"] is None) == ("after" in query)
        found += page["results"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


def area(row: dict[str, Any]) -> float:
    x1, y1, x2, y2 = row["xyxy"]
    return float((x2 - x1) * (y2 - y1))


@pytest.mark.parametrize("order", ["-odd", "size", "-size", "updated", "-updated", "author"])
@pytest.mark.parametrize("size", [1, 3, 200])
def test_each_box_comes_once(order: str, size: int, label: LabelClass, client_as: Any) -> None:
    found = [row["id"] for row in rows(client_as("viewer"), label, order=order, page_size=size)]
    assert sorted(found) == sorted(str(pk) for pk in label.boxes.values_list("pk", flat=True))


def test_what_is_unusual_comes_first(label: LabelClass, client_as: Any) -> None:
    client = client_as("viewer")
    assert {area(row) for row in rows(client, label, order="-odd")[:2]} == {36.0, 420.0}
    sizes = [area(row) for row in rows(client, label, order="size")]
    assert sizes == sorted(sizes)
    assert [area(row) for row in rows(client, label, order="-size")] == sizes[::-1]


@pytest.mark.parametrize(
    ("asked", "n"), [({"author": "ada@example.org"}, 4), ({"origin": "import"}, 1), ({"state": "complete"}, 3),
                     ({"state": "open"}, 8), ({"work": "none"}, 11), ({"work": "final"}, 0)]
)  # fmt: skip
def test_it_is_narrowed(asked: dict[str, str], n: int, label: LabelClass, client_as: Any) -> None:
    assert len(rows(client_as("viewer"), label, **asked)) == n


def test_it_says_whose_boxes_a_person_may_change(label: LabelClass, client_as: Any, project: Project) -> None:
    assert all(row["mine"] for row in rows(client_as("reviewer"), label))
    client = client_as("annotator")
    assert not any(row["mine"] for row in rows(client, label))
    Box.objects.filter(origin="import").update(author=client.session["_auth_user_id"])
    assert sum(row["mine"] for row in rows(client, label)) == 1


def test_a_page_costs_the_same_however_many_there_are(label: LabelClass, client_as: Any) -> None:
    client, url = client_as("annotator"), reverse("api-boxes-grid", args=[label.project_id])
    counts = []
    for size in (1, 10):
        with CaptureQueriesContext(connection) as run:
            client.get(url, {"class": label.pk, "page_size": size, "order": "size"})
        counts.append(len(run))
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize(
    "asked", [{"after": "bm9uc2Vuc2U="}, {"after": "é"}, {"order": "heap"}, {"author": "x", "state": "?"}]
)
def test_nonsense_is_refused(asked: dict[str, str], label: LabelClass, client_as: Any) -> None:
    url = reverse("api-boxes-grid", args=[label.project_id])
    assert client_as("viewer").get(url, {"class": label.pk, **asked}).status_code == 400
