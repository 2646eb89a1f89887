"""Bytes on their way out, piece by piece, under ASGI as under WSGI."""

from __future__ import annotations

import contextvars
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from labelhub.requests.threads import threads


class AnyAnswer(BaseContentNegotiation):
    """For addresses that answer with a file whatever `Accept` says, and where `?format=` is a parameter of our own."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def streamed(request: Request | HttpRequest, chunks: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    """A response that takes its pieces only as fast as the client does.

    Each piece may come in another thread and over another connection: `chunks` must not hold a cursor between two of
    them. A client that reads slowly holds neither.
    """
    plain = request._request if isinstance(request, Request) else request
    content = _pulled(chunks, contextvars.copy_context()) if isinstance(plain, ASGIRequest) else chunks
    return StreamingHttpResponse(content, content_type=content_type)


async def _pulled(chunks: Iterator[bytes], context: contextvars.Context) -> AsyncIterator[bytes]:
    """Django would gather a plain iterator whole before sending it. `context` holds the reader's language."""
    try:
        while (chunk := await threads.run(next, chunks, None, context=context)) is not None:
            yield chunk
    finally:
        if close := getattr(chunks, "close", None):
            await threads.run(close)
