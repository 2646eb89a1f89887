"""Signing in: by the one address that stands with the person, and with a sentence where it fails."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from projects.models import Invitation, Project, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_failures_before() -> None:
    cache.clear()  # allauth counts attempts there


def sign_in(email: str, password: str = factories.PASSWORD) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return client


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("primary", [False, True])
def test_an_address_of_earlier_signs_nobody_in(verified: bool, primary: bool) -> None:
    user = factories.make_user("new@example.org")
    EmailAddress.objects.create(user=user, email="old@example.org", verified=verified, primary=primary)
    assert not signed_in(sign_in("old@example.org"))
    assert signed_in(sign_in("new@example.org"))


@pytest.mark.parametrize("verified", [False, True])
def test_nobody_takes_the_address_of_another(verified: bool) -> None:
    """A row for somebody else's address neither lets its maker in by it nor keeps the owner out."""
    owner, other = factories.make_user("ada@example.org"), factories.make_user("eve@example.org")
    other.set_password("another-long-password")
    other.save()
    EmailAddress.objects.create(user=other, email=owner.email, verified=verified)
    assert not signed_in(sign_in(owner.email, "another-long-password"))
    assert sign_in(owner.email).session["_auth_user_id"] == str(owner.pk)


@pytest.mark.parametrize("kept", ["Ada@Example.org", "ada@example.org"])
@pytest.mark.parametrize("typed", ["ada@example.org", "ADA@example.org", " Ada@example.org "])
def test_capitals_are_no_hindrance(kept: str, typed: str) -> None:
    User.objects.bulk_create([User(email=kept)])
    user = User.objects.get()
    user.set_password(factories.PASSWORD)
    user.save()
    assert signed_in(sign_in(typed))


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", factories.PASSWORD)]
)
def test_what_does_not_sign_in(email: str, password: str) -> None:
    factories.make_user("ada@example.org")
    assert not signed_in(sign_in(email, password))


def test_signing_in_and_changing_the_password_leave_no_address_behind(project: Project) -> None:
    client = sign_in(project.created_by.email)
    body = {
        "oldpassword": factories.PASSWORD,
        "password1": "another-long-password",
        "password2": "another-long-password",
    }
    assert client.post(reverse("account_change_password"), body).status_code == 302
    assert signed_in(sign_in(project.created_by.email, "another-long-password"))
    assert not EmailAddress.objects.exists()


def test_the_addresses_of_earlier_are_deleted() -> None:
    EmailAddress.objects.create(user=factories.make_user(), email="old@example.org")
    importlib.import_module("projects.migrations.0006_one_address").forget(apps, None)
    assert not EmailAddress.objects.exists()


def test_somebody_inactive_is_said_so() -> None:
    factories.make_user("ada@example.org", is_active=False)
    client = Client()
    page = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": factories.PASSWORD}, follow=True
    )
    assert page.redirect_chain[-1][0] == reverse("account_inactive")
    assert b"This account is not active" in page.content
    assert not signed_in(client)


@pytest.mark.parametrize("address", ["/accounts/", "/accounts"])
def test_the_bare_address_leads_to_signing_in(address: str, client: Client) -> None:
    assert client.get(address, follow=True).redirect_chain[-1][0] == reverse("account_login")


@pytest.mark.parametrize("name", ["ada@example.org", "Ada ＠ home", "Ada﹫home"])
@pytest.mark.parametrize("form", ["account", "setup", "invite"])
def test_a_name_is_no_address(form: str, name: str, project: Project) -> None:
    """Comments are signed with it."""
    client = Client()
    _invitation, token = Invitation.issue(project=None if form == "setup" else project, role="annotator")
    if form == "account":
        client.force_login(project.created_by)
    address = reverse(form, args=[] if form == "account" else [token])
    body = {"email": "eve@example.org", "password": factories.PASSWORD, "language": "en"}
    page = client.post(address, body | {"name": name})
    assert b"A name cannot contain @." in page.content
    assert not User.objects.exclude(name="").exists()
    assert client.post(address, body | {"name": "Eve"}).status_code == 302
    assert User.objects.filter(name="Eve").exists()


def test_before_anybody_is_there_the_first_page_says_where_the_link_is(client: Client) -> None:
    page = client.get("/", follow=True)
    assert (page.status_code, next(template.name for template in page.templates)) == (200, "projects/first_start.html")
    assert "first_admin --address http://testserver/" in page.content.decode()
    factories.make_user("ada@example.org")
    assert 'name="password"' in client.get("/", follow=True).content.decode()


@pytest.mark.parametrize("address", ["email/", "confirm-email/", "reauthenticate/"])
def test_pages_that_would_send_mail_are_not_there(
    address: str, client_as: Callable[[str | None], Client], project: Project
) -> None:
    assert client_as("owner").get(f"/accounts/{address}").status_code == 404


def test_a_password_is_changed_or_first_chosen(client_as: Callable[[str | None], Client], project: Project) -> None:
    client = client_as("owner")
    assert client.get(reverse("account_change_password")).status_code == 200
    project.created_by.set_unusable_password()
    project.created_by.save()
    client.force_login(project.created_by)
    page = client.get(reverse("account_change_password"), follow=True)
    assert b"Choose a password" in page.content
