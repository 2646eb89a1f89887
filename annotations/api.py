"""REST for classes, images with their boxes, suggestions and exports: parse, call an action, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations import actions, classes, exports, queries, review, wall
from annotations import serializers as shapes
from annotations.filters import ImageFilter, SuggestionFilter
from annotations.models import Box, LabelClass, Suggestion, SuggestionBatch
from annotations.state import image_state, suggestion_row
from projects import actions as project_actions
from projects import api, policies
from projects.api import CONFLICT, Resource, count_of, documented
from projects.errors import Refused
from projects.models import Image, Project
from projects.streams import AnyAnswer, streamed

STALE_IMAGE = {409: OpenApiResponse(shapes.StaleImage, "Somebody else changed it; the current state")}
STALE_SUGGESTIONS = {409: OpenApiResponse(shapes.StaleSuggestions, "Decided meanwhile; the current rows")}


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

    def get_queryset(self) -> QuerySet[Project]:
        return super().get_queryset().annotate(box_count=count_of(Box.objects.all(), "label__project"))


class ClassViewSet(Resource):
    """Classes of a project: name, colour, hotkey and order."""

    serializer_class = shapes.ClassRow
    queryset = LabelClass.objects.none()

    @documented(shapes.ClassRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.project.classes.all())

    @documented(shapes.ClassRow, code=201, also=CONFLICT, request=shapes.NewClass)
    def create(self, request: Request, project: int) -> Response:
        label = classes.create_class(request.user, self.project, **self.body(shapes.NewClass))
        return self.show(label, status.HTTP_201_CREATED)

    @documented(shapes.ClassRow, also=CONFLICT)
    def update(self, request: Request, project: int, pk: int) -> Response:
        label = queries.get_class(self.project, pk)
        return self.show(classes.update_class(request.user, label, **self.body(partial=True)))

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Deletes the class with its boxes; the history of the boxes stays."""
        classes.delete_class(request.user, queries.get_class(self.project, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProjectImageViewSet(Resource):
    """Images of a project, with how many boxes and waiting suggestions each has."""

    serializer_class = shapes.ImageListRow
    filterset_class = ImageFilter
    queryset = Image.objects.none()

    @documented(shapes.ImageListRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        # Boxes are counted for the page alone: some databases would count those of every image before it, too.
        rows = Image.objects.filter(project=self.project).order_by("id").values_list("pk", flat=True)
        ids = self.paginate_queryset(self.filter_queryset(rows))
        pending = Suggestion.objects.filter(state=Suggestion.State.PENDING)
        found = Image.objects.annotate(
            box_count=count_of(Box.objects.all(), "image"), suggestion_count=count_of(pending, "image")
        ).in_bulk(ids)
        shown = [found[pk] for pk in ids or () if pk in found]
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


class ImageViewSet(Resource):
    """One image and its boxes."""

    serializer_class = shapes.ImageState
    queryset = Image.objects.none()

    @documented(shapes.ImageState)
    def retrieve(self, request: Request, pk: int) -> Response:
        """The image with its boxes, pending suggestions and neighbours in its dataset."""
        return Response(image_state(policies.get_image(request.user, pk)))

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        project_actions.delete_image(request.user, policies.get_image(request.user, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(shapes.ImageState, also=STALE_IMAGE, request=shapes.ChangesDescribed)
    @action(detail=True, methods=["post"])
    def changes(self, request: Request, pk: int) -> Response:
        """Applies all of the changes or none. `create` and `accept` take the new box's id, so a retry changes nothing twice."""
        image = policies.get_image(request.user, pk)
        wanted = self.body(shapes.Changes)
        changed = actions.apply_changes(request.user, image, seen=wanted["version"], changes=wanted["changes"])
        return Response(image_state(changed))


class SuggestionViewSet(Resource):
    """Suggestions of runs: boxes with a probability and the shots that speak for them. Reviewers decide."""

    serializer_class = shapes.SuggestionOfImageRow
    filterset_class = SuggestionFilter
    queryset = Suggestion.objects.none()

    @documented(shapes.SuggestionOfImageRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        # The order is found among ids alone, which the index holds; rows with their evidence are read for one page.
        rows = Suggestion.objects.filter(label__in=list(self.project.classes.values_list("pk", flat=True)))
        ids = self.paginate_queryset(
            self.filter_queryset(rows.order_by("-probability", "id").values_list("pk", flat=True))
        )
        found = Suggestion.objects.select_related("image", "batch__run").in_bulk(ids)
        return self.get_paginated_response([_with_image(found[pk]) for pk in ids or () if pk in found])

    @documented(shapes.UsefulOrder)
    @action(detail=False, methods=["get"])
    def order(self, request: Request, project: int) -> Response:
        """Those that wait, the most useful answer first: doubt times variety, every tenth by chance. A thousand at most."""
        return Response({"ids": wall.useful_order(self._filtered())})

    @documented(shapes.CutOff)
    @action(detail=False, methods=["get"])
    def cutoff(self, request: Request, project: int) -> Response:
        """How many wait at each hundredth of probability, and what people answered there: ask with `state=all`."""
        return Response({"bins": wall.by_probability(self._filtered())})

    @documented(shapes.Accepted, also=STALE_SUGGESTIONS, request=shapes.Decision)
    @action(detail=False, methods=["post"])
    def accept(self, request: Request, project: int) -> Response:
        """Makes boxes of suggestions as they are: all of them, or none when one was decided meanwhile."""
        items = self._items()
        return _accepted(items, review.accept(request.user, self.project, items))

    @documented(shapes.Accepted, also=STALE_SUGGESTIONS, request=shapes.Relabelling)
    @action(detail=False, methods=["post"])
    def relabel(self, request: Request, project: int) -> Response:
        """Makes boxes of suggestions, of the class that is named: all of them, or none."""
        wanted = self.body(shapes.Relabelling)
        items = [(item["id"], item["version"]) for item in wanted["items"]]
        return _accepted(items, review.relabel(request.user, self.project, items, wanted["class"]))

    @documented(shapes.AcceptedPart, request=shapes.Above)
    @action(detail=False, methods=["post"])
    def accept_above(self, request: Request, project: int) -> Response:
        """Accepts the best 200 above a cut-off; call again while some are left."""
        wanted = self.body(shapes.Above)
        narrow = {"batch__run": wanted.get("run"), "label": wanted.get("class"), "sure": wanted["sure"] or None}
        rows = Suggestion.objects.filter(image__project=self.project, probability__gte=wanted["min_probability"])
        chosen = rows.filter(**{key: value for key, value in narrow.items() if value is not None})
        found = review.accept_some(request.user, self.project, chosen)
        left = chosen.filter(state=Suggestion.State.PENDING).count()
        return Response({"items": [{"id": row.pk, "version": row.version} for row in found], "left": left})

    @documented(shapes.Rejected, also=STALE_SUGGESTIONS, request=shapes.Decision)
    @action(detail=False, methods=["post"])
    def reject(self, request: Request, project: int) -> Response:
        return self._decide(request, review.reject, "rejected")

    @documented(shapes.Reopened, also=STALE_SUGGESTIONS, request=shapes.Decision)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request, project: int) -> Response:
        """Takes decisions back; a box that came of one goes again."""
        return self._decide(request, review.reopen, "reopened")

    @documented(shapes.AcceptedCount, request=shapes.SureOnes)
    @action(detail=False, methods=["post"])
    def accept_sure(self, request: Request, project: int) -> Response:
        """Accepts what a run is sure of."""
        wanted = self.body(shapes.SureOnes)
        found = self.project
        batch = SuggestionBatch.objects.filter(project=found, run=wanted["run"]).select_related("project").first()
        if batch is None:
            raise Http404
        least = wanted.get("min_probability")
        return Response({"accepted": review.accept_sure(request.user, found, batch, min_probability=least)})

    def _filtered(self) -> QuerySet[Suggestion]:
        return self.filter_queryset(Suggestion.objects.filter(image__project=self.project))

    def _items(self) -> list[review.Seen]:
        return [(item["id"], item["version"]) for item in self.body(shapes.Decision)["items"]]

    def _decide(self, request: Request, verb: Callable[..., list[Suggestion]], said: str) -> Response:
        found = verb(request.user, self.project, self._items())
        return Response(
            {said: [row.pk for row in found], "items": [{"id": row.pk, "version": row.version} for row in found]}
        )


class ExportView(APIView):
    """The boxes of a project in one file, streamed. Every image is in it, also those without boxes."""

    content_negotiation_class = AnyAnswer

    @documented(OpenApiTypes.BINARY, parameters=[shapes.ExportQuery], tags=["projects"])
    def get(self, request: Request, project: int) -> HttpResponseBase:
        found = policies.get_project(request.user, project)
        query = shapes.ExportQuery(data=_query(request))
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        chosen = _all_of(found.classes.all(), "class", wanted["class"])
        dataset = _all_of(found.datasets.all(), "dataset", [wanted["dataset"]])[0] if "dataset" in wanted else None
        download = exports.export(
            found, format=wanted["format"], dataset=dataset, classes=chosen, images=wanted["images"]
        )
        response = streamed(request, download.chunks, download.content_type)
        response["Content-Disposition"] = content_disposition_header(True, download.name) or "attachment"
        response["Cache-Control"] = "private, no-store"
        return response


def _query(request: Request) -> dict[str, Any]:
    given = request.query_params
    single = {key: given[key] for key in ("format", "dataset", "images") if given.get(key)}
    many = [part for value in given.getlist("class") for part in value.split(",") if part]
    return single | {"class": many}


def _all_of(rows: QuerySet[Any], field: str, ids: list[int]) -> list[Any]:
    """The rows with these ids, all of which must be in the project."""
    found = list(rows.filter(pk__in=ids))
    if missing := set(ids) - {row.pk for row in found}:
        raise Refused(
            _("This project has no such %(field)s: %(id)s.") % {"field": field, "id": min(missing)}, field=field
        )
    return found


def _accepted(items: list[review.Seen], boxes: list[Box]) -> Response:
    seen = [{"id": pk, "version": version + 1} for pk, version in items]
    return Response({"accepted": [pk for pk, _version in items], "boxes": len(boxes), "items": seen})


def _with_image(suggestion: Suggestion) -> dict[str, Any]:
    image = suggestion.image
    return suggestion_row(suggestion) | {"image": {"id": image.pk, "name": image.name}}
