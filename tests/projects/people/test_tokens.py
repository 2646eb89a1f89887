"""Tokens: their names, scopes, ends and last use; those from before there were scopes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from projects.errors import Refusal
from projects.models import AuditEntry, Scope, TokenGrant
from projects.people import tokens
from tests import factories


def bearer(text):
    return Client(headers={"authorization": f"Token {text}"})


def test_an_old_token_opens_all_and_gets_its_grant_when_it_is_used(project):
    row, text = AuthToken.objects.create(project.created_by)
    assert tokens.scopes_of(row) == set(Scope.values)
    assert (
        bearer(text)
        .patch(reverse("api-project", args=[project.pk]), {"name": "x"}, content_type="application/json")
        .status_code
        == 200
    )
    grant = TokenGrant.objects.get()
    assert (grant.pk, grant.scopes) == (row.pk, Scope.values)
    assert timezone.now() - grant.used_at < timedelta(minutes=1)
    assert bearer(text).get(reverse("api-tokens")).json()["results"][0]["name"] == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("read", "all")}, "scopes"),
        ({"expiry": timezone.now() - timedelta(days=1)}, "expiry"),
    ],
)
def test_a_token_that_makes_no_sense(fields, field, db):
    with pytest.raises(Refusal) as refused:
        tokens.create(factories.make_user(), **fields)
    assert refused.value.field == field
    assert not AuthToken.objects.exists()


def test_a_token_hands_on_no_more_than_it_has(db):
    soon = timezone.now() + timedelta(days=1)
    _row, text = tokens.create(factories.make_user(), scopes=("read", "manage"), expiry=soon)
    client, address = bearer(text), reverse("api-tokens")

    def asked(**body):
        return client.post(address, body, content_type="application/json")

    assert asked(scopes=["read", "write"], expiry=soon).json()["field"] == "scopes"
    assert asked(scopes=["read"]).json()["field"] == "expiry"
    assert asked(scopes=["read"], expiry=soon + timedelta(days=1)).json()["field"] == "expiry"
    made = asked(scopes=["read"], expiry=soon - timedelta(hours=1), name="  a  b ")
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["scopes"], made.json()["used_at"]) == ("a b", ["read"], None)
    assert bearer(made.json()["token"]).get(reverse("api-projects")).status_code == 200


def test_a_token_ends(db):
    row, text = tokens.create(factories.make_user(), expiry=timezone.now() + timedelta(days=1))
    assert bearer(text).get(reverse("api-projects")).status_code == 200
    AuthToken.objects.filter(pk=row.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    answer = bearer(text).get(reverse("api-projects"))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token \xe9", "Token " + "0" * 64])
def test_what_is_no_token(header, db):
    assert Client(headers={"authorization": header}).get(reverse("api-projects")).status_code == 401


def test_a_token_costs_one_query_however_many_there_are(project):
    user = project.created_by
    _row, text = tokens.create(user)
    for _ in range(5):
        tokens.create(user)
    client, address = bearer(text), reverse("api-detectors")
    client.get(address)  # notes the use
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(reverse("api-tokens")).json()["results"]) == 6
    assert len(asked) == 3


def test_the_audit_log_names_the_scopes(db):
    tokens.create(factories.make_user(), name="ci", scopes=("export",))
    assert AuditEntry.objects.get(verb="token.created").data == {"name": "ci", "scopes": ["export"]}
