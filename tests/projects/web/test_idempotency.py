"""`Idempotency-Key`: done once, answered again, refused for another body, and not kept where it holds a secret."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import Image, Invitation, KeptAnswer, Project
from projects.people import tokens
from tests import factories


@pytest.fixture
def owner(db):
    return factories.make_user()


def client_of(user):
    _row, text = tokens.create(user)
    return Client(headers={"authorization": f"Token {text}"})


def post(client, key, body=None, address="/api/projects/"):
    return client.post(
        address, body or {"name": "Foxes"}, content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_a_repeat_is_answered_and_not_done_again(owner):
    client = client_of(owner)
    first, again = post(client, "one"), post(client, "one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Project.objects.count() == 1
    assert post(client, "two").json()["id"] != first.json()["id"]


def test_the_same_key_of_another_token_is_another_key(owner):
    assert post(client_of(owner), "one").json()["id"] != post(client_of(owner), "one").json()["id"]


@pytest.mark.parametrize("other", [{"name": "Owls"}, {"name": "Foxes", "description": "x"}])
def test_another_body_under_the_same_key_is_refused(other, owner):
    client = client_of(owner)
    post(client, "one")
    answer = post(client, "one", other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Project.objects.count() == 1


def test_another_address_under_the_same_key_is_refused(project):
    client = client_of(project.created_by)
    first, second = (reverse(f"api-{name}", args=[project.pk]) for name in ("datasets", "classes"))
    assert post(client, "one", {"name": "x"}, first).status_code == 201
    assert post(client, "one", {"name": "x"}, second).status_code == 422


def test_a_second_one_while_the_first_is_at_work(owner):
    client = client_of(owner)
    post(client, "one")
    KeptAnswer.objects.update(status=None, body=None)
    answer = post(client, "one")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_at_work")
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(minutes=11))  # its process died
    assert post(client, "one").status_code == 201
    assert KeptAnswer.objects.get().status == 201


@pytest.mark.parametrize("bad", [{"name": ""}, {}, {"name": "x" * 200}])
def test_what_was_refused_leaves_the_key_free(bad, owner):
    client = client_of(owner)
    assert (
        client.post(
            "/api/projects/", bad, content_type="application/json", headers={"Idempotency-Key": "one"}
        ).status_code
        == 400
    )
    assert post(client, "one").status_code == 201


def test_a_fault_of_ours_leaves_the_key_free(owner, monkeypatch):
    client = client_of(owner)
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("projects.actions.create_project", lambda *_args, **_fields: 1 / 0)
        assert post(client, "one").status_code == 500
    assert post(client, "one").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_a_key_that_is_none(key, owner):
    assert post(client_of(owner), key).json()["field"] == "Idempotency-Key"


def test_after_a_day_it_is_forgotten(owner):
    client = client_of(owner)
    post(client, "one")
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    post(client, "two")
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["two"]
    post(client, "one")
    assert Project.objects.count() == 3


def test_a_secret_is_not_kept(project):
    client = client_of(project.created_by)
    address = reverse("api-invitations", args=[project.pk])
    made = post(client, "one", {"role": "viewer"}, address)
    assert made.status_code == 201
    assert KeptAnswer.objects.get().body is None
    again = post(client, "one", {"role": "viewer"}, address)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_done")
    assert Invitation.objects.count() == 1


def test_an_upload_by_its_bytes(project):
    client, address = client_of(project.created_by), reverse("api-upload", args=[project.datasets.get().pk])

    def send(seed):
        file = SimpleUploadedFile("a.jpg", factories.picture_bytes(seed=seed))
        return client.post(address, {"files": file}, headers={"Idempotency-Key": "one"})

    first = send(1)
    assert len(first.json()["added"]) == 1
    assert send(1).json() == first.json()
    assert send(2).status_code == 422
    assert Image.objects.count() == 1


def test_the_session_of_a_person_has_keys_too(owner):
    client = Client()
    client.force_login(owner)
    assert post(client, "one").json() == post(client, "one").json()
    assert client.get("/api/projects/", headers={"Idempotency-Key": "one"}).json()["count"] == 1
