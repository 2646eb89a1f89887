"""Changes of several images in one transaction: all or none, and what each image has become."""

import uuid

import pytest
from django.urls import reverse

from annotations.models import Box, BoxHistory
from tests import factories


@pytest.fixture
def images(project):
    return [factories.make_image(project) for _ in range(3)]


def create(label, key=None):
    return {"op": "create", "id": str(key or uuid.uuid4()), "class": label.pk, "xyxy": [4, 4, 20, 20]}


def post(client, project, *parts):
    body = {"images": [{"image": image.pk, "version": seen, "changes": changes} for image, seen, changes in parts]}
    return client.post(reverse("api-changes", args=[project.pk]), body, content_type="application/json")


def test_all_images_are_changed_at_once(project, client_as, images):
    label = factories.make_class(project)
    one, two, three = images
    answer = post(
        client_as("annotator"),
        project,
        (two, 1, [create(label), create(label)]),
        (one, 1, [create(label)]),
        (three, 1, []),
    )
    assert answer.status_code == 200
    rows = [(row["image"], row["version"], row["changed"]) for row in answer.json()["images"]]
    assert rows == [(two.pk, 2, True), (one.pk, 2, True), (three.pk, 1, False)]
    assert [Box.objects.filter(image=image).count() for image in images] == [1, 2, 0]
    assert set(BoxHistory.objects.values_list("image_number", "version")) == {(one.pk, 2), (two.pk, 2)}


def test_one_stale_image_keeps_all_as_they_are(project, client_as, images):
    label = factories.make_class(project)
    client = client_as("annotator")
    assert post(client, project, (images[0], 1, [create(label)])).status_code == 200
    answer = post(client, project, *((image, 1, [create(label)]) for image in images))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert [(state["id"], state["version"]) for state in answer.json()["current"]] == [(images[0].pk, 2)]
    assert Box.objects.count() == 1
    for image in images[1:]:
        image.refresh_from_db()
        assert image.version == 1


def test_a_retry_changes_nothing_twice(project, client_as, images):
    label, key = factories.make_class(project), uuid.uuid4()
    client = client_as("annotator")
    post(client, project, (images[0], 1, [create(label, key)]))
    again = post(client, project, (images[0], 2, [create(label, key)]), (images[1], 1, [create(label)]))
    assert [(row["version"], row["changed"]) for row in again.json()["images"]] == [(2, False), (2, True)]
    assert Box.objects.count() == 2


def test_a_suggestion_that_was_answered_makes_its_image_stale(project, client_as, images):
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(images[1], label, state="rejected")
    accept = {"op": "accept", "suggestion": suggestion.pk, "id": str(uuid.uuid4())}
    answer = post(client_as("reviewer"), project, (images[0], 1, [create(label)]), (images[1], 1, [accept]))
    assert answer.status_code == 409
    assert [state["version"] for state in answer.json()["current"]] == [1]
    assert not Box.objects.exists()


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (lambda label, image: (image, 1, [{"op": "paint"}]), "images[1].changes[0].op"),
        (lambda label, image: (image, 1, [{"op": "delete", "id": "x"}]), "images[1].changes[0].id"),
        (
            lambda label, image: (
                image,
                1,
                [{"op": "create", "id": str(uuid.uuid4()), "class": 0, "xyxy": [1, 1, 9, 9]}],
            ),
            "images[1].class",
        ),
        (lambda label, image: (image, 1, [create(label) for _ in range(200)]), "images"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(bad, field, project, client_as, images):
    label = factories.make_class(project)
    answer = post(client_as("annotator"), project, (images[0], 1, [create(label)]), bad(label, images[1]))
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Box.objects.exists()


def test_one_id_is_for_one_box(project, client_as, images):
    label, key = factories.make_class(project), uuid.uuid4()
    answer = post(
        client_as("annotator"), project, (images[0], 1, [create(label, key)]), (images[1], 1, [create(label, key)])
    )
    assert (answer.status_code, answer.json()["code"], Box.objects.count()) == (409, "id_taken", 0)


def test_images_are_the_projects_own_and_named_once(project, client_as, images):
    foreign = factories.make_image(factories.make_project())
    client = client_as("owner")
    assert post(client, project, (foreign, 1, [])).json()["code"] == "no_image"
    assert post(client, project, (images[0], 1, []), (images[0], 1, [])).json()["field"] == "images"


def test_reading_costs_the_same_for_few_and_many(project, client_as, images, django_assert_num_queries):
    label = factories.make_class(project)
    client = client_as("annotator")
    client.get("/api/detectors/")

    def cost(parts):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            assert post(client, project, *parts).status_code == 200
        return sum(not query["sql"].startswith("UPDATE") for query in asked.captured_queries)

    assert cost([(images[0], 1, [create(label)])]) == cost([(image, 1, [create(label)]) for image in images[1:]])
