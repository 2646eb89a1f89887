"""The shapes of tokens in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects.models import Scope, SignIn
from projects.people import tokens
from projects.people.devices import device


class TokenRequest(serializers.Serializer[Any]):
    """Without any of it: a token of all scopes, with no end."""

    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), required=False, default=lambda: list(Scope.values)
    )
    expiry = serializers.DateTimeField(required=False, allow_null=True, default=None)


class TokenRow(serializers.Serializer[Any]):
    """A token as lists name it: by its beginning, which is of no use without the rest. Times in UTC; `used_at` to the
    minute.
    """

    key = serializers.CharField(source="token_key")
    name = serializers.CharField(source="grant.name", default="")
    scopes = serializers.SerializerMethodField()
    created = serializers.DateTimeField()
    expiry = serializers.DateTimeField(allow_null=True)
    used_at = serializers.DateTimeField(source="grant.used_at", allow_null=True, default=None)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices)))
    def get_scopes(self, row: Any) -> list[str]:
        held = tokens.scopes_of(row)
        return [scope for scope in Scope.values if scope in held]


class SessionRow(serializers.Serializer[Any]):
    """A browser that is signed in. device: as people know it. current: the one that asks; with a token none is."""

    id = serializers.IntegerField(source="pk")
    device = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField()
    current = serializers.SerializerMethodField()

    def get_device(self, row: SignIn) -> str:
        return device(row.agent)

    def get_current(self, row: SignIn) -> bool:
        return bool(row.session_id == self.context["request"].session.session_key)


class EndedSessions(serializers.Serializer[Any]):
    """ended: how many they were."""

    ended = serializers.IntegerField()


class DeactivationAnswer(serializers.Serializer[Any]):
    """without_owner: the projects that have no active owner now."""

    without_owner = serializers.ListField(child=serializers.IntegerField())


class NewToken(TokenRow):
    """`token` is shown this once: send it as `Authorization: Token ...`."""

    token = serializers.SerializerMethodField()

    def get_token(self, row: Any) -> str:
        return str(self.context["token"])
