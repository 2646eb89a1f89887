"""The real server without a socket: requests of the client go to Django in the test's own transaction, and what they
queue is done at once, as a worker would.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
from django.test import Client as DjangoClient

from annotations.exports.jobs import run_export
from annotations.imports.jobs import run_step
from annotations.models import Export, LabelImport


class InProcess(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For both clients. paths: what was asked for, in order.

    A test's transaction belongs to its thread, and no event loop runs there: `carry_out` runs one in another thread and
    answers its requests meanwhile.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._asked: queue.Queue[tuple[httpx.Request, Future[httpx.Response]]] = queue.Queue()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._respond(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer: Future[httpx.Response] = Future()
        self._asked.put((request, answer))
        return await asyncio.wrap_future(answer)

    def carry_out(self, work: Coroutine[Any, Any, Any]) -> Any:
        with ThreadPoolExecutor(1) as beside:
            done = beside.submit(asyncio.run, work)
            while not done.done():
                with contextlib.suppress(queue.Empty):
                    request, answer = self._asked.get(timeout=0.01)
                    answer.set_result(self._respond(request, request.content))
            return done.result()

    def _respond(self, request: httpx.Request, body: bytes) -> httpx.Response:
        self.paths.append(request.url.path)
        answer = DjangoClient(raise_request_exception=False).generic(
            request.method, request.url.raw_path.decode(), body, request.headers.get("Content-Type", ""),
            headers=dict(request.headers),
        )  # fmt: skip
        content = answer.getvalue()
        work_off()
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=content)


def work_off() -> None:
    for job in LabelImport.objects.filter(state=LabelImport.State.QUEUED):
        run_step(job.pk)
    for made in Export.objects.filter(state=Export.State.QUEUED):
        run_export(made.pk)
