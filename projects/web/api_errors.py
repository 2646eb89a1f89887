"""Errors of the house as answers of the REST API."""

from __future__ import annotations

from typing import Any

from django.db import DataError
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from labelhub.requests.problem import CONTENT_TYPE, problem
from projects.errors import Forbidden, Refusal


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API in one shape: RFC 9457 with `detail`, `code`, and `field` where one is to blame."""
    if isinstance(error, Refusal):
        return _said(Response(error.body(), status=error.status))
    if isinstance(error, Forbidden):
        words = _("Your role in this project does not allow this.")
        return _said(Response({"detail": words, "code": "forbidden"}, status=403))
    if isinstance(error, (OverflowError, DataError)):  # of what was sent: nothing that is kept is so large
        words = _("A number is larger than any that is kept here.")
        return _said(Response({"detail": words, "code": "invalid"}, status=400))
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = _first_fault(error.detail)
    elif isinstance(response.data, dict):
        response.data.setdefault("code", getattr(response.data.get("detail"), "code", "error"))
        if "CSRF Failed" in (said := str(response.data.get("detail"))) and "checking failed" in said:
            cure = _("Whoever runs LabelHub can allow this address by the setting LABELHUB_ORIGINS.")
            response.data["detail"] = f"{said} {cure}"
    return _said(response)


def _said(response: Response) -> Response:
    response.data = problem(response.status_code, **response.data)
    response.content_type = CONTENT_TYPE
    return response


def _first_fault(detail: Any) -> dict[str, str]:
    """DRF's tree of errors as one sentence that names its field."""
    path: list[str] = []
    while isinstance(detail, (dict, list)):
        if isinstance(detail, dict):
            key, detail = next(iter(detail.items()))
            if key not in {"non_field_errors", "__all__"}:
                path.append(str(key))
        else:
            index, detail = next((index, item) for index, item in enumerate(detail) if item)
            if isinstance(detail, dict):
                path.append(str(index))
    field = ".".join(path)
    body = {"detail": f"{field}: {detail}" if field else str(detail), "code": "invalid"}
    return body | {"field": field} if field else body
