"""`ETag` and `If-Match`: 412 for what the header names, 409 for what the body names."""

import pytest
from django.urls import reverse

from annotations.models import Box
from projects.models import Image
from tests import factories


@pytest.fixture
def image(project):
    image = factories.make_image(project)
    Image.objects.filter(pk=image.pk).update(version=3)
    return image


@pytest.mark.parametrize(
    ("header", "body", "status", "code"),
    [
        ('"3"', {}, 200, None),
        ('"2", "3"', {}, 200, None),
        ("*", {}, 200, None),
        ('"3"', {"version": 3}, 200, None),
        ('"2"', {}, 412, "stale"),
        ('W/"3"', {}, 412, "stale"),
        ('"x"', {}, 412, "stale"),
        ('"2"', {"version": 3}, 400, "invalid"),
        ("*", {"version": 2}, 412, "stale"),
        (None, {"version": 2}, 409, "stale"),
        (None, {}, 400, "invalid"),
        ("no tag", {}, 400, "invalid"),
    ],
)
def test_changes(header, body, status, code, client_as, project, image):
    label = factories.make_class(project)
    create = {"op": "create", "id": "8e1f3b84-8f7d-4f0f-9a4c-1c1f5a3c2b10", "class": label.pk, "xyxy": [4, 4, 20, 20]}
    headers = {"if-match": header} if header else {}
    answer = client_as("annotator").post(
        reverse("api-image-changes", args=[image.pk]),
        {"changes": [create], **body},
        content_type="application/json",
        headers=headers,
    )
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert Box.objects.exists() == (status == 200)
    if status == 200:
        assert (answer["ETag"].startswith('"4.'), answer.json()["version"]) == (True, 4)
    if code == "stale":
        assert (answer.json()["current"]["version"], answer.json()["status"]) == (3, status)


def test_an_image_tells_its_tag_and_is_deleted_as_it_was_seen(client_as, image):
    client, address = client_as("owner"), reverse("api-image", args=[image.pk])
    etag = client.get(address)["ETag"]
    again = client.get(address, headers={"if-none-match": etag})
    assert (etag[:3], again.status_code, again.content, again["ETag"]) == ('"3.', 304, b"", etag)
    factories.make_suggestion(image, factories.make_class(image.project))  # no new version, and another answer
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200
    assert client.delete(address, headers={"if-match": '"2"'}).status_code == 412
    assert Image.objects.exists()
    assert client.delete(address, headers={"if-match": etag}).status_code == 204
    assert not Image.objects.exists()
