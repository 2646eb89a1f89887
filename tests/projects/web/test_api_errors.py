"""Every error of the API is a problem detail, whoever answers."""

import pytest
from django.test import Client
from django.urls import reverse

from labelhub.requests.problem import CONTENT_TYPE
from tests import factories


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/api/nothing/here/", None, 404, "not_found"),
        ("get", "/files/images/-1/crop/", None, 404, "not_found"),
        ("get", "/api/projects/999999/", None, 404, "not_found"),
        ("get", "/api/projects/?page=99", None, 404, "not_found"),
        ("put", "/api/projects/", {}, 405, "method_not_allowed"),
        ("post", "/api/projects/", "[", 400, "parse_error"),
        ("post", "/api/projects/", {"name": ""}, 400, "invalid"),
        ("post", "/api/projects/", {"name": " " * 3}, 400, "invalid"),
        ("post", "/api/projects/many", {}, 404, "not_found"),
    ],
)
def test_problem_details(method, path, body, status, code, db):
    client = Client()
    client.force_login(factories.make_user())
    answer = getattr(client, method)(path, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (status, CONTENT_TYPE)
    said = answer.json()
    assert (said["status"], said["code"], said["type"]) == (status, code, "about:blank")
    assert said["title"]
    assert said["detail"]


def test_a_fault_of_ours_is_a_problem_too(monkeypatch, db):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("projects.actions.create_project", broken)
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user())
    answer = client.post("/api/projects/", {"name": "x"}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (500, CONTENT_TYPE, "fault")


def test_pages_keep_their_own_words(client_as):
    page = client_as("owner").get("/nothing/here/")
    assert (page.status_code, page["Content-Type"].partition(";")[0]) == (404, "text/html")


def test_who_is_not_signed_in_hears_how(client, db):
    answer = client.get(reverse("api-projects"))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("name", ["api-gallery-assign", "api-gallery-delete", "api-suggestions-reopen"])
def test_a_number_larger_than_any_is_a_fault_of_the_request(name, project, client_as):
    body = {"images": [10**24], "assignee": None, "items": [{"id": 10**24, "version": 1}]}
    answer = client_as("owner").post(reverse(name, args=[project.pk]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
