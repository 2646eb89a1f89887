"""The websocket of a live page: a check at the door, then what it missed, then what comes."""

from __future__ import annotations

import asyncio
import io
import logging
from abc import ABC
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs
from uuid import uuid4

from channels.generic.websocket import AsyncWebsocketConsumer
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404
from django.utils import translation

from labelhub.live import hub
from labelhub.live.broadcast import NOT_FOUND, TRY_AGAIN, looking
from labelhub.live.feed import Feed
from labelhub.live.presence import Visitor

log = logging.getLogger(__name__)
doors: list[Callable[[Any], None]] = []  # of all live pages: each raises Http404 for whom it keeps out; apps add theirs
OUTBOX = 200  # looks that a slow listener may be behind


class Follower(AsyncWebsocketConsumer, ABC):
    """One listener of a feed."""

    feed: ClassVar[type[Feed]]
    visitor: Visitor | None

    async def connect(self) -> None:
        user, pk = self.scope["user"], int(self.scope["url_route"]["kwargs"]["pk"])
        self.user_id, self.language = user.pk or 0, self._language()
        session = self.scope.get("session")
        self.session = (session.session_key if session else "") or ""
        self.page, self.visitor = uuid4().hex, None
        self._outbox: asyncio.Queue[list[str]] = asyncio.Queue(OUTBOX)
        self._leaving: asyncio.Task[None] | None = None
        self._feed = self.feed(pk)
        self._sender: asyncio.Task[None] | None = None
        self._open, self._code = False, 0
        self._code = await self._join(user, pk) or self._code
        await (
            self.accept()
        )  # who is open does listen; and a browser sees a close code only of a connection that was open
        self._open = True
        if self._code:
            self.leave(self._code)
        else:
            self._sender = asyncio.create_task(self._send_all())

    async def _join(self, user: Any, pk: int) -> int:
        """The code to close with, or 0."""
        try:
            for door in doors:
                await looking.run(door, user)
            await looking.run(self.feed.admit, user, pk)
            await hub.here().join(self._feed, self, self._since())
        except Http404:
            return NOT_FOUND
        except Exception:
            log.exception("A live page could not begin.")
            return TRY_AGAIN
        return 0

    def tell(self, texts: list[str]) -> None:
        """Sends these as soon as the connection takes them; who is too far behind has to come again."""
        if texts:
            try:
                self._outbox.put_nowait(texts)
            except asyncio.QueueFull:
                self.leave(TRY_AGAIN)

    def leave(self, code: int) -> None:
        if not self._open:
            self._code = code
        elif self._leaving is None:
            self._stop_sending()
            self._leaving = asyncio.create_task(self.close(code))

    async def disconnect(self, code: int) -> None:
        self._stop_sending()
        await hub.here().leave(self._feed.group, self)

    def _stop_sending(self) -> None:
        if self._sender is not None:
            self._sender.cancel()

    async def _send_all(self) -> None:
        while True:
            for text in await self._outbox.get():
                await self.send(text_data=text)

    def _since(self) -> int | None:
        given = parse_qs(self.scope["query_string"].decode("latin-1")).get("since", [""])[0]
        return int(given) if given.isdecimal() and len(given) <= 18 else None

    def _language(self) -> str:
        """The reader's language, chosen as for a page: by the cookie, else by what the browser asks for."""
        request: Any = ASGIRequest(self.scope | {"method": "GET"}, io.BytesIO())
        return translation.get_language_from_request(request)
