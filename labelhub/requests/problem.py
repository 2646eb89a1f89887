"""What goes wrong, as RFC 9457 says it: one JSON shape for the whole API, whoever answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, code: str, **more: Any) -> dict[str, Any]:
    """`detail` is for people, `code` for programs, both beside what RFC 9457 names; `type` stays about:blank, for
    `code` says which problem it is.
    """
    head = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return head | {"detail": detail, "code": code, **more}


def answer(status: int, detail: str, code: str) -> HttpResponse:
    """For what fails before or behind the views of the API."""
    return JsonResponse(problem(status, detail, code), status=status, content_type=CONTENT_TYPE)


def is_for_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/api/", "/files/"))  # files are in its description, too
