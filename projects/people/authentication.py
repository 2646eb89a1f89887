"""Who sends a token, and whether the token reaches: checked for every address that takes one, before its view runs."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from projects.models import User
from projects.people import tokens
from projects.web import scopes
from projects.web.rate import count_request


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """Knox's header and hashes; one query, and the token's scopes and rate."""

    def authenticate(self, request: Request) -> tuple[User, AuthToken] | None:
        found: tuple[User, AuthToken] | None = super().authenticate(request)
        if found is not None:
            _user, token = found
            count_request(token.token_key)
            _require_scope(request, token)
            tokens.note_use(token)
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        try:
            found = tokens.find(token.decode("ascii"))
        except UnicodeDecodeError:
            found = None
        if found is None or not found.user.is_active:
            raise AuthenticationFailed(_("There is no such token."), code="bad_token")
        if found.expiry is not None and found.expiry <= timezone.now():
            raise AuthenticationFailed(_("This token has expired."), code="token_expired")
        return found.user, found


def _require_scope(request: Request, token: AuthToken) -> None:
    place = request.resolver_match
    wanted = scopes.needed(place.url_name if place else None, str(request.method))
    if wanted not in tokens.scopes_of(token):
        raise PermissionDenied(_("This token has no scope “%(scope)s”.") % {"scope": wanted.value}, code="scope")


class TokenScheme(KnoxTokenScheme):  # type: ignore[misc, no-untyped-call]
    """How the API's description tells of it."""

    target_class = "projects.people.authentication.TokenAuthentication"
    name = "token"
