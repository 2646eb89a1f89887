"""The daily mail: what a person has not read, once; and what is old goes.

A row is in one mail at most: it is marked before the mail is sent, and unmarked only where it was not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django_q.models import OrmQ
from django_q.tasks import async_task

from projects import mail
from projects.mail import Letter
from projects.models import Notification, User
from projects.notifications.queries import visible
from projects.notifications.words import address, sentence

JOB = "projects.notifications.digest.send_digests"
KEPT = timedelta(days=90)
FRESH = timedelta(days=7)  # older news is in no mail: the mail was switched on later
PAUSE = timedelta(minutes=30)  # after a mail that could not be sent
MOST = 50  # lines of one mail, which says how many more there are
MOST_ROWS = 200  # that one mail speaks of
PEOPLE_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One notification, as the mail says it."""

    project: str
    text: str
    detail: str
    url: str


def sweep() -> None:
    """Asks for a worker where a mail is due, and drops what is old. Called now and then by the supervisor."""
    now = timezone.now()
    if mail.is_set() and not _waits(now) and due(now).exists():
        async_task(JOB, task_name="digests")
    old = Notification.objects.filter(at__lt=now - KEPT).order_by().values_list("pk", flat=True)[:200]
    Notification.objects.filter(pk__in=list(old)).delete()


def _waits(now: datetime) -> bool:
    return bool(OrmQ.objects.filter(key="default", lock__lte=now).exists())


def last_hour(now: datetime) -> datetime:
    """The moment of today's mails, or yesterday's where it has not come."""
    local = timezone.localtime(now)
    moment = local.replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return moment if moment <= local else moment - timedelta(days=1)


def due(now: datetime) -> QuerySet[User]:
    """Who gets a mail now."""
    people = User.objects.filter(Q(digest_after=None) | Q(digest_after__lte=now), digest=True, is_active=True)
    return people.filter(pk__in=_due_rows(now).order_by().values("person"))


def _due_rows(now: datetime) -> QuerySet[Notification]:
    until = last_hour(now)
    return Notification.objects.filter(read_at=None, mailed_at=None, at__lt=until, at__gte=until - FRESH)


def send_digests() -> str:
    """The worker's part. Any number of workers may do so at once."""
    now, sent = timezone.now(), 0
    for person in list(due(now).order_by("pk")[:PEOPLE_AT_ONCE]):
        sent += _send(person, now)
    return f"{sent} sent"


def _send(person: User, now: datetime) -> int:
    taken = _take(person, now)
    rows = list(visible(person).filter(pk__in=taken).select_related("actor", "project"))
    if not rows:
        return 0
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        lines = [Line(str(row.project), sentence(row), row.detail, mail.absolute(address(row))) for row in rows[:MOST]]
    context = {
        "name": person, "lines": lines, "count": len(rows), "more": len(rows) - len(lines),
        "settings": mail.absolute(reverse("notification-settings")),
    }  # fmt: skip
    if not mail.send([Letter(person.email, "digest", language, context)]):
        return 1
    Notification.objects.filter(pk__in=taken).update(mailed_at=None)
    User.objects.filter(pk=person.pk).update(digest_after=now + PAUSE)
    return 0


@transaction.atomic
def _take(person: User, now: datetime) -> list[int]:
    """Marks what is due as mailed, what the person no longer sees too, and returns it; a second worker finds
    nothing.
    """
    User.objects.select_for_update().get(pk=person.pk)
    rows = _due_rows(now).filter(person=person).order_by("-at", "-id")
    taken = list(rows.values_list("pk", flat=True)[:MOST_ROWS])
    Notification.objects.filter(pk__in=taken).update(mailed_at=now)
    return taken
