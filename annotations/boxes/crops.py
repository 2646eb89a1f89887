"""Small pictures of boxes, with what is around them: what a reviewer looks at."""

from __future__ import annotations

import io
import math
import os
import threading
from pathlib import Path
from uuid import UUID

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from PIL import Image as Pillow
from rest_framework.request import Request

from annotations import queries
from annotations.blindness import seen_by
from annotations.geometry import XYXY, inside
from projects import policies
from projects.errors import Refusal
from projects.images import pictures, storage
from projects.images.file_views import FOREVER, FileView, not_modified, with_headers
from projects.images.pixels import eight_bit
from projects.models import Image
from projects.web.actor import actor_of

SIDE, LARGE = 160, 480  # pixels of the longer side: of many at once, of one to look at closely
CONTEXT = 0.15  # of the box's longer side, on every side
MIN_WINDOW = 24.0  # pixels of the image; less shows nothing that a person could know
KEPT_S = 24 * 3600
# A page asks for dozens of crops at once; no more pictures than this are decoded at a time.
_decoders = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


class SuggestionCropView(FileView):
    @extend_schema(tags=["files"], responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """What a suggestion shows, about 160 pixels."""
        suggestion = queries.get_suggestion(request.user, pk)
        _refuse_blind(request, suggestion.image)
        return _answer(request, suggestion.image, suggestion.xyxy, cache_control=FOREVER)


class BoxCropView(FileView):
    @extend_schema(tags=["files"], responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """What a box shows, about 160 pixels. A box may be moved, so the browser asks each time whether it was."""
        box = queries.get_box(request.user, pk)
        _refuse_blind(request, box.image)
        return _answer(request, box.image, box.xyxy, cache_control="private, no-cache")


class ImageCropView(FileView):
    @extend_schema(
        tags=["files"],
        parameters=[
            OpenApiParameter("box", str, description="left,top,right,bottom in pixels; shown with what is around it"),
            OpenApiParameter("part", str, description="Instead: just this part of the image, 480 pixels"),
        ],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """What any part of an image shows: of a box about 160 pixels, of a part 480."""
        image = policies.get_image(request.user, pk)
        if text := request.query_params.get("part"):
            part = inside(_asked(text, "part"), image.width, image.height)
            if part is None:
                raise Refusal(_("This part is outside of the image."), field="part")
            return _answer_part(request, image, part, LARGE, cache_control=FOREVER)
        return _answer(request, image, _asked(request.query_params.get("box", ""), "box"), cache_control=FOREVER)


def _refuse_blind(request: Request, image: Image) -> None:
    """404 for who labels the image apart from others: its number would tell that there is a box, and where."""
    if seen_by(actor_of(request), image):
        raise Http404


def _asked(text: str, field: str) -> XYXY:
    try:
        x1, y1, x2, y2 = (float(edge) for edge in text.split(","))
    except ValueError:
        x1 = y1 = x2 = y2 = math.nan
    if not (all(map(math.isfinite, (x1, y1, x2, y2))) and x1 < x2 and y1 < y2):
        raise Refusal(_("A box is four numbers: left,top,right,bottom."), field=field)
    return x1, y1, x2, y2


def window(xyxy: XYXY, width: int, height: int) -> XYXY:
    """The part of an image to show for a box, in pixels: a square around it with context, cut where the image ends."""
    x1, y1, x2, y2 = xyxy
    side = max((x2 - x1) * (1 + 2 * CONTEXT), (y2 - y1) * (1 + 2 * CONTEXT), MIN_WINDOW)
    left, right = _span((x1 + x2) / 2, side, width)
    top, bottom = _span((y1 + y2) / 2, side, height)
    return left, top, right, bottom


def jpeg(path: Path, part: XYXY, width: int, height: int, side: int = SIDE) -> bytes:
    """`part` of the picture at `path` (width x height pixels when decoded in full) as a JPEG of `side` pixels."""
    longer = max(part[2] - part[0], part[3] - part[1])
    scale = min(1.0, side / longer)
    with Pillow.open(path) as picture:
        # JPEG decoders give halves, quarters and eighths for a fraction of the work.
        picture.draft("RGB", (math.ceil(width * scale), math.ceil(height * scale)))
        fx, fy = picture.width / width, picture.height / height
        left, top = math.floor(part[0] * fx), math.floor(part[1] * fy)
        right, bottom = max(left + 1, math.ceil(part[2] * fx)), max(top + 1, math.ceil(part[3] * fy))
        crop = eight_bit(picture.crop((left, top, right, bottom))).convert("RGB")
    ratio = side / max(crop.size)
    size = (max(1, round(crop.width * ratio)), max(1, round(crop.height * ratio)))
    out = io.BytesIO()
    crop.resize(size, Pillow.Resampling.BICUBIC, reducing_gap=2.0).save(out, "JPEG", quality=82)
    return out.getvalue()


def _span(centre: float, side: float, length: int) -> tuple[float, float]:
    """An interval of `side` around `centre`, pushed into 0..length."""
    if side >= length:
        return 0.0, float(length)
    low = min(max(centre - side / 2, 0.0), length - side)
    return low, low + side


def _answer(request: Request, image: Image, xyxy: XYXY, *, cache_control: str) -> HttpResponse:
    part = window(xyxy, image.width, image.height)
    return _answer_part(request, image, part, SIDE, cache_control=cache_control)


def _answer_part(request: Request, image: Image, part: XYXY, side: int, *, cache_control: str) -> HttpResponse:
    name = "-".join([image.key.hex, *(f"{value:.1f}" for value in part), str(side)])
    if unchanged := not_modified(request, name):
        return with_headers(unchanged, etag=name, cache=cache_control)
    content = cache.get(f"crop-{name}")
    if content is None:
        content = _cut(image, part, side)
        cache.set(f"crop-{name}", content, KEPT_S)
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = content_disposition_header(False, "crop.jpg") or "inline"
    return with_headers(response, etag=name, cache=cache_control)


def _cut(image: Image, part: XYXY, side: int) -> bytes:
    """From the thumbnail where it is fine enough, else from the image itself."""
    longer = max(part[2] - part[0], part[3] - part[1])
    in_thumb = longer * pictures.THUMB_SIDE / max(image.width, image.height)
    try:
        path = storage.local_copy(image.thumb if in_thumb >= side else image.file)
        with _decoders:
            return jpeg(path, part, image.width, image.height, side)
    except (FileNotFoundError, OSError) as error:
        raise Http404 from error
