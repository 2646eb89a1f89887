"""Waking the live pages: those of this process at once, those of others by Redis, without which they look twice a
second.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

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


def send_away(user_id: int, sessions: Collection[str]) -> None:
    """Ends the live pages of these sessions at once, on every web process that has the person's bell open."""
    found = hub.open_hubs()
    for one in found:
        one.send_away(user_id, sessions)
    if not settings.REDIS_URL:
        return
    group, message = person_group(user_id), {"type": "away", "user": user_id, "sessions": list(sessions)}
    if found:
        found[0].tell_others(group, message)
        return
    try:
        async_to_sync(get_channel_layer().group_send)(group, message)
    except Exception as error:
        log.warning("Live pages of other processes were not ended: %s", error)


def wake_on_commit(group: str) -> None:
    """The same, once what was written can be seen by others."""
    transaction.on_commit(lambda: wake(group))
