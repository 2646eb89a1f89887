"""Byte ranges (RFC 9110, section 14): a download that broke off goes on where it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from projects.web.streaming import streamed

ONE = re.compile(r"bytes=(\d*)-(\d*)")
Read = Callable[[int, int], Iterator[bytes]]  # from the first byte to the last one, both included


class OutOfRange(Exception):
    """Nothing of the file lies in the range that was asked for."""


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte that `Range` asks for, of a file of `size` bytes.

    None for the whole file: without the header, or where it is not understood, which several ranges at once are not.
    """
    found = ONE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # so many bytes at the end
        if not int(last) or not size:
            raise OutOfRange
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise OutOfRange
    return int(first), min(int(last or size), size - 1)


def resumable(
    request: Request | HttpRequest, read: Read, *, size: int, etag: str, content_type: str
) -> HttpResponseBase:
    """The whole file, or the part that `Range` asks for, provided that `If-Range` names this very file.

    etag: strong, without its quotes.
    """
    quoted = f'"{etag}"'
    plain = request._request if isinstance(request, Request) else request
    if (known := get_conditional_response(plain, etag=quoted)) is not None and known.status_code == 304:
        return known
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", quoted) == quoted else ""
    try:
        part = wanted_range(asked, size)
    except OutOfRange:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    first, last = part or (0, size - 1)
    response = streamed(request, read(first, last) if size else iter(()), content_type)
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = quoted
    return response
