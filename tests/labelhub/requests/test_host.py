"""A name of the server that its settings do not know."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory

from labelhub.requests.host import bad


@pytest.mark.parametrize("path", ["/", "/api/projects/", "/health", "/accounts/login/"])
def test_an_unknown_name_is_said_which_setting_cures_it(client: Client, path: str) -> None:
    answer = client.get(path, HTTP_HOST="labels.example.org")
    words = answer.json()["detail"] if path.startswith("/api/") else answer.content.decode()
    assert answer.status_code == 400
    assert "labels.example.org" in words
    assert "LABELHUB_HOSTS" in words


def test_the_name_is_text_and_no_page(client: Client) -> None:
    answer = client.get("/", HTTP_HOST="<script>")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")


def test_what_else_is_wrong_says_nothing_of_names() -> None:
    answer = bad(RequestFactory().get("/"), SuspiciousOperation("a session"))
    assert (answer.status_code, b"LABELHUB_HOSTS" in answer.content) == (400, False)
