"""REST for classes, images with their boxes, suggestions and exports: parse, call an action, render."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import statistics
from annotations.boxes import actions as boxes_actions
from annotations.boxes import serializers as shapes
from annotations.boxes.filters import ImageFilter
from annotations.boxes.payloads import image_state, included, read_many, read_rows, with_neighbours
from annotations.models import Box, Suggestion
from projects import actions as project_actions
from projects import api, policies
from projects.models import Image, Project
from projects.web.actor import actor_of
from projects.web.resource import Resource, count_of, documented

STALE_IMAGE = {409: OpenApiResponse(shapes.StaleImage, "Somebody else changed it; the current state")}


@extend_schema_view(
    list=documented(shapes.ProjectRow(many=True)),
    create=documented(shapes.ProjectRow, code=201),
    retrieve=documented(shapes.ProjectRow),
    update=documented(shapes.ProjectRow),
    destroy=documented(None, code=204),
)
class ProjectViewSet(api.ProjectViewSet):
    """The projects that a person is a member of."""

    serializer_class = shapes.ProjectRow

    def counted(self, projects: Sequence[Project]) -> Sequence[Project]:
        sizes = statistics.sizes([project.pk for project in projects])
        rows: Sequence[Any] = projects
        for project in rows:
            project.image_count, project.box_count = sizes[project.pk]
        return projects


class ProjectImageViewSet(Resource):
    """Images of a project, with how many boxes and waiting suggestions each has; with `include`, also the boxes
    themselves.
    """

    serializer_class = shapes.ImageListRow
    filterset_class = ImageFilter
    queryset = Image.objects.none()

    @documented(shapes.ImageListRow(many=True), parameters=[shapes.Include])
    def list(self, request: Request, project: int) -> Response:
        query = shapes.Include(data=request.query_params)
        query.is_valid(raise_exception=True)
        include = query.validated_data["include"]
        # Boxes are counted for the page alone: some databases would count those of every image before it, too.
        rows = Image.objects.filter(project=self.project).order_by("id").values_list("pk", flat=True)
        ids = self.paginate_queryset(self.filter_queryset(rows))
        pending = Suggestion.objects.filter(state=Suggestion.State.PENDING)
        found = Image.objects.annotate(
            box_count=count_of(Box.objects.all(), "image"), suggestion_count=count_of(pending, "image")
        ).in_bulk(ids)
        shown = [found[pk] for pk in ids or () if pk in found]
        body = self.get_serializer(shown, many=True).data
        if include:
            rows_of = read_many(shown, suggestions="suggestions" in include)
            for row, image_rows in zip(body, rows_of, strict=True):
                row["included"] = included(image_rows, include)
        return self.get_paginated_response(body)


class ImageViewSet(Resource):
    """One image and its boxes."""

    serializer_class = shapes.ImageState
    queryset = Image.objects.none()

    @documented(shapes.ImageState)
    def retrieve(self, request: Request, pk: int) -> Response:
        """The image with its boxes, pending suggestions and neighbours in its dataset."""
        return Response(
            image_state(read_rows(policies.get_image(request.user, pk, among=with_neighbours(Image.objects.all()))))
        )

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        project_actions.delete_image(actor_of(request), policies.get_image(actor_of(request), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(shapes.ImageState, also=STALE_IMAGE, request=shapes.ChangesDescribed)
    @action(detail=True, methods=["post"])
    def changes(self, request: Request, pk: int) -> Response:
        """Applies all of the changes or none.

        `create` and `accept` take the new box's id, so a retry changes nothing twice.
        """
        image = policies.get_image(request.user, pk, among=with_neighbours(Image.objects.all()))
        wanted = self.body(shapes.Changes)
        changed = boxes_actions.apply_changes(
            actor_of(request), image, seen=wanted["version"], changes=wanted["changes"]
        )
        return Response(image_state(changed))
