"""Waking the live pages: those of this process at once, those of others by Redis, without which they look twice a
second.
"""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from labelhub.live import hub

log = logging.getLogger(__name__)


def run_group(run_id: int) -> str:
    """The listeners of one run."""
    return f"run-{run_id}"


def project_group(project_id: int) -> str:
    """The listeners of the changes of one project's boxes."""
    return f"project-{project_id}"


def person_group(user_id: int) -> str:
    """The open pages of one person."""
    return f"person-{user_id}"


def wake(group: str) -> None:
    """Tells listeners on every web process that their table has something new. What they miss, their own poll finds."""
    if hub.wake(group) or not settings.REDIS_URL:  # a process with a hub tells the others from there
        return
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(group, {"type": "wake", "group": group})
    except Exception as error:  # a wake-up is a convenience: whoever wrote the rows must not fail for it
        log.warning("Live pages were not woken: %s", error)


def wake_on_commit(group: str) -> None:
    """The same, once what was written can be seen by others."""
    transaction.on_commit(lambda: wake(group))
