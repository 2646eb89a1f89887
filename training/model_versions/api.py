"""The REST API of class models, detectors and shots."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from projects.web.actor import actor_of
from projects.web.resource import Resource, documented
from projects.web.streaming import AnyAnswer, streamed
from training import shots
from training.base_detectors import BASE_DETECTORS
from training.model_versions import archive, queries, serializers
from training.models import LeftOut, ModelVersion


class ShotViewSet(Resource):
    """Boxes as examples of their class."""

    serializer_class = serializers.ShotRow
    queryset = LeftOut.objects.none()

    @documented(serializers.ShotRow, request=None)
    def leave_out(self, request: Request, box: UUID) -> Response:
        """The box stays; the next run does not learn from it."""
        found = shots.get_shot(actor_of(request), box)
        shots.leave_out(actor_of(request), found)
        return self.show({"box": found.pk, "class_id": found.label_id, "left_out": True})

    @documented(serializers.ShotRow, request=None)
    def use_again(self, request: Request, box: UUID) -> Response:
        """The next run learns from the box again."""
        found = shots.get_shot(actor_of(request), box)
        shots.use_again(actor_of(request), found)
        return self.show({"box": found.pk, "class_id": found.label_id, "left_out": False})


class ModelViewSet(Resource):
    """Model versions: few-shot class models and trained detectors."""

    serializer_class = serializers.ModelRow
    queryset = ModelVersion.objects.none()

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.none() if self.is_schema() else queries.visible_models(self.request.user)

    @documented(serializers.ModelRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The models of a project, newest first."""
        return self.page(self.get_queryset().filter(project=self.project))

    @documented(serializers.ModelRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.show(queries.get_model(request.user, pk))

    @documented(OpenApiTypes.BINARY)
    def download(self, request: Request, pk: int) -> StreamingHttpResponse:
        """A zip with the weights, MODEL_CARD.md and model.json."""
        model = queries.get_model(request.user, pk)
        response = streamed(request, archive.chunks(model), "application/zip")
        name = archive.archive_name(model)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        response["Cache-Control"] = "private, no-store"
        return response


class DetectorViewSet(Resource):
    """The base detectors that runs of kind `detect` may use."""

    serializer_class = serializers.DetectorRow
    pagination_class = None
    queryset = ModelVersion.objects.none()

    @documented(serializers.DetectorRow(many=True))
    def list(self, request: Request) -> Response:
        return Response([detector.row() for detector in BASE_DETECTORS.values()])


class ModelDownloadViewSet(ModelViewSet):
    """Apart, because a file is answered whatever `Accept` says."""

    content_negotiation_class = AnyAnswer
