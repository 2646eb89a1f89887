"""Errors of ours, with data, and their way out: words for pages, JSON with `detail` and `code` for the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import status


class Refusal(Exception):
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


class Conflict(Refusal):
    """The request contradicts the present state, which is told."""

    status: int = status.HTTP_409_CONFLICT
    code = "conflict"


class StaleVersion(Conflict):
    """A write that named an older version than the current one; `current` is what stands now."""

    code = "stale"

    def __init__(self, current: Any) -> None:
        super().__init__(_("Somebody else changed this meanwhile."))
        self.current = current

    def body(self) -> dict[str, Any]:
        return super().body() | {"current": self.current}
