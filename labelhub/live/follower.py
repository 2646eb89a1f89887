"""What every live page needs of its websocket: a check at the door, a loop that looks when woken, a check now and then."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import time
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404
from django.utils import translation

log = logging.getLogger(__name__)

NOT_FOUND = 4404
TRY_AGAIN = 4503
POLL_S = 0.5  # without Redis
SAFETY_POLL_S = 5.0  # with Redis: for wake-ups that were lost
RECHECK_S = 20.0  # who was removed from a project does not listen on


class Follower(AsyncWebsocketConsumer, ABC):
    """Follows rows that only ever get more. Subclasses say what may be seen and what is new; both run in a database thread."""

    @abstractmethod
    def open(self, user: Any, pk: int, since: int | None) -> str:
        """Checks that `user` may listen, remembers where to begin and returns the group to be woken by. Raises Http404."""

    @abstractmethod
    def news(self) -> list[dict[str, Any]]:
        """Messages that were not sent yet, in order. One cheap query when there are none."""

    @abstractmethod
    def allowed(self, user: Any, pk: int) -> bool:
        """May the user still listen?"""

    async def connect(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._group = ""
        user, pk = self.scope["user"], int(self.scope["url_route"]["kwargs"]["pk"])
        await self.accept()  # a browser sees a close code only of a connection that was open
        try:
            group = await database_sync_to_async(self.open)(user, pk, self._since())
        except Http404:
            await self.close(NOT_FOUND)
            return
        if settings.REDIS_URL:
            self._group = group
            await self.channel_layer.group_add(group, self.channel_name)
        self._task = asyncio.create_task(self._follow(user, pk))

    def _since(self) -> int | None:
        given = parse_qs(self.scope["query_string"].decode("latin-1")).get("since", [""])[0]
        return int(given) if given.isdecimal() and len(given) <= 18 else None

    def _language(self) -> str:
        """The reader's language, chosen as for a page: by the cookie, else by what the browser asks for."""
        return translation.get_language_from_request(ASGIRequest(self.scope | {"method": "GET"}, io.BytesIO()))

    async def disconnect(self, code: int) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._group:
            await self.channel_layer.group_discard(self._group, self.channel_name)

    async def wake(self, message: dict[str, Any]) -> None:
        """Called by the channel layer."""
        self._woken.set()

    async def _follow(self, user: Any, pk: int) -> None:
        pause = SAFETY_POLL_S if settings.REDIS_URL else POLL_S
        checked = time.monotonic()
        try:
            translation.activate(self._language())  # of this task alone: another listener may read another one
            while True:
                self._woken.clear()
                for message in await database_sync_to_async(self.news)():
                    await self.send(text_data=json.dumps(message, ensure_ascii=False))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)
                if time.monotonic() - checked > RECHECK_S:
                    checked = time.monotonic()
                    if not await database_sync_to_async(self.allowed)(user, pk):
                        await self.close(NOT_FOUND)
                        return
        except asyncio.CancelledError:
            raise
        except Http404:
            await self.close(NOT_FOUND)
        except Exception:  # the page connects again and asks for what it missed
            log.exception("A live page was closed.")
            await self.close(TRY_AGAIN)
