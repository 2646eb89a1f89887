"""API tokens of a person: kept as hashes, shown once, revoked at will."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from knox.models import AuthToken

from projects import audit
from projects.models import User


def visible(user: User) -> QuerySet[AuthToken]:
    """Nobody sees the tokens of another person."""
    mine: QuerySet[AuthToken] = AuthToken.objects.filter(user=user)
    return mine.order_by("-created", "token_key")


@transaction.atomic
def create(user: User) -> tuple[AuthToken, str]:
    """A new token and its text, which is kept nowhere. `token_key`, its beginning, is how lists name it."""
    token, text = AuthToken.objects.create(user)
    audit.record(user, "token.created", token.token_key)
    return token, text


@transaction.atomic
def revoke(user: User, token_key: str) -> None:
    token = visible(user).filter(token_key=token_key).first()
    if token is None:
        raise Http404
    audit.record(user, "token.revoked", token.token_key)
    token.delete()
