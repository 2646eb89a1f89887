"""The REST API of exports: counts, the download as a stream, and files that a worker makes."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.blindness import refuse_blind
from annotations.exports import actions, serializers
from annotations.exports.counts import counts_of
from annotations.models import Export
from projects import policies
from projects.errors import Conflict
from projects.images.storage import read_part
from projects.web.actor import actor_of
from projects.web.ranges import resumable
from projects.web.resource import CONFLICT, Resource, documented
from projects.web.streaming import AnyAnswer, streamed

TYPES = {".json": "application/json", ".zip": "application/zip", ".csv": "text/csv", ".xml": "application/xml"}


class ExportView(APIView):
    """The labels of a project in one file, streamed."""

    content_negotiation_class = AnyAnswer

    @documented(OpenApiTypes.BINARY, parameters=[serializers.ExportQuery], tags=["projects"])
    def get(self, request: Request, project: int) -> HttpResponseBase:
        """Every chosen image is in it, with boxes or without. Formats for training (COCO, YOLO, VOC) leave out images
        that are not complete for the classes, unless `unfinished=1`.
        """
        found = policies.get_project(request.user, project)
        download = actions.stream(actor_of(request), found, serializers.parse_of(found, request.query_params))
        return as_file(streamed(request, download.chunks, download.content_type), download.name)


class ExportViewSet(Resource):
    """Exports that a worker makes: for what is too large to wait for."""

    serializer_class = serializers.ExportRow
    queryset = Export.objects.none()
    content_negotiation_class = AnyAnswer  # `?format=` is a parameter of our own

    @documented(serializers.CountsRow, parameters=[serializers.ExportQuery])
    @action(detail=False)
    def counts(self, request: Request, project: int) -> Response:
        """What an export with these parameters would hold."""
        found = self.project
        refuse_blind(actor_of(request), found)
        choice = serializers.parse_of(found, request.query_params)
        return Response(serializers.CountsRow(counts_of(found, choice)).data)

    @documented(serializers.ExportRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The project's exports that are being made or are kept, the newest first."""
        return self.page(actions.visible_exports(request.user).filter(project=self.project))

    @documented(
        serializers.ExportRow,
        code=202,
        request=serializers.ExportQuery,
        also={409: OpenApiResponse(serializers.RunningDetail, "The same choice is at work already")},
    )
    def create(self, request: Request, project: int) -> Response:
        """Has a worker make the file: ask for the export until its `state` is `done`, then get its `file`."""
        found = self.project
        job = actions.start(actor_of(request), found, serializers.parse_of(found, request.data))
        response = self.show(job, status.HTTP_202_ACCEPTED)
        response["Location"] = reverse("api-export-job", args=[job.pk])
        return response

    @documented(serializers.ExportRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        """How far the making of an export is."""
        return self.show(actions.get_export(request.user, pk))

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        """Deletes an export with its file, and stops its worker."""
        actions.delete(actor_of(request), actions.get_export(request.user, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(serializers.ExportRow, request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Stops the making of an export; one that has ended stays as it is."""
        return self.show(actions.cancel(actor_of(request), actions.get_export(request.user, pk)))


class ExportFileView(APIView):
    """The finished file of an export."""

    content_negotiation_class = AnyAnswer

    @documented(
        OpenApiTypes.BINARY,
        also=CONFLICT | {206: OpenApiTypes.BINARY, 416: OpenApiResponse(None, "Nothing lies in the range")},
        parameters=[
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="one range: bytes=1000-"),
            OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="the ETag of what is there already"),
        ],
        tags=["exports"],
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """A download that broke off goes on with `Range`; the ETag is the file's SHA-256."""
        job = actions.get_file(actor_of(request), pk)
        if job.state != Export.State.DONE:
            raise Conflict(_("This export has no file: it is not done."), code="not_done")
        response = resumable(
            request,
            lambda first, last: read_part(job.file, first, last),
            size=job.bytes,
            etag=job.sha256,
            content_type=TYPES.get(PurePosixPath(job.name).suffix, "application/octet-stream"),
        )
        return as_file(response, job.name)


def as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
