"""REST for classes, images with their boxes, suggestions and exports: parse, call an action, render."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import statistics
from annotations.blindness import hidden_images, seen_by, versions_apart
from annotations.boxes import actions as boxes_actions
from annotations.boxes import replicas
from annotations.boxes import serializers as shapes
from annotations.boxes.filters import TELLING, BoxFilter, ImageFilter
from annotations.boxes.payloads import (
    ImageRows,
    box_of_image_row,
    image_state,
    included,
    read_many,
    read_rows,
    with_neighbours,
)
from annotations.models import Box, Suggestion
from projects import api, policies
from projects.bin import actions as bin_actions
from projects.errors import StaleVersion
from projects.models import Image, Project
from projects.web.actor import actor_of
from projects.web.pagination import Cursor
from projects.web.preconditions import IF_MATCH, OTHER_VERSION, as_asked, require_match, tagged, version_seen
from projects.web.resource import Resource, count_of, documented, ordered_by

STALE_IMAGE = {
    code: OpenApiResponse(shapes.StaleImage, "Somebody else changed it; the current state") for code in (409, 412)
}
STALE_IMAGES = {409: OpenApiResponse(shapes.StaleImages, "Somebody else changed some; their current states")}


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
        here, apart = self.project, versions_apart(actor_of(request), self.project)
        images = Image.objects.filter(project=here).order_by("id")
        if apart and any(request.query_params.get(name) for name in TELLING):
            images = images.exclude(pk__in=apart)
        ids = self.paginate_queryset(self.filter_queryset(images.values_list("pk", flat=True)))
        pending = Suggestion.objects.filter(state=Suggestion.State.PENDING)
        found = Image.objects.annotate(
            box_count=count_of(Box.objects.all(), "image"), suggestion_count=count_of(pending, "image")
        ).in_bulk(ids)
        shown = [found[pk] for pk in ids or () if pk in found]
        for image in shown:
            if image.pk in apart:
                image.version = apart[image.pk]
                image.box_count = image.suggestion_count = 0  # type: ignore[attr-defined]
        body = self.get_serializer(shown, many=True).data
        if include:
            rows_of = read_many(shown, suggestions="suggestions" in include, tags=False)
            for row, image_rows in zip(body, rows_of, strict=True):
                shown_rows = ImageRows(image_rows.image, (), (), ()) if row["id"] in apart else image_rows
                row["included"] = included(shown_rows, include, apart)
        return self.get_paginated_response(body)


class ProjectBoxViewSet(Resource):
    """All boxes of a project."""

    serializer_class = shapes.BoxOfImageRow
    filterset_class = BoxFilter
    pagination_class = Cursor
    queryset = Box.objects.none()
    orderings: ClassVar = {
        "image": ("image_id", "id"),
        "-image": ("-image_id", "id"),
        "updated_at": ("updated_at", "id"),
        "-updated_at": ("-updated_at", "id"),
        "created_at": ("created_at", "id"),
        "-created_at": ("-created_at", "id"),
    }

    @documented(shapes.BoxOfImageRow(many=True), parameters=[ordered_by(orderings)])
    def list(self, request: Request, project: int) -> Response:
        """Follow `next` until it is null: there is no count and no page number, so that the last page costs what the
        first does.
        """
        here = self.project
        boxes = Box.objects.filter(image__project=here).exclude(image__in=hidden_images(actor_of(request), here))
        keys = boxes.values("id", "image_id", "updated_at", "created_at")
        ids = [row["id"] for row in self.paginate_queryset(self.filter_queryset(keys)) or ()]
        found = Box.objects.select_related("image", "author").in_bulk(ids)
        return self.get_paginated_response([box_of_image_row(found[pk]) for pk in ids if pk in found])


class ImageViewSet(Resource):
    """One image and its boxes."""

    serializer_class = shapes.ImageState
    queryset = Image.objects.none()

    @documented(shapes.ImageState)
    def retrieve(self, request: Request, pk: int) -> Response:
        """The image with its boxes, pending suggestions and neighbours in its dataset. `ETag` is its version."""
        image = policies.get_image(request.user, pk, among=with_neighbours(Image.objects.all()))
        apart, hidden = seen_by(actor_of(request), image), hidden_images(actor_of(request), image.project)
        rows = replicas.rows_of(apart, image) if apart else read_rows(image)
        return tagged(request, Response(image_state(rows, set(hidden))), rows.version)

    @documented(None, code=204, also=OTHER_VERSION, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: int) -> Response:
        image = policies.get_image(actor_of(request), pk)
        require_match(request, image.version)
        bin_actions.delete_image(actor_of(request), image)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(shapes.ImageState, also=STALE_IMAGE, request=shapes.ChangesBody, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def changes(self, request: Request, pk: int) -> Response:
        """Applies all of the changes or none. The version that was seen stands in the body, where an older one is
        answered with 409, or in `If-Match`, with 412.

        `create` and `accept` take the new box's id, so a retry changes nothing twice.
        """
        image = policies.get_image(request.user, pk, among=with_neighbours(Image.objects.all()))
        wanted = self.body(shapes.Changes)
        actor = actor_of(request)
        apart = seen_by(actor, image)
        seen = version_seen(request, wanted.get("version"), (apart or image).version)
        try:
            if apart:
                changed = replicas.apply_changes(actor, apart, image, seen=seen, changes=wanted["changes"])
            else:
                changed = boxes_actions.apply_changes(actor, image, seen=seen, changes=wanted["changes"])
        except StaleVersion as stale:
            raise as_asked(request, stale) from None
        return tagged(request, Response(image_state(changed)), changed.version)


class ManyImagesViewSet(Resource):
    """Boxes of several images."""

    serializer_class = shapes.ManyChanges
    queryset = Image.objects.none()

    @documented(shapes.ChangedImages, also=STALE_IMAGES, request=shapes.ManyChangesBody)
    def create(self, request: Request, project: int) -> Response:
        """Applies the changes of all images or none, in one transaction, with what each image has become. Where
        somebody was quicker with some of the images, 409 brings the present state of these.
        """
        wanted = [(one["image"], one["version"], one["changes"]) for one in self.body()["images"]]
        found = boxes_actions.apply_to_many(actor_of(request), self.project, wanted)
        rows = zip(wanted, found, strict=True)
        return Response({"images": [_changed(seen, image) for (_image, seen, _changes), image in rows]})


def _changed(seen: int, rows: ImageRows) -> dict[str, Any]:
    warnings = [double.row() for double in rows.warnings]
    return {"image": rows.image.pk, "version": rows.version, "changed": rows.version != seen, "warnings": warnings}
