"""The live pages of this process, by what they follow; a save, or a message of another process, wakes their look."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from labelhub.live.broadcast import GAP_S, TRY_AGAIN, Broadcast, Listener, tell_of_visitor
from labelhub.live.feed import Feed
from labelhub.live.presence import Visitor

log = logging.getLogger(__name__)


class Hub:
    """The broadcasts of one event loop, by group."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.broadcasts: dict[str, Broadcast] = {}
        self._channel = ""
        self._receiving: asyncio.Task[None] | None = None
        self._telling: dict[str, asyncio.TimerHandle] = {}

    async def join(self, feed: Feed, listener: Listener, since: int | None) -> None:
        """Raises Http404 where there is nothing to follow."""
        broadcast = self.broadcasts.get(feed.group)
        if broadcast is None or broadcast.task is None or broadcast.task.done():
            broadcast = self.broadcasts[feed.group] = Broadcast(feed)
            broadcast.task = asyncio.create_task(broadcast.follow())
            await self._subscribe(feed.group)
        broadcast.joining += 1
        try:
            await broadcast.join(listener, since)
        finally:
            broadcast.joining -= 1
            await self._close_if_empty(broadcast)
        if broadcast.task.done():  # it broke meanwhile
            listener.leave(TRY_AGAIN)

    async def leave(self, group: str, listener: Listener) -> None:
        broadcast = self.broadcasts.get(group)
        if broadcast is not None:
            broadcast.listeners.discard(listener)
            if listener.visitor is not None:
                await self.visit(group, listener, Visitor(listener.user_id, listener.visitor.name, None))
            await self._close_if_empty(broadcast)

    async def visit(self, group: str, listener: Listener, visitor: Visitor) -> None:
        """`listener` shows another image, or none, from now on: who shows the same one hears of it."""
        listener.visitor = visitor
        if broadcast := self.broadcasts.get(group):
            broadcast.note(listener.page, visitor)
            await tell_of_visitor(group, listener.page, visitor)

    async def _close_if_empty(self, broadcast: Broadcast) -> None:
        group = broadcast.feed.group
        if broadcast.listeners or broadcast.joining or self.broadcasts.get(group) is not broadcast:
            return
        del self.broadcasts[group]
        if broadcast.task is not None:
            broadcast.task.cancel()
        if self._channel:
            await get_channel_layer().group_discard(group, self._channel)

    def wake(self, group: str) -> None:
        """From any thread: a look here, and word to other processes, once for all that comes within `GAP_S`."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._wake, group)

    def send_away(self, user_id: int, sessions: Collection[str]) -> None:
        """From any thread: ends the pages of these sessions, here and in other processes."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._send_away, user_id, sessions)

    def _send_away(self, user_id: int, sessions: Collection[str]) -> None:
        for broadcast in [*self.broadcasts.values()]:
            broadcast.send_away(user_id, sessions)

    def _wake(self, group: str) -> None:
        if broadcast := self.broadcasts.get(group):
            broadcast.woken.set()
        if settings.REDIS_URL and group not in self._telling:
            self._telling[group] = self.loop.call_later(GAP_S / 4, self._tell_others, group)

    def _tell_others(self, group: str) -> None:
        self._telling.pop(group, None)
        task = self.loop.create_task(get_channel_layer().group_send(group, {"type": "wake", "group": group}))
        task.add_done_callback(_said)

    async def _subscribe(self, group: str) -> None:
        if not settings.REDIS_URL:
            return
        layer = get_channel_layer()
        if not self._channel:
            self._channel = await layer.new_channel()
            self._receiving = asyncio.create_task(self._receive())
        await layer.group_add(group, self._channel)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        while True:
            message = await layer.receive(self._channel)
            broadcast = self.broadcasts.get(message.get("group", ""))
            if message["type"] == "away":
                self._send_away(message["user"], message["sessions"])
            elif broadcast is not None and message["type"] == "visit":
                broadcast.note(message["page"], Visitor(**message["visitor"]))
            elif broadcast is not None:
                broadcast.woken.set()

    def tell_others(self, group: str, message: dict[str, Any]) -> None:
        """From any thread: sends a message to the other processes that follow `group`."""
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(get_channel_layer().group_send(group, message), self.loop)


def _said(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):  # a wake-up is a convenience
        log.warning("Live pages of other processes were not woken: %s", error)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def here() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for ended in [one for one in _hubs if one.is_closed()]:
            del _hubs[ended]
        _hubs[loop] = Hub()
    return _hubs[loop]


def open_hubs() -> list[Hub]:
    return [hub for hub in [*_hubs.values()] if not hub.loop.is_closed()]


def wake(group: str) -> bool:
    """Wakes whoever listens in this process. Whether there is a hub, which then tells other processes too."""
    found = open_hubs()
    for hub in found:
        hub.wake(group)
    return bool(found)
