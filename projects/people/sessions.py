"""Where a person is signed in: noted as they go, listed to them, ended one by one or all at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from labelhub.live.notify import send_away
from projects.models import SignIn, User

log = logging.getLogger(__name__)
USE_KEPT_S = 300  # the last use is written no more often than this
Answer = Callable[[HttpRequest], HttpResponse]


def note_use(get_response: Answer) -> Answer:
    """Middleware: when a session was used last, by which browser. A fault here fails no request."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        session = request.session
        if session.session_key and session.accessed and SESSION_KEY in session and request.user.is_authenticated:
            try:
                note(request, request.user)
            except DatabaseError as error:  # it was ended meanwhile
                log.info("The use of a session was not noted: %s", error)
        return response

    return answer


def note(request: HttpRequest, user: User) -> None:
    if request.session.session_key is None:
        request.session.save()
    key = str(request.session.session_key)
    if not cache.add(f"session-used-{key}", True, USE_KEPT_S):
        return
    now, agent = timezone.now(), request.META.get("HTTP_USER_AGENT", "")[:300]
    if not SignIn.objects.filter(session=key).update(used_at=now, user=user, agent=agent):
        with transaction.atomic():
            SignIn.objects.create(session_id=key, user=user, agent=agent, created_at=now, used_at=now)


def note_sign_in(request: HttpRequest, user: User, **_more: Any) -> None:
    """Receiver of Django's user_logged_in."""
    note(request, user)


def visible(user: User) -> list[SignIn]:
    """Where they are signed in now, the last used first. One query: sessions of an older password are none."""
    rows = SignIn.objects.filter(user=user, session__expire_date__gt=timezone.now()).select_related("session")
    return [row for row in rows.order_by("-used_at", "-pk") if _opens(row.session, user)]


def end(user: User, pk: int) -> None:
    """Raises Http404 where there is none of this person's."""
    key = SignIn.objects.filter(user=user, pk=pk).values_list("session_id", flat=True).first()
    if key is None:
        raise Http404
    _end(user, [key])


def end_all(user: User, *, kept: str | None = None) -> int:
    """Ends all sessions but `kept`, with their live pages; how many they were."""
    keys = SignIn.objects.filter(user=user).exclude(session=kept).values_list("session_id", flat=True)
    return _end(user, list(keys))


def end_with_password(instance: User, created: bool, **_more: Any) -> None:
    """Receiver of each save of a person: with a new password all sessions end. allauth and the console begin the one in
    which it was changed anew.
    """
    if not created and getattr(instance, "_password", None) is not None:
        end_all(instance)


def _end(user: User, keys: list[str]) -> int:
    Session.objects.filter(session_key__in=keys).delete()
    transaction.on_commit(lambda: send_away(user.pk, keys))
    return len(keys)


def _opens(session: Session, user: User) -> bool:
    held = session.get_decoded().get(HASH_SESSION_KEY, "")
    return constant_time_compare(held, user.get_session_auth_hash())
