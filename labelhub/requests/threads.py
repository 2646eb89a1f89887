"""The threads that requests are answered in: a fixed number for each web process, each with one database connection
that it keeps.

Django under ASGI makes a new thread for every request, so that every request also opens and closes a connection, and
nothing limits how many there are. Here a request is one call in one of `REQUEST_THREADS` threads. Who finds all of them
taken waits for its turn, and after `REQUEST_PATIENCE_S` is asked to come again: 503 with Retry-After, never 500.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

Answer = TypeVar("Answer")


class ThreadTimeout(Exception):
    """No thread became free in time."""


class Threads:
    """`count` threads. Those who wait get them in the order in which they came."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="database")
        self._free: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

    async def run(
        self,
        call: Callable[..., Answer],
        *arguments: Any,
        patience_s: float | None = None,
        context: contextvars.Context | None = None,
    ) -> Answer:
        """The result of `call`, in a thread when its turn has come. Raises ThreadTimeout after `patience_s` without
        one.

        context: of the call, where it is not the caller's. A caller that gives up lets the call end in its thread,
        which is free again only then.
        """
        loop = asyncio.get_running_loop()
        free = self._free.get(loop)
        if free is None:
            self._free = {loop: (free := asyncio.Semaphore(self.count))}
        try:
            async with asyncio.timeout(patience_s):
                await free.acquire()
        except TimeoutError:
            raise ThreadTimeout from None
        in_thread = sync_to_async(_with_connection, thread_sensitive=False, executor=self._threads, context=context)
        task = loop.create_task(in_thread(call, *arguments))
        task.add_done_callback(lambda _done: free.release())
        return await asyncio.shield(task)


def _with_connection(call: Callable[..., Answer], *arguments: Any) -> Answer:
    """A connection that broke or grew old is replaced; one that a failed call left in disorder is not kept."""
    close_old_connections()
    try:
        return call(*arguments)
    finally:
        close_old_connections()


threads = Threads(settings.REQUEST_THREADS)
