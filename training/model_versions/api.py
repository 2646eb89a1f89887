"""The REST API of class models, detectors and shots."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import LabelClass
from projects import policies
from projects.errors import Refusal
from projects.images.file_views import chunks_of
from projects.models import Project
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented
from projects.web.streaming import AnyAnswer, streamed
from training import shots
from training.base_detectors import BASE_DETECTORS
from training.model_versions import actions, archive, queries, serializers
from training.model_versions.bin import delete_model
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

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        """Puts the version into the project's bin."""
        delete_model(actor_of(request), queries.get_model(request.user, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(serializers.ModelRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The models of a project, newest first."""
        return self.page(self.get_queryset().filter(project=self.project))

    @documented(serializers.ModelRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.show(queries.get_model(request.user, pk))

    @documented(serializers.ModelRow, code=201, request={"multipart/form-data": serializers.ImportRequest})
    def create(self, request: Request, project: int) -> Response:
        """Imports a class model, the zip that `download` of another LabelHub gave, or a detector as ONNX (`.onnx`, as
        Ultralytics exports it). A detector's `.pt` is refused: it is a program.
        """
        asked = self.body(serializers.ImportRequest)
        label = self._label(self.project, asked.get("label"))
        model = actions.import_file(actor_of(request), self.project, asked["file"], label=label)
        return self.show(model, status.HTTP_201_CREATED)

    @documented(serializers.ModelRow, request=None)
    def promote(self, request: Request, pk: int) -> Response:
        """Makes this version the one of its class: what labels new images."""
        model = queries.get_model(request.user, pk)
        actions.promote(actor_of(request), model)
        return self.show(model)

    @documented(serializers.ModelRow, request=None, also=CONFLICT)
    def roll_back(self, request: Request, pk: int) -> Response:
        """Gives the model's class the version back that was made before its present one; answers with that."""
        model = queries.get_model(request.user, pk)
        if model.label is None:
            raise Http404
        return self.show(actions.roll_back(actor_of(request), model.label))

    @documented(serializers.ModelRow, code=201, request=serializers.GiveRequest)
    def give(self, request: Request, pk: int) -> Response:
        """Copies the model into another project, for a class there; it says where it came from."""
        asked = self.body(serializers.GiveRequest)
        project = policies.get_project(request.user, asked["project"])
        label = self._label(project, asked.get("label"))
        model = queries.get_model(request.user, pk)
        return self.show(actions.give(actor_of(request), model, project, label=label), status.HTTP_201_CREATED)

    @staticmethod
    def _label(project: Project, pk: int | None) -> LabelClass | None:
        if pk is None:
            return None
        label = project.classes.filter(pk=pk).first()
        if label is None:
            raise Refusal(_("This project has no such class."), field="label")
        return label

    @documented(OpenApiTypes.BINARY)
    def converted(self, request: Request, pk: int, form: str) -> StreamingHttpResponse:
        """A trained detector as ONNX, or as a zip for OpenVINO, once a run of kind `export` has made it; of a class
        model (`onnx`) a zip of the two networks that docs/class_model.py needs.
        """
        model = queries.get_model(request.user, pk)
        found = model.converted.filter(format=form).first()
        if found is None:
            raise Http404
        response = streamed(request, chunks_of(found.file.open("rb")), "application/octet-stream")
        return _as_download(response, archive.converted_name(found))

    @documented(OpenApiTypes.BINARY)
    def download(self, request: Request, pk: int) -> StreamingHttpResponse:
        """A zip with the weights, MODEL_CARD.md and model.json."""
        model = queries.get_model(request.user, pk)
        response = streamed(request, archive.chunks(model), "application/zip")
        return _as_download(response, archive.archive_name(model))


def _as_download(response: StreamingHttpResponse, name: str) -> StreamingHttpResponse:
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
