"""The REST API of access tokens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from knox.models import AuthToken
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects.people import serializers as shapes
from projects.people import tokens
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented


class TokenViewSet(Resource):
    """Tokens of the person who asks, for programs: `Authorization: Token ...`."""

    serializer_class = shapes.TokenRow
    secret_answers = True
    queryset = AuthToken.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return self.queryset if self.is_schema() else tokens.visible(actor_of(self.request))

    @documented(shapes.TokenRow(many=True))
    def list(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.NewToken, code=201, request=shapes.TokenRequest)
    def create(self, request: Request) -> Response:
        """Makes a token, whose text is shown this once. A token makes none that may do more, or lasts longer, than
        itself.
        """
        by = request.auth if isinstance(request.auth, AuthToken) else None
        row, text = tokens.create(actor_of(request), **self.body(shapes.TokenRequest), by=by)
        return Response(shapes.NewToken(row, context={"token": text}).data, status=status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, key: str) -> Response:
        tokens.revoke(actor_of(request), key)
        return Response(status=status.HTTP_204_NO_CONTENT)
