"""What can go wrong, as types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Anything that this package raises."""


class LabelHubError(ClientError):
    """The server refused. detail: a sentence for people; code: for programs; field: the one to blame, or empty; body:
    all that it said.
    """

    def __init__(self, status: int, code: str, detail: str, field: str = "", body: Mapping[str, Any] | None = None):
        super().__init__(detail or f"The server answered {status}.")
        self.status, self.code, self.detail, self.field = status, code, detail, field
        self.body: Mapping[str, Any] = body or {}


class Unreachable(ClientError):
    """No answer came: no connection, or one that broke."""


class JobFailure(ClientError):
    """A run, an import or an export ended otherwise than done. job: its last state."""

    def __init__(self, message: str, job: object) -> None:
        super().__init__(message)
        self.job = job


class NotFound(ClientError):
    """Nothing has the name that was given."""
