"""REST for comments on boxes: parse, call an action, render."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.comments import actions, queries
from annotations.comments.queries import CommentFilter
from annotations.models import Comment
from projects import policies
from projects.models import User
from projects.web.actor import actor_of
from projects.web.filters import number, one_of, person
from projects.web.resource import Resource, documented

LONGEST = 2000


class MentionRow(serializers.ModelSerializer[Any]):
    class Meta:
        model = User
        fields = ("email", "name")


class CommentRow(serializers.ModelSerializer[Any]):
    box = serializers.UUIDField(allow_null=True, read_only=True)
    author = serializers.EmailField(source="author.email", default=None, read_only=True, allow_null=True)
    author_name = serializers.CharField(source="author", allow_null=True, read_only=True)
    resolved = serializers.SerializerMethodField()
    resolved_by = serializers.EmailField(source="resolved_by.email", default=None, read_only=True, allow_null=True)
    resolved_by_name = serializers.CharField(source="resolved_by", allow_null=True, read_only=True)

    mentions = MentionRow(many=True, read_only=True, help_text="Members whom the text calls as @name or @address")

    class Meta:
        model = Comment
        fields: tuple[str, ...] = (
            "id", "box", "text", "mentions", "author", "author_name", "created_at", "changed_at", "resolved",
            "resolved_by", "resolved_by_name",
        )  # fmt: skip

    def get_resolved(self, comment: Comment) -> bool:
        return comment.resolved_at is not None


class NewComment(serializers.Serializer[Any]):
    """Without a box it is about the image."""

    text = serializers.CharField(max_length=LONGEST)
    box = serializers.UUIDField(required=False, allow_null=True, default=None)


class CommentChange(serializers.Serializer[Any]):
    """New words, or whether it is dealt with: at least one of them."""

    text = serializers.CharField(max_length=LONGEST, required=False)
    resolved = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(_("Name what to change: “text” or “resolved”."))
        return attrs


class ImageCommentViewSet(Resource):
    """Comments on an image's boxes, oldest first."""

    serializer_class = CommentRow
    queryset = Comment.objects.none()

    @documented(CommentRow(many=True))
    def list(self, request: Request, pk: int) -> Response:
        image = policies.get_image(request.user, pk)
        rows: QuerySet[Comment] = queries.visible_comments(request.user).filter(image=image)
        return self.page(queries.readable(actor_of(request), image.project, rows).order_by("id"))

    @documented(CommentRow, code=201, request=NewComment)
    def create(self, request: Request, pk: int) -> Response:
        image = policies.get_image(request.user, pk)
        return self.show(actions.add(actor_of(request), image, **self.body(NewComment)), status.HTTP_201_CREATED)


class ProjectCommentRow(CommentRow):
    """With the image that it is about."""

    class Meta(CommentRow.Meta):
        fields: tuple[str, ...] = ("image", *CommentRow.Meta.fields)


class ProjectCommentViewSet(Resource):
    """Comments over all images of a project."""

    serializer_class = ProjectCommentRow
    queryset = Comment.objects.none()

    @documented(
        ProjectCommentRow(many=True),
        parameters=[
            OpenApiParameter("state", str, enum=queries.STATES, default=queries.OPEN),
            OpenApiParameter("author", description="E-mail address or id of who wrote it"),
            OpenApiParameter("mentioned", str, enum=[queries.MINE], description="Only those that mention you"),
            OpenApiParameter("class", int, description="Id of the class of the box"),
        ],
    )
    def list(self, request: Request, project: int) -> Response:
        """Newest first."""
        one_of(request, "state", queries.STATES)
        one_of(request, "mentioned", [queries.MINE])
        number(request, "class")
        wanted = replace(CommentFilter.parse(request.query_params), author=person(request, "author"))
        return self.page(queries.of_project(actor_of(request), self.project, wanted))


class CommentViewSet(Resource):
    """One comment."""

    serializer_class = CommentRow
    queryset = Comment.objects.none()

    @documented(CommentRow, request=CommentChange)
    def update(self, request: Request, pk: int) -> Response:
        """Changes one's own words; resolves a comment, or opens it again: all that is named, or nothing."""
        comment = queries.get_comment(actor_of(request), pk)
        return self.show(actions.update(actor_of(request), comment, **self.body(CommentChange)))

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        """Deletes a comment: one's own, or as a reviewer anybody's."""
        actions.delete(actor_of(request), queries.get_comment(actor_of(request), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
