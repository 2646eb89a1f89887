"""Project-wide lists of boxes and suggestions: filters, order, cursors, and what a page costs."""

import pytest
from django.urls import reverse

from tests import factories


def url(name, project):
    return reverse(f"api-{name}", args=[project.pk])


def followed(client, address, **query):
    """The rows of all pages, by their cursors."""
    rows, pages = [], 0
    page = client.get(address, query).json()
    while True:
        rows, pages = rows + page["results"], pages + 1
        if not page["next"]:
            return rows, pages
        page = client.get(page["next"]).json()


@pytest.fixture
def filled(project):
    ada = factories.make_member(project, "annotator", email="ada@example.org")
    label, other = factories.make_class(project), factories.make_class(project)
    for number in range(7):
        image = factories.make_image(project)
        for _ in range(3):
            factories.make_box(image, label, author=ada if number == 6 else None)
        factories.make_suggestion(image, other, probability=(number + 1) / 10, score=number / 10)
    type(image).objects.filter(pk=image.pk).update(split="test")
    factories.make_box(image, other, origin="import")
    stranger = factories.make_project()
    factories.make_box(factories.make_image(stranger), factories.make_class(stranger))
    return project


@pytest.mark.parametrize("size", [1, 2, 3, 5, 200])
@pytest.mark.parametrize("ordering", ["", "-image", "updated_at", "-updated_at"])
def test_every_box_comes_once(size, ordering, filled, client_as):
    rows, pages = followed(client_as("viewer"), url("boxes", filled), page_size=size, ordering=ordering)
    assert len({row["id"] for row in rows}) == len(rows) == 22
    assert pages == -(-22 // size)
    images = [row["image"]["id"] for row in rows]
    if "image" in ordering or not ordering:
        assert images == sorted(images, reverse=ordering.startswith("-"))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"author": "ADA@example.org"}, 3),
        ({"origin": "import"}, 1),
        ({"split": "test"}, 4),
        ({"split": "val"}, 0),
        ({"updated_after": "2999-01-01T00:00:00Z"}, 0),
        ({"updated_before": "2999-01-01T00:00:00Z"}, 22),
    ],
)
def test_filters_of_boxes(query, count, filled, client_as):
    assert len(client_as("viewer").get(url("boxes", filled), query).json()["results"]) == count


def test_boxes_of_a_class_or_an_image(filled, client_as):
    client, image = client_as("viewer"), filled.images.last()
    label = filled.classes.last()
    assert len(client.get(url("boxes", filled), {"class": label.pk}).json()["results"]) == 1
    rows = client.get(url("boxes", filled), {"image": image.pk}).json()["results"]
    assert {row["image"]["name"] for row in rows} == {image.name}
    assert len(rows) == 4


@pytest.mark.parametrize("name", ["boxes", "suggestions-cursor"])
@pytest.mark.parametrize(
    ("query", "status"), [({"ordering": "wings"}, 400), ({"cursor": "x"}, 404), ({"cursor": "cD14"}, 404)]
)
def test_bad_orders_and_cursors(name, query, status, filled, client_as):
    assert client_as("viewer").get(url(name, filled), query).status_code == status


@pytest.mark.parametrize(
    ("name", "queries"), [("boxes", 5), ("suggestions-cursor", 6), ("suggestions", 7), ("images", 6)]
)
def test_a_page_costs_the_same_for_few_and_many(name, queries, filled, client_as, django_assert_max_num_queries):
    client = client_as("viewer")
    for more in (0, 20):
        label = filled.classes.first()
        for _ in range(more):
            image = factories.make_image(filled)
            factories.make_box(image, label)
            factories.make_suggestion(image, label)
        with django_assert_max_num_queries(queries):
            assert client.get(url(name, filled), {"page_size": 100}).status_code == 200


@pytest.mark.parametrize("size", [1, 3, 50])
def test_suggestions_by_cursor_are_those_of_the_numbered_list(size, filled, client_as):
    client = client_as("viewer")
    rows, _pages = followed(client, url("suggestions-cursor", filled), page_size=size)
    assert rows == client.get(url("suggestions", filled)).json()["results"]
    assert [row["probability"] for row in rows] == pytest.approx([0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])


@pytest.mark.parametrize(
    ("query", "count"),
    [({"min_score": 0.25}, 4), ({"max_score": 0.25}, 3), ({"split": "test"}, 1), ({"author": "ada@example.org"}, 0)],
)
@pytest.mark.parametrize("name", ["suggestions", "suggestions-cursor"])
def test_filters_of_suggestions(name, query, count, filled, client_as):
    assert len(client_as("viewer").get(url(name, filled), query).json()["results"]) == count


@pytest.mark.parametrize(
    ("query", "count"),
    [({"origin": "import"}, 1), ({"origin": "person"}, 7), ({"author": "x@example.org"}, 0), ({"split": "test"}, 1)],
)
def test_filters_of_images(query, count, filled, client_as):
    assert client_as("viewer").get(url("images", filled), query).json()["count"] == count


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("images", {"classs": 3}, "classs"),
        ("images", {"suggestions": "zzz"}, "suggestions"),
        ("images", {"page_size": "zzz"}, "page_size"),
        ("boxes", {"created_after": "zzz"}, "created_after"),
        ("boxes", {"min_score": ".5"}, "min_score"),
        ("boxes", {"page_size": "0"}, "page_size"),
        ("suggestions", {"sure": "maybe"}, "sure"),
        ("suggestions-cursor", {"page": 2}, "page"),
        ("runs", {"split": "test"}, "split"),
        ("datasets", {"name": "x"}, "name"),
        ("members", {"role": "owner"}, "role"),
        ("comments", {"state": "zzz"}, "state"),
        ("comments", {"author": "zzz"}, "author"),
    ],
)
def test_what_a_list_does_not_know_is_refused_by_name(name, query, field, project, client_as):
    """Else it would give all rows, as if they were what was asked for."""
    answer = client_as("owner").get(url(name, project), query)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("name", "query", "count"),
    [
        ("images", {"min_probability": 0.6}, 2),
        ("images", {"max_probability": 0.1}, 1),
        ("images", {"state": "none"}, 7),
        ("images", {"state": "final"}, 0),
        ("boxes", {"min_probability": 0.5}, 0),
        ("boxes", {"created_before": "2999-01-01T00:00:00Z"}, 22),
        ("suggestions", {"origin": "import"}, 0),
        ("suggestions", {"origin": "run", "ordering": "-created_at"}, 7),
    ],
)
def test_what_is_left(name, query, count, filled, client_as):
    assert len(client_as("viewer").get(url(name, filled), query).json()["results"]) == count
