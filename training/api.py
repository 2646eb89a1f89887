"""REST for runs, models and detectors: parse, call an action, render."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import CONFLICT, Resource, documented
from projects.streams import AnyAnswer, streamed
from training import actions, downloads, queries, shots
from training import serializers as shapes
from training.detectors import BASE_DETECTORS
from training.models import LeftOut, ModelVersion, Run

SINCE = OpenApiParameter("since", int, description="Only events after this `seq`")


class ProjectRunViewSet(Resource):
    """The runs of a project."""

    serializer_class = shapes.RunRow
    queryset = Run.objects.none()

    @documented(shapes.RunRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """Newest first."""
        found = self.paginate_queryset(queries.visible_runs(request.user).filter(project=self.project))
        return self.get_paginated_response(queries.run_rows(found or []))

    @documented(shapes.RunRow, code=201, request=shapes.RunRequest)
    def create(self, request: Request, project: int) -> Response:
        """Queues a run; follow it at `/api/runs/{id}/`, its events, or its websocket `/ws/runs/{id}/?since=0`."""
        asked = self.body(shapes.RunRequest)
        run = actions.start_run(request.user, self.project, **asked)
        return Response(queries.run_row(run), status=status.HTTP_201_CREATED)


class RunViewSet(Resource):
    """One run."""

    serializer_class = shapes.RunRow
    queryset = Run.objects.none()

    def found(self) -> Run:
        return queries.get_run(self.request.user, self.kwargs["pk"])

    def told(self) -> Response:
        return Response(queries.run_row(self.found()))

    @documented(shapes.RunRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.told()

    @documented(shapes.RunRow, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """A queued run ends at once, one at work within five seconds."""
        actions.cancel_run(request.user, self.found())
        return self.told()

    @documented(shapes.RunRow, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Queues a failed or cancelled run again."""
        actions.retry_run(request.user, self.found())
        return self.told()

    @documented(shapes.UndoAnswer, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Takes the run's suggestions back as one; what people drew or changed stays."""
        counts = actions.undo_run(request.user, self.found())
        return Response(counts | {"run": queries.run_row(self.found())})

    @documented(shapes.EventsAnswer, parameters=[SINCE])
    @action(detail=True, methods=["get"])
    def events(self, request: Request, pk: int) -> Response:
        """What the engine said after `since`, at most 500 events at once."""
        given = request.query_params.get("since", "0")
        since = int(given) if given.isdecimal() and len(given) < 10 else 0
        return Response({"events": queries.events_after(self.found().pk, since)})


class ShotViewSet(Resource):
    """Boxes as examples of their class."""

    serializer_class = shapes.ShotRow
    queryset = LeftOut.objects.none()

    @documented(shapes.ShotRow, request=None)
    def leave_out(self, request: Request, box: UUID) -> Response:
        """The box stays; the next run does not learn from it."""
        found = shots.get_shot(request.user, box)
        shots.leave_out(request.user, found)
        return self.show({"box": found.pk, "class_id": found.label_id, "left_out": True})

    @documented(shapes.ShotRow, request=None)
    def use_again(self, request: Request, box: UUID) -> Response:
        """The next run learns from the box again."""
        found = shots.get_shot(request.user, box)
        shots.use_again(request.user, found)
        return self.show({"box": found.pk, "class_id": found.label_id, "left_out": False})


class ModelViewSet(Resource):
    """Model versions: few-shot class models and trained detectors."""

    serializer_class = shapes.ModelRow
    queryset = ModelVersion.objects.none()

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.none() if self.is_schema() else queries.visible_models(self.request.user)

    @documented(shapes.ModelRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The models of a project, newest first."""
        return self.page(self.get_queryset().filter(project=self.project))

    @documented(shapes.ModelRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.show(queries.get_model(request.user, pk))

    @documented(OpenApiTypes.BINARY)
    def download(self, request: Request, pk: int) -> StreamingHttpResponse:
        """A zip with the weights, MODEL_CARD.md and model.json."""
        model = queries.get_model(request.user, pk)
        response = streamed(request, downloads.chunks(model), "application/zip")
        name = downloads.archive_name(model)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        response["Cache-Control"] = "private, no-store"
        return response


class DetectorViewSet(Resource):
    """The base detectors that runs of kind `detect` may use."""

    serializer_class = shapes.DetectorRow
    pagination_class = None
    queryset = ModelVersion.objects.none()

    @documented(shapes.DetectorRow(many=True))
    def list(self, request: Request) -> Response:
        return Response([detector.row() for detector in BASE_DETECTORS.values()])


class ModelDownloadViewSet(ModelViewSet):
    """Apart, because a file is answered whatever `Accept` says."""

    content_negotiation_class = AnyAnswer
