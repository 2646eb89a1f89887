"""The REST API of notifications."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from projects.models import Notification
from projects.notifications import actions, queries
from projects.notifications.words import address, sentence
from projects.web.actor import actor_of
from projects.web.filters import yes_or_no
from projects.web.resource import Resource, documented


class NotificationRow(serializers.ModelSerializer[Any]):
    """`text` is a sentence in the language of the request; `url` the page that it leads to."""

    text = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ("id", "kind", "project", "text", "detail", "count", "failed", "url", "at", "read_at")

    def get_text(self, row: Notification) -> str:
        return sentence(row)

    def get_url(self, row: Notification) -> str:
        return address(row)


class ReadNotifications(serializers.Serializer[Any]):
    """Without ids: all."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=200)


class NotificationViewSet(Resource):
    """What you are told: newest first."""

    serializer_class = NotificationRow
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        if self.is_schema():
            return self.queryset
        return queries.visible(actor_of(self.request)).select_related("actor")

    @documented(
        NotificationRow(many=True), parameters=[OpenApiParameter("unread", bool, description="Only unread ones")]
    )
    def list(self, request: Request) -> Response:
        rows = self.get_queryset()
        return self.page(rows.filter(read_at=None) if yes_or_no(request, "unread") else rows)

    @documented(None, code=204, request=ReadNotifications)
    def read(self, request: Request) -> Response:
        """Marks them as read."""
        actions.mark_read(actor_of(request), self.body(ReadNotifications).get("ids"))
        return Response(status=status.HTTP_204_NO_CONTENT)
