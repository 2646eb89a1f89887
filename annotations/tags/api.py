"""REST of a project's tags."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import Tag
from annotations.tags import actions
from annotations.tags.names import LONGEST
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented


class TagRow(serializers.ModelSerializer[Any]):
    name = serializers.CharField(max_length=LONGEST)

    class Meta:
        model = Tag
        fields = ("id", "name")


class TagViewSet(Resource):
    """Tags of a project; images get them by `changes`, or many at once by `gallery/tag`, and new ones are made so."""

    serializer_class = TagRow
    queryset = Tag.objects.none()

    @documented(TagRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(Tag.objects.filter(project=self.project).order_by("name"))

    @documented(TagRow)
    def update(self, request: Request, project: int, pk: int) -> Response:
        tag = get_object_or_404(Tag.objects.select_related("project"), project=self.project, pk=pk)
        return self.show(actions.rename_tag(actor_of(request), tag, self.body(partial=True).get("name", tag.name)))

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Where no image has it any more."""
        tag = get_object_or_404(Tag.objects.select_related("project"), project=self.project, pk=pk)
        actions.delete_tag(actor_of(request), tag)
        return Response(status=204)
