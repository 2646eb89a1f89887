"""Sign-in rules for allauth: accounts come by invitation only, and each has one address, which stands with the
person.
"""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from projects.models import User
from projects.people import language

log = logging.getLogger(__name__)


class OneAddressBackend(AuthenticationBackend):  # type: ignore[misc]
    """Looks a person up by User.email alone, whatever its capitals.

    allauth's own asks its EmailAddress rows first: an address that an administrator has changed since would still sign
    in.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found = (self._check_password(user, password) for user in User.objects.filter(email__iexact=email))
        return next((user for user in found if user), None)


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Looks a person up by User.email alone, as signing in does."""

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.users = list(User.objects.filter(email__iexact=email, is_active=True))
        return email


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the person's language. A mail server that fails is no reason to tell a stranger who has an account."""
        user = context.get("user")
        try:
            with translation.override(getattr(user, "language", "") or translation.get_language()):
                super().send_mail(template_prefix, email, context)
        except Exception as error:
            log.warning("A mail could not be sent: %s", error)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People are known by e-mail; there is no user name to make up."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **kwargs)
        if user.language:
            language.remember(response, user.language)
        return response
