"""Verbs on notifications: the one way to tell people something, take it back, and say what was read or is not
wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from labelhub.live.notify import person_group, wake_on_commit
from projects import policies
from projects.models import Notification, NotificationKind, Project, User
from projects.notifications.queries import visible

log = logging.getLogger(__name__)
AT_ONCE = 200  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Page:
    """Where a notification leads: a page's name, its numbers, and what follows its address."""

    name: str
    args: tuple[int, ...]
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell. key, about, detail, failed: as of projects.models.Notification."""

    kind: NotificationKind
    project: Project
    key: str
    page: Page
    about: str = ""
    detail: str = ""
    failed: bool = False
    count: int = 1

    def fields(self) -> dict[str, Any]:
        return {
            "about": self.about[:200], "detail": self.detail[:200], "failed": self.failed, "page": self.page.name,
            "args": list(self.page.args), "suffix": self.page.suffix, "at": timezone.now(),
        }  # fmt: skip


def notify(people: Iterable[User | None], news: News, *, actor: User | None = None) -> None:
    """Tells those who see the project and want to hear of it, but not whoever did it.

    Written with what was done or not at all. A fault here never fails what was done.
    """
    wanted = {one.pk for one in people if one is not None and one != actor and news.kind not in one.muted}
    if not wanted:
        return
    try:
        with transaction.atomic():
            for pk in sorted(policies.still_members(news.project.pk, wanted)):
                _tell(pk, news, actor)
    except DatabaseError:
        log.exception("nobody is notified of %s in project %s", news.key, news.project.pk)


def _tell(person: int, news: News, actor: User | None) -> None:
    same = {"person_id": person, "project": news.project, "kind": news.kind, "key": news.key}
    open_one = Notification.objects.filter(**same, read_at=None, mailed_at=None)
    if not open_one.update(count=F("count") + news.count, actor=actor, **news.fields()):
        Notification.objects.create(**same, count=news.count, actor=actor, **news.fields())
    wake_on_commit(person_group(person))


@transaction.atomic
def withdraw(project: Project, key: str, *, people: Collection[int] | None = None) -> None:
    """Takes back what was told under this key: to all, or to these."""
    rows = Notification.objects.filter(project=project, key=key)
    if people is not None:
        rows = rows.filter(person__in=people)
    for person in set(rows.values_list("person_id", flat=True)):
        wake_on_commit(person_group(person))
    rows.delete()


def reword(project: Project, key: str, *, detail: str) -> None:
    """What was told under this key is said in other words now."""
    Notification.objects.filter(project=project, key=key).update(detail=detail[:200])


def mark_read(user: User, ids: Collection[int] | None = None) -> None:
    """These, or all that the person has."""
    rows = visible(user).filter(read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    while part := list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        Notification.objects.filter(pk__in=part).update(read_at=timezone.now())
    wake_on_commit(person_group(user.pk))


def choose(user: User, *, kinds: Collection[str], digest: bool) -> None:
    """The kinds that a person wants to hear of, and whether by mail too."""
    user.muted = [kind for kind in NotificationKind.values if kind not in kinds]
    user.digest = digest
    user.save(update_fields=["muted", "digest"])
