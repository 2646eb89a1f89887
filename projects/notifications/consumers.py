"""How many unread notifications a person has, told to their open pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404

from labelhub.live.feed import Feed, Message, Rows
from labelhub.live.follower import Follower
from labelhub.live.notify import person_group
from projects.models import User
from projects.notifications.queries import unread


class NotificationFeed(Feed):
    """{"unread": n} at the start and whenever it is another."""

    # What a web process writes wakes it at once; what a worker writes without Redis may take this long.
    poll_s: ClassVar[float] = 10.0

    @staticmethod
    def admit(user: Any, pk: int) -> None:
        if not user.is_authenticated or user.pk != pk:
            raise Http404

    @property
    def group(self) -> str:
        return person_group(self.pk)

    def start(self) -> None:
        self.count = self._count()

    def look(self) -> Rows:
        before, self.count = self.count, self._count()
        return [] if self.count == before else [{"unread": self.count}]

    def missed(self, since: int | None) -> Rows:
        return [{"unread": self.count}]

    def reported(self, rows: Rows) -> list[Message]:
        return rows

    def still_allowed(self, users: set[int]) -> set[int]:
        return set(User.objects.filter(pk__in=users, is_active=True).values_list("pk", flat=True))

    def _count(self) -> int:
        person = User.objects.filter(pk=self.pk, is_active=True).first()
        if person is None:
            raise Http404
        return unread(person)


class NotificationConsumer(Follower):
    """/ws/people/<id>/notifications/"""

    feed = NotificationFeed
