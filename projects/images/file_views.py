"""Image files for those who may see them. Strangers get 404; browsers keep what never changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeVar

from django.core.files.base import File
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from projects import policies
from projects.web.streaming import AnyAnswer, streamed

# What `pictures` stores; nothing else is ever shown in a browser as what it claims to be.
TYPES = {".bmp": "image/bmp", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
FOREVER = "private, max-age=31536000, immutable"
CHUNK = 256 * 1024
Answer = TypeVar("Answer", bound=HttpResponseBase)


class FileView(APIView):
    """Base of what serves files: the policies alone decide, so nobody is redirected or asked to sign in, only told
    404.
    """

    permission_classes = ()
    content_negotiation_class = AnyAnswer


class ImageFileView(FileView):
    @extend_schema(tags=["files"], responses={(200, "image/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The image, upright, as it is stored."""
        image = policies.get_image(request.user, pk)
        return file_response(request, image.file, etag=f"{image.key.hex}", name=image.name)


class ThumbView(FileView):
    @extend_schema(tags=["files"], responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """A small JPEG of the image, 320 pixels at most."""
        image = policies.get_image(request.user, pk)
        return file_response(request, image.thumb, etag=f"{image.key.hex}-thumb", name=f"thumb-{image.name}")


def file_response(request: Request | HttpRequest, file: FieldFile, *, etag: str, name: str) -> HttpResponseBase:
    """A stored file that never changes; `name` is what a download is called."""
    if unchanged := not_modified(request, etag):
        return with_headers(unchanged, etag=etag, cache=FOREVER)
    try:
        opened = file.open("rb")
        size = file.size
    except FileNotFoundError as error:
        raise Http404 from error
    suffix = PurePosixPath(file.name or "").suffix.lower()
    response = streamed(request, chunks_of(opened), TYPES.get(suffix, "application/octet-stream"))
    response["Content-Length"] = str(size)
    shown_as = PurePosixPath(name).stem + suffix
    response["Content-Disposition"] = content_disposition_header(suffix not in TYPES, shown_as) or "inline"
    return with_headers(response, etag=etag, cache=FOREVER)


def chunks_of(file: File[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def not_modified(request: Request | HttpRequest, etag: str) -> HttpResponse | None:
    """A 304 where the browser has it already."""
    plain = request._request if isinstance(request, Request) else request
    answer = get_conditional_response(plain, etag=f'"{etag}"')
    return answer if answer is not None and answer.status_code == 304 else None


def with_headers(response: Answer, *, etag: str, cache: str) -> Answer:
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = cache
    response["X-Content-Type-Options"] = "nosniff"
    return response
