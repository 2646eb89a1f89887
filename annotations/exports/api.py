"""The REST API of exports: counts, and the download as a stream."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.views import APIView

from annotations import named
from annotations.exports import export, serializers
from projects import policies
from projects.web.resource import documented
from projects.web.streaming import AnyAnswer, streamed


class ExportView(APIView):
    """The boxes of a project in one file, streamed. Every image is in it, also those without boxes."""

    content_negotiation_class = AnyAnswer

    @documented(OpenApiTypes.BINARY, parameters=[serializers.ExportQuery], tags=["projects"])
    def get(self, request: Request, project: int) -> HttpResponseBase:
        found = policies.get_project(request.user, project)
        query = serializers.ExportQuery(data=_query(request))
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        chosen = named.classes(found, wanted["class"], field="class")
        dataset = named.dataset(found, wanted["dataset"]) if "dataset" in wanted else None
        download = export.export(
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
