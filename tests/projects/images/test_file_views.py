"""Files go to members only, and to their browsers once."""

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import reverse

from tests import factories


@pytest.mark.parametrize("name", ["file-image", "file-thumb"])
def test_a_file_is_kept_by_the_browser(name, project, client_as):
    image = factories.make_image(project, name='사진 "1".jpeg')
    url = reverse(name, args=[image.pk])
    response = client_as("viewer").get(url)
    content = b"".join(response.streaming_content)
    assert content == (image.file if name == "file-image" else image.thumb).open().read()
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''")
    again = client_as("viewer").get(url, headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, response["Cache-Control"])
    assert client_as("viewer").get(url, headers={"if-none-match": '"x"'}).status_code == 200


def test_a_browser_is_never_said_that_something_else_is_an_image(project, client_as):
    image = factories.make_image(project)
    image.file.name = image.file.storage.save("page.html", image.file.open())
    image.save()
    response = client_as("viewer").get(reverse("file-image", args=[image.pk]))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("accept", ["image/avif,image/webp", "application/json", "text/html"])
def test_accept_does_not_matter(accept, project, client_as):
    url = reverse("file-image", args=[factories.make_image(project).pk])
    assert client_as("viewer").get(url, headers={"accept": accept}).status_code == 200


def test_a_lost_file_is_404(project, client_as):
    image = factories.make_image(project)
    image.file.storage.delete(image.file.name)
    assert client_as("viewer").get(reverse("file-image", args=[image.pk])).status_code == 404


def test_nobody_is_redirected_to_sign_in(project, client):
    image = factories.make_image(project)
    response = client.get(reverse("file-image", args=[image.pk]))
    assert response.status_code == 404
    assert response.content == client.get(reverse("file-image", args=[10**9])).content


def test_few_queries(project, client_as, django_assert_max_num_queries):
    url = reverse("file-thumb", args=[factories.make_image(project).pk])
    client = client_as("viewer")
    with django_assert_max_num_queries(3):
        client.get(url)


@pytest.mark.django_db(transaction=True)
async def test_it_streams_under_asgi(project):
    image = await sync_to_async(factories.make_image)(project)
    client = AsyncClient()
    await sync_to_async(client.force_login)(project.created_by)
    response = await client.get(reverse("file-image", args=[image.pk]))
    assert response.is_async
    assert b"".join([piece async for piece in response.streaming_content])[:2] == b"\xff\xd8"
