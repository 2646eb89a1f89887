"""The REST API of images: uploads, what the server has already, and imports of zips."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from projects import policies
from projects import serializers as shapes
from projects.errors import Refusal
from projects.images import uploads
from projects.models import Image, Import
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented


class UploadViewSet(Resource):
    """Images into a dataset."""

    parser_classes = (parsers.MultiPartParser,)
    serializer_class = shapes.UploadFiles
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "upload"
    queryset = Image.objects.none()

    @documented(shapes.UploadAnswer, request={"multipart/form-data": shapes.UploadFiles})
    def create(self, request: Request, dataset: int) -> Response:
        """Adds images, or zips of images. Every good file goes in; `problems` names each other one, with the reason."""
        into = policies.get_dataset(request.user, dataset)
        policies.require(request.user, Action.UPLOAD, into.project)
        files = request.FILES.getlist("files")
        if not files:
            raise Refusal(_("“files” is missing: send one or more images, or a zip."), field="files")
        return Response(shapes.UploadAnswer(uploads.add_images(actor_of(request), into, files)).data)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, TooManyFilesSent):
            limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            exc = Refusal(_("At most %(n)d files at once.") % {"n": limit}, code="too_many_files", field="files")
        return super().handle_exception(exc)


class KnownViewSet(Resource):
    """Which pictures a dataset has already, so that an upload goes on where it broke off."""

    serializer_class = shapes.Hashes
    queryset = Image.objects.none()

    @documented(shapes.KnownHashes, request=shapes.Hashes)
    def create(self, request: Request, dataset: int) -> Response:
        """Names the pictures of the dataset whose bytes, as they were uploaded, have these SHA-256 hashes."""
        into = policies.get_dataset(request.user, dataset)
        policies.require(request.user, Action.UPLOAD, into.project)
        rows = into.images.filter(sha256__in=self.body()["sha256"])
        return Response({"known": dict(rows.values_list("sha256", "name"))})


class ImportViewSet(Resource):
    """Zips of images on their way into a dataset."""

    serializer_class = shapes.ImportRow
    queryset = Import.objects.none()

    @documented(shapes.ImportRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        """How far the unpacking of a zip is, and which of its files did not go in."""
        return self.show(policies.get_import(request.user, pk))
