"""Errors of ours, with data, and their way out: words for pages, JSON with `detail` and `code` for the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Refused(Exception):
    """A request that cannot be done as asked; `code` is for programs, `detail` for people, `field` says where."""

    status: int = status.HTTP_400_BAD_REQUEST
    code = "invalid"

    def __init__(self, detail: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.field = field

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"detail": self.detail, "code": self.code}
        return found | {"field": self.field} if self.field else found


class Forbidden(PermissionDenied):
    """A member whose role does not reach."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class Conflict(Refused):
    """The request contradicts the present state, which is told."""

    status = status.HTTP_409_CONFLICT
    code = "conflict"


class StaleVersion(Conflict):
    """A write that named an older version than the current one; `current` is what stands now."""

    code = "stale"

    def __init__(self, current: Any) -> None:
        super().__init__(_("Somebody else changed this meanwhile."))
        self.current = current

    def body(self) -> dict[str, Any]:
        return super().body() | {"current": self.current}


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API in one shape: {"detail", "code", "field"?}."""
    if isinstance(error, Refused):
        return Response(error.body(), status=error.status)
    if isinstance(error, Forbidden):
        return Response(
            {"detail": _("Your role in this project does not allow this."), "code": "forbidden"}, status=403
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = _first_fault(error.detail)
    elif isinstance(response.data, dict):
        response.data.setdefault("code", getattr(response.data.get("detail"), "code", "error"))
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
