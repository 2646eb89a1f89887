"""The second factor of signing in: a code of an app, or a recovery code. allauth has the parts; here is who must have
one.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from projects import audit, policies
from projects.models import User

# What somebody reaches who has yet to set up the second factor that is demanded.
OPEN = {
    "mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate", "account_reauthenticate",
    "account_logout", "language", "jsi18n", "health",
}  # fmt: skip
Answer = Callable[[HttpRequest], HttpResponse]


def is_on(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def is_demanded(user: User) -> bool:
    """Whether the operator wants this person to have one."""
    wanted = settings.TWO_FACTOR
    return wanted == "everybody" or (wanted == "staff" and (user.is_staff or user.is_superuser))


def is_missing(user: User | AnonymousUser) -> bool:
    """No query where none is demanded."""
    return isinstance(user, User) and is_demanded(user) and not is_on(user)


def admit(user: Any) -> None:
    """The door of live pages. Raises Http404."""
    if is_missing(user):
        raise Http404


def demand(get_response: Answer) -> Answer:
    """Middleware: who lacks the second factor that is demanded sets it up before anything else. Tokens are not
    asked.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        place = request.resolver_match
        if not settings.TWO_FACTOR or (place and place.url_name in OPEN) or not is_missing(_person(request)):
            return None
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": _("Set up two-factor sign-in first."), "code": "two_factor"}, status=403)
        return redirect("mfa_index")

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer


def remove(actor: User | None, person: User) -> bool:
    """For who lost the app and the codes; whether there was one. Raises Forbidden."""
    if actor is not None:
        policies.require_account(actor, person)
    with transaction.atomic():
        count, _rows = Authenticator.objects.filter(user=person).delete()
        if count:
            audit.record(actor, "user.two_factor_removed", person.email)
    return bool(count)


def note_change(user: User, authenticator: Authenticator, signal: Any, **_more: Any) -> None:
    """Receiver of allauth's signals: what a person does with their own factor stands in the audit log."""
    done = {authenticator_added: "added", authenticator_removed: "removed"}.get(signal, "reset")
    audit.record(user, f"user.{authenticator.type}_{done}", user.email)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's, with a picture that stands in the page, readable by cameras in dark pages too."""

    def build_totp_svg(self, url: str) -> str:
        out = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        text = out.getvalue().decode()
        return text[text.index("<svg") :]

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_demanded(authenticator.user)


def _person(request: HttpRequest) -> User | AnonymousUser:
    """Of the session, where there is one: nothing is read for who sends none."""
    return request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else AnonymousUser()
