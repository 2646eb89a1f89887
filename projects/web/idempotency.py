"""`Idempotency-Key` on posts: what was done under a key is not done twice, and its answer is given again for a day.

A key belongs to one token, or to one person where a page asks. Answers of 2xx are kept; after any other the key is
free, for nothing was done. An answer that holds a secret is not kept, only that it was given.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from knox.models import AuthToken
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from projects.errors import Conflict, Refusal
from projects.models import KeptAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=10)  # a claim this old is of a process that died
SWEPT_AT_ONCE = 100

PARAMETER = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="Up to 200 characters: a repeat within 24 hours is not done twice"
)


class Replay(Exception):
    """It was done under this key before; `response` is what was answered then."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class ReusedKey(Refusal):
    status = 422
    code = "idempotency_key_reused"


def claim(request: Request) -> KeptAnswer | None:
    """The row of this request's key, to be settled; None without a key.

    Raises Replay, ReusedKey for another request under the same key, Conflict while the first is at work.
    """
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key:
        return None
    if len(key) > 200 or not key.isprintable():
        raise Refusal(_("An Idempotency-Key has up to 200 printable characters."), field=HEADER)
    _sweep()
    wanted = {"owner": _owner(request), "key": key}
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(**wanted, request=fingerprint)
    except IntegrityError:
        found = KeptAnswer.objects.filter(**wanted).first()
    if found is None:  # its answer was no 2xx, just now
        return KeptAnswer.objects.create(**wanted, request=fingerprint)
    if found.request != fingerprint:
        raise ReusedKey(_("This Idempotency-Key was used for another request."), field=HEADER)
    if found.status is None:
        return _taken_over(found)
    if found.body is None and found.status != 204:
        raise Conflict(_("This was done already; its answer held a secret and was not kept."), code="idempotency_done")
    raise Replay(Response(found.body, status=found.status, headers={"Idempotency-Replayed": "true"}))


def settle(row: KeptAnswer, response: Any, *, secret: bool) -> None:
    """Keeps a 2xx answer; after anything else the key is free. secret: whether its body must not be kept."""
    if isinstance(response, Response) and 200 <= response.status_code < 300:
        body = None if secret else json.loads(json.dumps(response.data, cls=JSONEncoder))
        KeptAnswer.objects.filter(pk=row.pk).update(status=response.status_code, body=body)
    else:
        release(row)


def release(row: KeptAnswer) -> None:
    KeptAnswer.objects.filter(pk=row.pk).delete()


def _taken_over(found: KeptAnswer) -> KeptAnswer:
    """The claim of a process that died. Raises Conflict while its process may be at work."""
    now = timezone.now()
    mine = KeptAnswer.objects.filter(pk=found.pk, status=None, created_at=found.created_at)
    if now - found.created_at < AT_WORK or not mine.update(created_at=now):
        raise Conflict(_("The first request with this Idempotency-Key is still at work."), code="idempotency_at_work")
    return found


def _sweep() -> None:
    old = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)
    if pks := list(old[:SWEPT_AT_ONCE]):
        KeptAnswer.objects.filter(pk__in=pks).delete()


def _owner(request: Request) -> str:
    token = request.auth
    return f"token {token.token_key}" if isinstance(token, AuthToken) else f"user {request.user.pk}"


def _fingerprint(request: Request) -> str:
    """Of the address, the query and what was sent, files by their bytes."""
    found = hashlib.sha256(request.get_full_path().encode())
    data = request.data
    if hasattr(data, "lists"):  # of a form
        for name, values in sorted(data.lists()):
            for value in values:
                found.update(f"\0{name}\0".encode())
                for piece in value.chunks() if isinstance(value, UploadedFile) else [str(value).encode()]:
                    found.update(piece)
                if isinstance(value, UploadedFile):
                    value.seek(0)
    else:
        found.update(json.dumps(data, sort_keys=True).encode())
    return found.hexdigest()
