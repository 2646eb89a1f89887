"""A second factor: set up with an app, asked for when signing in, demanded where the operator says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.management import call_command
from django.http import Http404
from django.test import Client
from django.urls import reverse

from labelhub.live import follower
from projects.models import AuditEntry, User
from projects.people import tokens, two_factor
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def ada() -> User:
    cache.clear()  # allauth counts attempts there
    return factories.make_user("ada@example.org")


def code_of(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def with_password(client: Client, user: User) -> Any:
    return client.post(reverse("account_login"), {"login": user.email, "password": factories.PASSWORD})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_is_set_up_with_the_password_and_a_code(
    ada: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(ada)
    address = reverse("mfa_activate_totp")
    asked = client.get(address)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert client.post(asked.url, {"password": factories.PASSWORD}).url == address
    page = client.get(address).content.decode()
    assert re.search(r'<div class="qr"[^>]*><svg ', page)
    secret = re.search(r'id="totp-secret">(\w+)<', page)[1]
    assert b"error" in client.post(address, {"code": "000000"}).content
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(address, {"code": code_of(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<li>(\d{8})</li>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(codes) == 10
    assert set(AuditEntry.objects.values_list("verb", flat=True)) >= {"user.totp_added"}
    assert client.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("by", ["app", "recovery code"])
def test_signing_in_asks_for_it_and_each_code_works_once(by: str, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    code = code_of()
    if by == "recovery code":
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

        code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        assert with_password(client, ada).url == reverse("mfa_authenticate")
        assert not signed_in(client)
        assert client.get(reverse("projects")).status_code == 302
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert [signed_in(first), signed_in(second)] == [True, False]


def test_codes_are_not_guessed(ada: User, client: Client) -> None:
    TOTP.activate(ada, SECRET)
    with_password(client, ada)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    page = client.post(reverse("mfa_authenticate"), {"code": code_of()})
    assert page.status_code == 200
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("demand", "person", "wanted"),
    [
        ("", {"is_staff": True}, False),
        ("staff", {}, False),
        ("staff", {"is_staff": True}, True),
        ("everybody", {}, True),
    ],
)
def test_it_is_demanded_of_whom_the_operator_says(
    demand: str, person: dict[str, bool], wanted: bool, settings: Any
) -> None:
    settings.TWO_FACTOR = demand
    user, client = factories.make_user(**person), Client()
    client.force_login(user)
    page = client.get(reverse("projects"))
    assert (page.status_code == 302 and page.url == reverse("mfa_index")) == wanted
    assert client.get(reverse("api-projects")).status_code == (403 if wanted else 200)
    assert client.get(reverse("mfa_index")).status_code == 200
    _row, token = tokens.create(user)
    assert Client().get(reverse("api-projects"), headers={"authorization": f"Token {token}"}).status_code == 200
    for door in follower.doors:
        if wanted:
            with pytest.raises(Http404):
                door(user)
    TOTP.activate(user, SECRET)
    assert client.get(reverse("projects")).status_code == 200
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert two_factor.is_on(user) == wanted  # what is demanded is not turned off


@pytest.mark.parametrize("how", ["administrator", "command"])
def test_who_lost_the_phone_is_helped(how: str, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    if how == "command":
        call_command("remove_two_factor", "ADA@example.org")
    else:
        console = Client()
        console.force_login(factories.make_user(is_staff=True, is_superuser=True))
        body = {"action": "remove_two_factor", "_selected_action": [ada.pk]}
        assert console.post(reverse("admin:projects_user_changelist"), body).status_code == 302
    client = Client()
    with_password(client, ada)
    assert signed_in(client)
    assert AuditEntry.objects.filter(verb="user.two_factor_removed").exists()
