"""API tokens of a person: kept as hashes, shown once, with a name, scopes and an end, revoked at will."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.crypto import hash_token
from knox.models import AuthToken

from projects import audit, policies
from projects.errors import Refusal
from projects.models import Scope, TokenGrant, User

USE_KEPT = timedelta(minutes=1)  # a token's last use is written no more often than this


def visible(user: User) -> QuerySet[AuthToken]:
    """Nobody sees the tokens of another person."""
    mine: QuerySet[AuthToken] = AuthToken.objects.filter(user=user).select_related("grant")
    return mine.order_by("-created", "token_key")


def scopes_of(token: AuthToken) -> frozenset[str]:
    grant = grant_of(token)
    return frozenset(grant.scopes) if grant else frozenset(Scope.values)


def grant_of(token: AuthToken) -> TokenGrant | None:
    """None for a token from before there were scopes."""
    return getattr(token, "grant", None)


@transaction.atomic
def create(
    user: User,
    *,
    name: str = "",
    scopes: Collection[str] = tuple(Scope.values),
    expiry: datetime | None = None,
    by: AuthToken | None = None,
) -> tuple[AuthToken, str]:
    """A new token and its text, which is kept nowhere. `token_key`, its beginning, is how lists name it.

    by: the token that asks for it, which cannot hand on more than it has, nor for longer. Raises Refusal.
    """
    if not scopes or set(scopes) - set(Scope.values):
        raise Refusal(_("Choose at least one of read, write, export, manage."), field="scopes")
    if expiry is not None and expiry <= timezone.now():
        raise Refusal(_("The end lies in the past."), field="expiry")
    if by is not None and set(scopes) - scopes_of(by):
        raise Refusal(_("A token cannot make one that may do more than itself."), field="scopes")
    if by is not None and by.expiry is not None and (expiry is None or expiry > by.expiry):
        raise Refusal(_("A token cannot make one that lasts longer than itself."), field="expiry")
    token, text = AuthToken.objects.create(user, expiry=expiry and expiry - timezone.now())
    kept = [scope for scope in Scope.values if scope in scopes]
    TokenGrant.objects.create(token=token, name=" ".join(name.split())[:60], scopes=kept)
    audit.record(user, "token.created", token.token_key, name=name, scopes=kept)
    return token, text


@transaction.atomic
def revoke(user: User, token_key: str) -> None:
    token = visible(user).filter(token_key=token_key).first()
    if token is None:
        raise Http404
    audit.record(user, "token.revoked", token.token_key)
    token.delete()


@transaction.atomic
def take_away(actor: User, token: AuthToken) -> None:
    """Another person's token, by who may switch the account off. Raises Forbidden."""
    policies.require_account(actor, token.user)
    audit.record(actor, "token.revoked", token.token_key, of=token.user.pk)
    token.delete()


def find(text: str) -> AuthToken | None:
    """The token of this text with its person and grant, expired or not: one query, by the hash that it is kept as."""
    rows = AuthToken.objects.select_related("user", "grant")
    found: AuthToken | None = rows.filter(digest=hash_token(text)).first()
    return found


def note_use(token: AuthToken) -> None:
    """When it was used last, to the minute."""
    now, grant = timezone.now(), grant_of(token)
    if grant is None:
        try:
            with transaction.atomic():
                TokenGrant.objects.create(token=token, scopes=Scope.values, used_at=now)
        except IntegrityError:  # a request beside this one noted it, or it was revoked
            return
    elif grant.used_at is None or now - grant.used_at > USE_KEPT:
        TokenGrant.objects.filter(pk=grant.pk).update(used_at=now)
