"""The REST API of access tokens, of where a person is signed in, and of accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from knox.models import AuthToken
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import policies
from projects.models import SignIn
from projects.people import deactivation, sessions, tokens
from projects.people import serializers as shapes
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


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


class SessionViewSet(Resource):
    """Where the person who asks is signed in, the last used first."""

    serializer_class = shapes.SessionRow
    queryset = SignIn.objects.none()

    @documented(shapes.SessionRow(many=True))
    def list(self, request: Request) -> Response:
        found = self.paginate_queryset(sessions.visible(actor_of(request)))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        """Signs the person out there, at once, on open pages too."""
        sessions.end(actor_of(request), pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(shapes.EndedSessions, request=None)
    def end_others(self, request: Request) -> Response:
        """Signs the person out everywhere but where this comes from; with a token, everywhere."""
        ended = sessions.end_all(actor_of(request), kept=request.session.session_key)
        return Response(shapes.EndedSessions({"ended": ended}).data)


class AccountViewSet(Resource):
    """Accounts of the installation, for its administrators; for all others they are not there."""

    serializer_class = shapes.DeactivationAnswer
    queryset = SignIn.objects.none()

    @documented(shapes.DeactivationAnswer, request=None, also=CONFLICT)
    def deactivate(self, request: Request, user: int) -> Response:
        """Ends the person's sessions, open pages, tokens and open links at once. What they did stays theirs."""
        actor = actor_of(request)
        left = deactivation.deactivate(actor, policies.get_account(actor, user))
        return Response(shapes.DeactivationAnswer({"without_owner": [project.pk for project in left]}).data)

    @documented(None, code=204, request=None)
    def reactivate(self, request: Request, user: int) -> Response:
        """They sign in as before, with the roles they had; tokens and jobs do not come back."""
        actor = actor_of(request)
        deactivation.reactivate(actor, policies.get_account(actor, user))
        return Response(status=status.HTTP_204_NO_CONTENT)
