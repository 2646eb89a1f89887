"""The API's own description as OpenAPI: drawn once in each language, since that takes seconds of a core."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

RENDERERS = {renderer.media_type: renderer for renderer in SpectacularAPIView.renderer_classes}
_one_draws = Lock()


class SchemaView(SpectacularAPIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        with _one_draws:
            body = _drawn(_language(request), renderer.media_type)
        answer = HttpResponse(body, content_type=renderer.media_type)
        answer["Content-Disposition"] = f'inline; filename="LabelHub.{renderer.format}"'
        patch_vary_headers(answer, ["Accept", "Accept-Language"])
        return answer


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or translation.get_language()
    try:
        return translation.get_supported_language_variant(asked)
    except LookupError:
        return translation.get_language()


@lru_cache(maxsize=8)
def _drawn(language: str, media_type: str) -> bytes:
    with translation.override(language):
        found = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return force_bytes(RENDERERS[media_type]().render(found, renderer_context={}))
