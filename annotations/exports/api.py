"""The REST API of exports: counts, and the download as a stream."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.views import APIView

from annotations.exports import export, serializers
from projects import policies
from projects.errors import Refused
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
        chosen = _all_of(found.classes.all(), "class", wanted["class"])
        dataset = _all_of(found.datasets.all(), "dataset", [wanted["dataset"]])[0] if "dataset" in wanted else None
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


def _all_of(rows: QuerySet[Any], field: str, ids: list[int]) -> list[Any]:
    """The rows with these ids, all of which must be in the project."""
    found = list(rows.filter(pk__in=ids))
    if missing := set(ids) - {row.pk for row in found}:
        raise Refused(
            _("This project has no such %(field)s: %(id)s.") % {"field": field, "id": min(missing)}, field=field
        )
    return found
