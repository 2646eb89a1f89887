"""Signing in at an OpenID provider that runs here: who gets in, as whom, and who does not."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from projects.models import AuditEntry, Invitation, Membership, Project, User
from projects.people import oidc
from tests import factories
from tests.projects.people.oidc_provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.django_db
ADA = {"sub": "17", "email": "Ada@example.org", "email_verified": True, "name": "Ada Lovelace"}


@pytest.fixture
def there(settings: Any) -> Iterator[Provider]:
    cache.clear()  # allauth counts attempts there
    with provider() as found:
        settings.OIDC_ISSUER, settings.OIDC_NAME = found.issuer, "Ministry"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        found.person = dict(ADA)
        yield found


def come_by(client: Client, **fields: str) -> Any:
    """The way there and back, as a browser goes it: the answer to the way back."""
    begun = client.post(reverse("openid_connect_login", args=[oidc.provider_id()]), fields)
    if begun.status_code != 302:
        return begun
    parts = urlsplit(begun.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(str(connection.getresponse().headers["Location"]))
    return client.get(f"{back.path}?{back.query}")


def who(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_without_a_setting_there_is_none(client: Client, there: Provider, settings: Any) -> None:
    address = reverse("openid_connect_login", args=[oidc.provider_id()])
    settings.OIDC_ISSUER = ""
    factories.make_user()
    assert "Ministry" not in client.get(reverse("account_login")).content.decode()
    assert client.post(address).status_code == 404
    assert client.get(f"{address}callback/").status_code == 404


def test_who_was_invited_gets_an_account_in_the_projects(client: Client, there: Provider, project: Project) -> None:
    Invitation.issue(project=project, role="reviewer", email="ada@example.org")
    assert "Sign in with Ministry" in client.get(reverse("account_login")).content.decode()
    page = come_by(client, next=reverse("account"))
    assert (page.status_code, page.url) == (302, reverse("account"))
    ada = who(client)
    assert ada is not None
    assert (ada.email, ada.name, ada.has_usable_password()) == ("Ada@example.org", "Ada Lovelace", False)
    assert Membership.objects.get(user=ada).role == "reviewer"
    assert not Invitation.objects.usable().exists()
    verbs = set(AuditEntry.objects.filter(actor=ada).values_list("verb", flat=True))
    assert verbs >= {"user.created", "member.joined", "user.oidc_connected"}
    again = Client()
    there.person["email"] = "ada.new@example.org"  # the number is whom it means, not the address
    come_by(again)
    assert who(again) == ada
    assert User.objects.filter(email="ada.new@example.org").count() == 0


@pytest.mark.parametrize(
    ("accounts", "domains", "person", "words"),
    [
        ("invited", [], {}, "was not invited"),
        ("everybody", [], {}, None),
        ("everybody", [], {"email_verified": False}, "does not say that your e-mail address was verified"),
        ("everybody", [], {"email_verified": "false"}, "does not say that your e-mail address was verified"),
        ("everybody", [], {"email_verified": None}, "does not say that your e-mail address was verified"),
        ("everybody", [], {"email": ""}, "does not say that your e-mail address was verified"),
        ("everybody", ["Example.org"], {"email_verified": None}, None),
        ("everybody", ["other.org"], {"email_verified": None}, "does not say that your e-mail address was verified"),
    ],
)
def test_who_gets_an_account(
    accounts: str, domains: list[str], person: dict[str, Any], words: str | None, client: Client, there: Provider,
    settings: Any,
) -> None:  # fmt: skip
    settings.OIDC_ACCOUNTS, settings.OIDC_DOMAINS = accounts, domains
    there.person |= person
    page = come_by(client)
    assert (who(client) is not None) == (words is None)
    assert User.objects.exists() == (words is None)
    if words:
        assert page.status_code == 403
        assert words in page.content.decode()


def test_an_invited_address_that_is_not_verified_gets_nothing(
    client: Client, there: Provider, project: Project
) -> None:
    Invitation.issue(project=project, role="reviewer", email="ada@example.org")
    there.person["email_verified"] = False
    assert come_by(client).status_code == 403
    assert Invitation.objects.usable().count() == 1


def test_an_account_with_a_password_is_taken_over_by_nobody(client: Client, there: Provider) -> None:
    ada = factories.make_user("ada@example.org")
    page = come_by(client)
    assert page.status_code == 403
    assert "has an account with a password here" in page.content.decode()
    assert (who(client), SocialAccount.objects.count()) == (None, 0)
    ada.set_unusable_password()  # made for this way in: nobody else can be in it
    ada.save()
    assert come_by(client).status_code == 302
    assert who(client) == ada


def test_who_is_signed_in_connects_with_the_password(client: Client, there: Provider) -> None:
    ada = factories.make_user("someone.else@example.org")
    client.force_login(ada)
    asked = come_by(client, process="connect")
    assert asked.url == reverse("account_reauthenticate")
    assert not SocialAccount.objects.exists()
    assert client.post(asked.url, {"password": factories.PASSWORD}).url == reverse("account")
    assert "connected" in client.get(reverse("account")).content.decode()
    fresh = Client()
    come_by(fresh)
    assert who(fresh) == ada
    other = Client()
    other.force_login(factories.make_user("eve@example.org"))
    asked = come_by(other, process="connect")
    other.post(asked.url, {"password": factories.PASSWORD})
    assert SocialAccount.objects.get().user == ada
    client.post(reverse("openid_connect_disconnect", args=[oidc.provider_id()]))
    assert not SocialAccount.objects.exists()


def test_nobody_locks_themselves_out(client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    come_by(client)
    page = client.post(reverse("openid_connect_disconnect", args=[oidc.provider_id()]), follow=True)
    assert "Choose a password first" in page.content.decode()
    assert SocialAccount.objects.exists()


def test_no_stranger_connects(client: Client, there: Provider) -> None:
    come_by(client, process="connect")
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "token",
    [{"aud": "another"}, {"iss": "http://elsewhere.example"}, {"exp": 1}, {"sub": "18"}],
    ids=["another site's", "another issuer's", "old", "another person's"],
)
def test_a_token_that_is_not_right_lets_nobody_in(
    token: dict[str, Any], client: Client, there: Provider, settings: Any
) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    there.token = token
    assert come_by(client).status_code == 403
    assert (who(client), User.objects.count()) == (None, 0)


@pytest.mark.parametrize("forged", [{"state": "no-such"}, {"code": "no-such"}])
def test_a_forged_way_back_lets_nobody_in(
    forged: dict[str, str], client: Client, there: Provider, settings: Any
) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    begun = client.post(reverse("openid_connect_login", args=[oidc.provider_id()]))
    state = dict(part.split("=") for part in urlsplit(begun.url).query.split("&"))["state"]
    back = reverse("openid_connect_callback", args=[oidc.provider_id()])
    assert client.get(back, {"code": "x", "state": state} | forged).status_code == 403
    assert who(client) is None


def test_who_says_no_there_reads_so(client: Client, there: Provider) -> None:
    there.cancels = True
    assert "was broken off" in come_by(client).content.decode()


def test_a_provider_that_is_away_is_said_to_be_so(client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    page = come_by(client)
    assert page.status_code == 403
    assert "did not answer as expected" in page.content.decode()


def test_who_was_deactivated_does_not_come_in(client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    come_by(client)
    User.objects.update(is_active=False)
    fresh = Client()
    assert come_by(fresh).url == reverse("account_inactive")
    assert who(fresh) is None


def test_a_second_factor_is_asked_for_all_the_same(client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    come_by(client)
    TOTP.activate(User.objects.get(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    fresh = Client()
    assert come_by(fresh).url == reverse("mfa_authenticate")
    assert who(fresh) is None


def test_of_another_provider_the_same_number_is_somebody_else(client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    come_by(client)
    with provider() as other:
        settings.OIDC_ISSUER = other.issuer
        other.person = {"sub": "17", "email": "eve@example.org", "email_verified": True}
        fresh = Client()
        come_by(fresh)
    eve = who(fresh)
    assert eve is not None
    assert eve.email == "eve@example.org"


@pytest.mark.parametrize(("said", "kept"), [("Ada  Lovelace", "Ada Lovelace"), ("root@example.org", ""), (None, "")])
def test_names_are_no_addresses(said: str | None, kept: str, client: Client, there: Provider, settings: Any) -> None:
    settings.OIDC_ACCOUNTS = "everybody"
    there.person["name"] = said
    come_by(client)
    assert User.objects.get().name == kept
