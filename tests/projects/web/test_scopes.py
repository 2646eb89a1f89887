"""Each address of the API has its scope, and a token without it is turned away before anything is done."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from projects.models import Scope
from projects.people import tokens
from projects.web.scopes import SCOPES, needed
from tests import factories

METHODS = ("get", "post", "put", "patch", "delete")


def routes(patterns, before=""):
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith(("api/", "files/")):
            yield pattern


def methods_of(pattern):
    view = pattern.callback
    if actions := getattr(view, "actions", None):
        return set(actions) & set(METHODS)
    served = getattr(view, "view_class", None) or view.cls
    return {method for method in METHODS if hasattr(served, method)}


def test_every_address_and_method_has_its_scope():
    served = {pattern.name: methods_of(pattern) for pattern in routes(get_resolver().url_patterns)}
    assert {name: set(rows) for name, rows in SCOPES.items()} == served, "give the new address its row in SCOPES"


@pytest.mark.parametrize(
    ("name", "method", "scope"),
    [
        ("api-projects", "GET", "read"),
        ("api-projects", "HEAD", "read"),
        ("api-project", "OPTIONS", "read"),
        ("api-project", "DELETE", "manage"),
        ("api-nobody-knows", "GET", "manage"),
        (None, "POST", "manage"),
    ],
)
def test_what_an_address_needs(name, method, scope):
    assert needed(name, method) == scope


def client_with(user, *scopes):
    _row, text = tokens.create(user, scopes=scopes)
    return Client(headers={"authorization": f"Token {text}"})


@pytest.mark.parametrize("scope", Scope.values)
def test_one_scope_opens_its_own_addresses_alone(scope, project):
    image, label = factories.make_image(project), factories.make_class(project)
    wanted = {
        "read": ("get", reverse("api-project", args=[project.pk]), None, 200),
        "write": ("post", reverse("api-image-changes", args=[image.pk]), {"version": 1, "changes": []}, 200),
        "export": (
            "get",
            reverse("api-model-download", args=[0]),
            None,
            404,
        ),  # no such model: the scope was asked first
        "manage": ("patch", reverse("api-class", args=[project.pk, label.pk]), {"name": "fox"}, 200),
    }
    client = client_with(project.created_by, scope)
    for name, (method, address, body, status) in wanted.items():
        more = {} if method == "get" else {"content_type": "application/json"}
        answer = getattr(client, method)(address, body, **more)
        assert answer.status_code == (status if name == scope else 403), name
        if name != scope:
            assert answer.json()["code"] == "scope"
            assert name in answer.json()["detail"]


def test_a_scope_reaches_no_further_than_the_role(project):
    viewer = factories.make_member(project, "viewer")
    client = client_with(viewer, *Scope.values)
    answer = client.delete(reverse("api-project", args=[project.pk]))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_files_need_read(project):
    image = factories.make_image(project)
    address = reverse("file-image", args=[image.pk])
    assert client_with(project.created_by, "read").get(address).status_code == 200
    assert client_with(project.created_by, "write").get(address).status_code == 403


def test_too_many_requests_of_one_token(settings, project):
    settings.TOKEN_RATE = 2
    client, other = client_with(project.created_by, "read"), client_with(project.created_by, "read")
    answers = [client.get(reverse("api-projects")) for _ in range(4)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "throttled"
    assert [answer.status_code for answer in answers].count(200) in (2, 3)  # a minute may have begun
    assert other.get(reverse("api-projects")).status_code == 200
