"""`ETag` and `If-Match` (RFC 9110): the version of an image, beside the one in the body.

What `If-Match` asks for and is not so is answered with 412, as the RFC says; a version in the body that is old, with
409, as ever. The tag is the version of the boxes and, behind a dot, what else the answer held: `If-None-Match` asks for
all of it, `If-Match` for the version alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus

from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from projects.errors import Refusal, StaleVersion
from projects.serializers import ProblemDetail

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The `ETag` that was seen, `"3"` say; or `*`'
)
OTHER_VERSION = {412: OpenApiResponse(ProblemDetail, "It has another version than `If-Match` names")}


TAG = re.compile(r'"(\d{1,9})(?:\.[0-9a-f]+)?"')


class FailedPrecondition(Refusal):
    status = 412
    code = "stale"


def tagged(request: Request, response: Response, version: int) -> Response:
    """The answer with its tag; or 304 where the asker has this very answer already."""
    held = json.dumps(response.data, default=str, sort_keys=True).encode()
    etag = f'"{version}.{hashlib.sha256(held).hexdigest()[:12]}"'
    answer = get_conditional_response(request._request, etag=etag) if request.method in ("GET", "HEAD") else None
    if answer is not None and answer.status_code == HTTPStatus.NOT_MODIFIED:
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    response["ETag"] = etag
    return response


def require_match(request: Request, version: int) -> None:
    """Raises FailedPrecondition where `If-Match` names other versions than this one."""
    wanted = _wanted(request)
    if wanted and "*" not in wanted and version not in map(_version, wanted):
        raise FailedPrecondition(_("Somebody else changed this meanwhile."))


def version_seen(request: Request, in_body: int | None, current: int) -> int:
    """The version that the asker saw, by the body or by `If-Match`. Of several tags, the one that is current.

    Raises Refusal where neither says it, or both say different ones.
    """
    wanted = _wanted(request)
    if not wanted or "*" in wanted:
        if in_body is None and not wanted:
            raise Refusal(_("Name the version that you saw: here, or in “If-Match”."), field="version")
        return current if in_body is None else in_body
    named = [_version(one) for one in wanted]
    named = [current] if current in named else named
    if in_body is not None and in_body not in named:
        raise Refusal(_("“If-Match” and “version” name different versions."), field="version")
    return named[0]


def as_asked(request: Request, stale: StaleVersion) -> Refusal:
    """The refusal with the status that belongs to how the version was named."""
    if _wanted(request):
        stale.status = FailedPrecondition.status
    return stale


def _wanted(request: Request) -> list[str]:
    return parse_etags(str(request.headers.get("If-Match", "")))


def _version(wanted: str) -> int:
    """-1, which nothing has, for a tag that is none of ours: weak ones never match."""
    found = TAG.fullmatch(wanted)
    return int(found[1]) if found else -1
