"""Bytes on their way out, piece by piece, under ASGI as under WSGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class AnyAnswer(BaseContentNegotiation):
    """For addresses that answer with a file whatever `Accept` says, and where `?format=` is a parameter of our own."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def streamed(request: Request | HttpRequest, chunks: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    """A response that takes its pieces only as fast as the client does, in one thread of its own request."""
    plain = request._request if isinstance(request, Request) else request
    content = _pulled(chunks) if isinstance(plain, ASGIRequest) else chunks
    return StreamingHttpResponse(content, content_type=content_type)


async def _pulled(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Django would gather a plain iterator whole before sending it."""
    try:
        while (chunk := await sync_to_async(lambda: next(chunks, None))()) is not None:
            yield chunk
    finally:
        if close := getattr(chunks, "close", None):
            await sync_to_async(close)()
