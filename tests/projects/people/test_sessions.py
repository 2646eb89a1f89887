"""Where a person is signed in: listed, ended, and ended with a new password."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from projects.models import SignIn, User
from projects.people import sessions, tokens
from projects.people.devices import device
from tests import factories

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def ada() -> User:
    return factories.make_user("ada@example.org")


def signed_in(user: User, count: int = 1) -> list[Client]:
    clients = [Client(headers={"user-agent": FIREFOX}) for _ in range(count)]
    for client in clients:
        client.force_login(user)
    return clients


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_each_browser_is_listed_and_this_one_first(ada: User, django_assert_max_num_queries: Any) -> None:
    clients = signed_in(ada, 3)
    signed_in(factories.make_user())
    SignIn.objects.update(agent=FIREFOX)  # a test's own way of signing in names no browser
    with django_assert_max_num_queries(4):  # session, person, the list, the bell
        page = clients[0].get(reverse("sessions"))
    rows = page.context["rows"]
    assert [(name, here) for _row, name, _small, here in rows] == [("Firefox on Linux", True)] + 2 * [
        ("Firefox on Linux", False)
    ]
    assert rows[0][0].session_id == clients[0].session.session_key


def test_a_use_is_noted_now_and_then(ada: User, django_assert_max_num_queries: Any) -> None:
    (client,) = signed_in(ada)
    before = SignIn.objects.get().used_at
    with django_assert_max_num_queries(3):
        client.get(reverse("sessions-end-others"))  # any page: this one answers 405 at once
    assert SignIn.objects.get().used_at == before
    sessions.cache.clear()
    client.get(reverse("account"))
    found = SignIn.objects.get()
    assert found.used_at > before
    assert found.agent == FIREFOX


def test_one_or_all_others_are_signed_out(ada: User) -> None:
    here, there, elsewhere = signed_in(ada, 3)
    row = SignIn.objects.get(session=there.session.session_key)
    here.post(reverse("session-end", args=[row.pk]))
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, True]
    here.post(reverse("sessions-end-others"))
    assert [is_in(client) for client in (here, elsewhere)] == [True, False]
    assert Session.objects.count() == 1


@pytest.mark.parametrize("how", ["page", "administrator", "command"])
def test_a_new_password_signs_out_everywhere_else(how: str, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = signed_in(ada, 2)
    new = "another-long-password"
    if how == "page":
        body = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
        assert here.post(reverse("account_change_password"), body).status_code == 302
    elif how == "administrator":
        console = Client()
        console.force_login(factories.make_user(is_staff=True, is_superuser=True))
        body = {"usable_password": "true", "password1": new, "password2": new}
        assert console.post(f"/admin/projects/user/{ada.pk}/password/", body).status_code == 302
    else:
        monkeypatch.setattr("getpass.getpass", lambda *_a, **_k: new)
        call_command("changepassword", ada.email, verbosity=0)
    assert [is_in(here), is_in(there)] == [how == "page", False]
    ada.refresh_from_db()
    assert len(sessions.visible(ada)) == (how == "page")


def test_signing_out_leaves_no_line(ada: User) -> None:
    (client,) = signed_in(ada)
    client.post(reverse("account_logout"))
    assert not SignIn.objects.exists()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 15; SM-S931N) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("curl/8", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_know_it(agent: str, name: str) -> None:
    assert device(agent) == name


def test_the_api_lists_and_ends_them() -> None:
    ada = factories.make_user()
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(ada)
    rows = here.get(reverse("api-sessions")).json()["results"]
    assert sorted(row["current"] for row in rows) == [False, True]
    assert here.post(reverse("api-sessions-end-others")).json() == {"ended": 1}
    assert there.get(reverse("api-sessions")).status_code == 401
    (row,) = here.get(reverse("api-sessions")).json()["results"]
    assert here.delete(reverse("api-session", args=[row["id"]])).status_code == 204
    assert here.get(reverse("api-sessions")).status_code == 401


def test_a_token_ends_all_of_them() -> None:
    ada = factories.make_user()
    _row, text = tokens.create(ada)
    there = Client()
    there.force_login(ada)
    script = Client(headers={"authorization": f"Token {text}"})
    assert [row["current"] for row in script.get(reverse("api-sessions")).json()["results"]] == [False]
    assert script.post(reverse("api-sessions-end-others")).json() == {"ended": 1}
    assert there.get(reverse("api-sessions")).status_code == 401
