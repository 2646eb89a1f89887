"""The live pages of this process, by what they follow: one look for all who listen to the same, then each is told.

A look comes when a save wakes it, at most every `GAP_S`, and now and then by itself. Nobody waits for a slow listener:
each has an outbox, and whose outbox is full is sent away to come back and ask for what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Protocol

from channels.layers import get_channel_layer
from django.conf import settings
from django.http import Http404
from django.utils import translation

from labelhub.live.feed import Feed, Rows
from labelhub.live.presence import Presence, Visitor
from labelhub.requests.threads import Threads

log = logging.getLogger(__name__)

NOT_FOUND = 4404
TRY_AGAIN = 4503
GAP_S = 0.2  # between two looks: what is saved meanwhile goes together
SAFETY_POLL_S = 5.0  # with Redis: for wake-ups that were lost
NOTHING: frozenset[int] = frozenset()
RECHECK_S = 20.0  # who was removed from a project does not listen on

looking = Threads(1)  # the one database thread, and connection, of all live pages


class Listener(Protocol):
    """A page's end of the line. Neither method waits. page: a name that no other page has; visitor: None until the page
    said what it shows.
    """

    language: str
    user_id: int
    session: str  # the key of the session in which the page was opened
    page: str
    visitor: Visitor | None

    def tell(self, texts: list[str]) -> None: ...
    def leave(self, code: int) -> None: ...


class Broadcast:
    """One feed and its listeners."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.listeners: set[Listener] = set()
        self.presence = Presence()
        self.woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._started = False
        self.joining = 0
        self.task: asyncio.Task[None] | None = None

    async def join(self, listener: Listener, since: int | None) -> None:
        """From here on `listener` hears all that is new; before that, what it missed. Raises Http404."""
        async with self._turn:
            if not self._started:
                await looking.run(self.feed.start)
                self._started = True
            else:
                await self._look()
            missed = await looking.run(self.feed.missed, since)
            await self._tell(missed, {listener})
            self.listeners.add(listener)

    async def follow(self) -> None:
        """Looks when woken and now and then, until nobody listens."""
        pause = SAFETY_POLL_S if settings.REDIS_URL else self.feed.poll_s
        checked = time.monotonic()
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self.woken.wait()
                woken = self.woken.is_set()
                self.woken.clear()
                async with self._turn:
                    if self._started:
                        await self._look(asks_again=woken)
                if time.monotonic() - checked > RECHECK_S:
                    checked = time.monotonic()
                    await self._recheck()
                    await self._visit_again()
                await asyncio.sleep(min(GAP_S, pause))
        except asyncio.CancelledError:
            raise
        except Http404:
            self.dismiss(NOT_FOUND)
        except Exception:  # the pages connect again and ask for what they missed
            log.exception("Live pages of %s were closed.", self.feed.group)
            self.dismiss(TRY_AGAIN)

    def send_away(self, user_id: int, sessions: Collection[str]) -> None:
        """Whoever listens in one of these sessions, which have ended."""
        for listener in [one for one in self.listeners if one.user_id == user_id and one.session in sessions]:
            self.listeners.discard(listener)
            listener.leave(NOT_FOUND)

    def note(self, page: str, visitor: Visitor) -> None:
        """What a page shows, of this process or another."""
        self._tell_visitors(self.presence.note(page, visitor, time.monotonic()))

    def _tell_visitors(self, images: Iterable[int]) -> None:
        for image in images:
            there = [{"id": one.user, "name": one.name} for one in self.presence.visitors(image)]
            text = json.dumps({"image": image, "present": there}, ensure_ascii=False)
            for listener in self.listeners:
                if listener.visitor is not None and listener.visitor.image == image:
                    listener.tell([text])

    async def _visit_again(self) -> None:
        """Pages that are still open are said again, and those forgotten whose process says nothing more."""
        for listener in [one for one in self.listeners if one.visitor is not None and one.visitor.image is not None]:
            assert listener.visitor is not None
            self.note(listener.page, listener.visitor)
            await tell_of_visitor(self.feed.group, listener.page, listener.visitor)
        self._tell_visitors(self.presence.expire(time.monotonic()))

    def dismiss(self, code: int) -> None:
        for listener in [*self.listeners]:
            listener.leave(code)
        self.listeners.clear()

    async def _look(self, *, asks_again: bool = False) -> None:
        """asks_again: somebody may have lost the right to listen, though there is nothing new."""
        rows = await looking.run(self.feed.look)
        if rows or asks_again:  # who lost it since the last look hears nothing of this one
            await self._recheck()
        if rows and self.listeners:
            await self._tell(rows, self.listeners)

    async def _tell(self, rows: Rows, listeners: Collection[Listener]) -> None:
        """Each what is for them, in their language; written once for all who read the same."""
        if not rows:
            return
        hidden = await looking.run(self.feed.hidden, {listener.user_id for listener in listeners}, rows)
        for images in {hidden.get(listener.user_id, NOTHING) for listener in listeners}:
            equals = [listener for listener in listeners if hidden.get(listener.user_id, NOTHING) == images]
            languages = {listener.language for listener in equals}
            texts = await looking.run(_written, self.feed, self.feed.without(rows, images), languages)
            for listener in equals:
                listener.tell(texts[listener.language])

    async def _recheck(self) -> None:
        allowed = await looking.run(self.feed.still_allowed, {listener.user_id for listener in self.listeners})
        for listener in [one for one in self.listeners if one.user_id not in allowed]:
            self.listeners.discard(listener)
            listener.leave(NOT_FOUND)


def _written(feed: Feed, rows: Rows, languages: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language in languages:
        if found and not feed.translated:
            found[language] = next(iter(found.values()))
            continue
        with translation.override(language):
            found[language] = [json.dumps(message, ensure_ascii=False) for message in feed.reported(rows)]
    return found


async def tell_of_visitor(group: str, page: str, visitor: Visitor) -> None:
    """To the other web processes."""
    if settings.REDIS_URL:
        message = {"type": "visit", "group": group, "page": page, "visitor": asdict(visitor)}
        try:
            await get_channel_layer().group_send(group, message)
        except Exception as error:  # who is there is a convenience
            log.warning("Other processes were not told who is there: %s", error)
