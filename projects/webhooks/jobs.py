"""The worker's part of webhooks: sends what is due, tries again with growing pauses, and gives up in the end."""

from __future__ import annotations

import json
import time
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from django_q.models import OrmQ

from projects.models import Delivery, Webhook
from projects.web import outbound
from projects.webhooks.emit import wake_worker
from projects.webhooks.signing import secret_of, signature

PAUSES_S = (10, 60, 300, 1800, 7200, 21600, 43200)  # between attempts: eight of them within a day
MOST_FAILURES = 50  # attempts in a row, after which a webhook is switched off
PATIENCE_S = 10.0  # for each answer
LEASE = timedelta(minutes=2)  # a delivery whose worker died is due again after this long
SHIFT_S = 60.0  # then other jobs of the queue have their turn
KEPT = timedelta(days=30)
ANSWER_BYTES = 2000

Pending = Delivery.State.PENDING


def deliver_due() -> str:
    """Any number of workers may do so at once: each delivery is taken by one."""
    began, sent = time.monotonic(), 0
    while time.monotonic() - began < SHIFT_S:
        row = _take()
        if row is None:
            return f"{sent} sent"
        _send(row)
        sent += 1
    wake_worker()
    return f"{sent} sent, and more wait"


def sweep() -> None:
    """Asks for a worker where something is due that nobody comes for, and drops what is older than 30 days."""
    now = timezone.now()
    waits = OrmQ.objects.filter(key="default", lock__lte=now).exists()
    if not waits and Delivery.objects.filter(state=Pending, next_at__lte=now).exists():
        wake_worker()
    old = Delivery.objects.filter(created_at__lt=now - KEPT).order_by("id").values_list("pk", flat=True)[:200]
    Delivery.objects.filter(pk__in=list(old)).delete()


def _take() -> Delivery | None:
    now = timezone.now()
    due = Delivery.objects.filter(state=Pending, next_at__lte=now, webhook__active=True)
    for row in due.order_by("next_at").select_related("webhook")[:20]:
        mine = Delivery.objects.filter(pk=row.pk, state=Pending, next_at=row.next_at)
        if mine.update(next_at=now + LEASE, attempts=F("attempts") + 1, sent_at=now):
            row.attempts += 1
            return row
    return None


def _send(row: Delivery) -> None:
    try:
        answer = _post(row)
    except outbound.OutboundError as error:
        _note(row, good=False, status=None, answer="", error=error.detail[:300])
    else:
        said = answer.body.decode(errors="replace").replace("\0", "")
        _note(row, good=answer.is_good, status=answer.status, answer=said, error="")


def _post(row: Delivery) -> outbound.Answer:
    body = json.dumps(row.payload, ensure_ascii=False).encode()
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(row.key),
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret_of(row.webhook.key), str(row.key), now, body),
    }
    return outbound.post(row.webhook.url, body, headers=headers, most_bytes=ANSWER_BYTES, whole_s=PATIENCE_S)


def _note(row: Delivery, *, good: bool, status: int | None, answer: str, error: str) -> None:
    now = timezone.now()
    fields = {"status": status, "answer": answer, "error": error}
    if good:
        Delivery.objects.filter(pk=row.pk).update(state=Delivery.State.DONE, **fields)
        Webhook.objects.filter(pk=row.webhook_id).update(failures=0)
        return
    last = row.attempts > len(PAUSES_S)
    state = Delivery.State.FAILED if last else Pending
    due = now if last else now + timedelta(seconds=PAUSES_S[row.attempts - 1])
    Delivery.objects.filter(pk=row.pk).update(state=state, next_at=due, **fields)
    Webhook.objects.filter(pk=row.webhook_id).update(failures=F("failures") + 1)
    worn = Webhook.objects.filter(pk=row.webhook_id, active=True, failures__gte=MOST_FAILURES)
    worn.update(active=False, disabled_at=now)
