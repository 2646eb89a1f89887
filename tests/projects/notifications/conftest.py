"""A project, and something to tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from projects.models import NotificationKind, Project
from projects.notifications.actions import News, Page


@pytest.fixture
def news(project: Project) -> Callable[..., News]:
    def make(key: str = "job-1", kind: NotificationKind = NotificationKind.RETURNED, **fields: object) -> News:
        return News(kind, project, key, Page("project", (project.pk,)), "Monday", **fields)  # type: ignore[arg-type]

    return make
