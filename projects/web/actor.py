"""Who asks, where only signed-in people get to."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from projects.models import User


def actor_of(request: HttpRequest | Request) -> User:
    """The signed-in person behind a request. Only for what lets nobody else in: raises TypeError for them."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user
