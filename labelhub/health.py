"""GET /health: is the database there, how long are the queues, were the workers seen lately?"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ

from labelhub.processes import heartbeat

log = logging.getLogger(__name__)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 when it does not. Names no secret, so it asks for no sign-in."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = queues()
    except Error as error:
        log.error("The database does not answer: %s", error)
        return JsonResponse({"status": "error", "database": {"ok": False}, "workers": workers()}, status=503)
    seen = workers()
    missing = sorted(set(settings.QUEUES) - {worker["name"] for worker in seen if worker["alive"]})
    body = {
        "status": "degraded" if missing else "ok",
        "database": {"ok": True, "vendor": connection.vendor},
        "queues": waiting,
        "workers": seen,
        "missing_workers": missing,
    }
    return JsonResponse(body)


def queues() -> dict[str, dict[str, int]]:
    """Per queue: messages that wait, and messages that a worker has taken."""
    found = {name: {"waiting": 0, "taken": 0} for name in settings.QUEUES}
    now = timezone.now()
    rows = OrmQ.objects.values("key").annotate(all=Count("id"), waiting=Count("id", filter=Q(lock__lte=now)))
    for row in rows:
        found[row["key"]] = {"waiting": row["waiting"], "taken": row["all"] - row["waiting"]}
    return found


def workers() -> list[dict[str, Any]]:
    try:
        return heartbeat.seen()
    except Exception:  # the cache may be away; health still answers
        log.exception("The workers' signs of life cannot be read.")
        return []
