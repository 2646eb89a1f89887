"""Signing in at an OpenID provider, where the operator has set one: allauth does it; here is who gets in, as whom."""

from __future__ import annotations

import logging
from typing import Any, NoReturn
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from projects import audit
from projects.errors import Conflict
from projects.models import Invitation, User
from projects.people.actions import join

log = logging.getLogger(__name__)
LONGEST_NAME = 120


def is_set() -> bool:
    return bool(settings.OIDC_ISSUER)


def provider_id() -> str:
    """Of the issuer, so that whom another one calls by the same number is somebody else."""
    parts = urlsplit(settings.OIDC_ISSUER)
    return f"{parts.netloc}{parts.path}".replace("/", "-").replace(":", "-")


def app() -> SocialApp:
    """What allauth wants to know of the provider."""
    return SocialApp(
        provider="openid_connect",
        provider_id=provider_id(),
        name=settings.OIDC_NAME,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
        settings={"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True},
    )


def way_in() -> dict[str, str]:
    """For templates: the provider's name and its part of addresses here; nothing where none is set."""
    return {"oidc_name": settings.OIDC_NAME, "oidc_provider": provider_id()} if is_set() else {}


def connection_of(user: User) -> SocialAccount | None:
    """How the provider that is set knows this person, where they have signed in there."""
    return SocialAccount.objects.filter(user=user, provider=provider_id()).first() if is_set() else None


@transaction.atomic
def disconnect(user: User) -> None:
    """Raises Conflict where nothing else lets the person in."""
    if not user.has_usable_password():
        raise Conflict(_("Choose a password first: nothing else would let you in."), code="no_password")
    if SocialAccount.objects.filter(user=user, provider=provider_id()).delete()[0]:
        audit.record(user, "user.oidc_disconnected", user.email)


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Of the environment alone."""
        return [app()] if is_set() and provider in (None, "openid_connect", provider_id()) else []

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = sociallogin.user
        user.email, user.name = data.get("email") or "", _name(data.get("name"))
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lets nobody by whom the provider does not know for sure; who comes for the first time gets an account here,
        or the way to one.
        """
        claims = sociallogin.account.extra_data
        said = {part["sub"] for part in claims.values() if isinstance(part, dict) and "sub" in part}
        if len(said) > 1:
            _refuse(request, "mixed")
        if not sociallogin.is_existing and sociallogin.state.get("process") != "connect":
            self._admit(request, sociallogin, _verified_address(claims))

    def _admit(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> None:
        if not address:
            _refuse(request, "unverified")
        with transaction.atomic():
            user = User.objects.filter(email__iexact=address).first()
            if user is not None and user.has_usable_password():
                _refuse(request, "taken", address)  # anybody may have typed this address when joining by a link
            if user is None:
                user = _new_account(address, sociallogin.user.name)
            if user is None:
                _refuse(request, "uninvited", address)
            sociallogin.user = user
            sociallogin.save(request, connect=True)
            audit.record(user, "user.oidc_connected", user.email)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **found: Any) -> NoReturn:
        log.warning("Signing in at %s failed: %s %s", provider, found.get("error"), found.get("exception") or "")
        _refuse(request, "cancelled" if found.get("error") == "cancelled" else "failed")

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("account")


def note_connection(request: HttpRequest, sociallogin: SocialLogin, **_more: Any) -> None:
    """Receiver of allauth's signal: a signed-in person has connected the account."""
    audit.record(sociallogin.user, "user.oidc_connected", sociallogin.user.email)


def _verified_address(claims: dict[str, Any]) -> str:
    """As the provider says it; empty where it does not say that the address is the person's own."""
    found = claims.get("userinfo") or claims.get("id_token") or {}
    address = str(found.get("email") or "")
    known = address.rpartition("@")[2].lower() in {domain.lower() for domain in settings.OIDC_DOMAINS}
    return address if address and (found.get("email_verified") in (True, "true") or known) else ""


def _new_account(address: str, name: str) -> User | None:
    """With the projects that the address was invited into; None where the operator allows none."""
    invitations = list(Invitation.objects.usable().filter(email__iexact=address, project__deleted_at=None))
    if not invitations and settings.OIDC_ACCOUNTS != "everybody":
        return None
    user = User.objects.create_user(address, name=name)
    audit.record(user, "user.created", user)
    for invitation in invitations:
        join(user, invitation)
    return user


def _name(said: object) -> str:
    """No address, as with names that people type: whoever reads one would take it for checked."""
    name = " ".join(str(said or "").split())[:LONGEST_NAME]
    return "" if any(sign in name for sign in "@＠﹫") else name


def _refuse(request: HttpRequest, why: str, address: str = "") -> NoReturn:
    raise ImmediateHttpResponse(refusal(request, why, address))


def refusal(request: HttpRequest, why: str, address: str = "") -> HttpResponse:
    """why: cancelled, failed (nothing to be had of the provider), mixed, unverified, taken or uninvited."""
    context = {"why": why, "address": address, "name": settings.OIDC_NAME}
    return render(request, "account/oidc_refused.html", context, status=403)
