"""Sign-in rules for allauth: accounts come by invitation only, and each has one address, which stands with the person."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest, HttpResponseBase

from projects.models import User
from projects.people import language


class OneAddressBackend(AuthenticationBackend):  # type: ignore[misc]
    """Looks a person up by User.email alone, whatever its capitals.

    allauth's own asks its EmailAddress rows first: an address that an administrator has changed since would still sign
    in.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found = (self._check_password(user, password) for user in User.objects.filter(email__iexact=email))
        return next((user for user in found if user), None)


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People are known by e-mail; there is no user name to make up."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **kwargs)
        if user.language:
            language.remember(response, user.language)
        return response
