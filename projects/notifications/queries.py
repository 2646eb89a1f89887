"""A person's notifications."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from projects import policies
from projects.models import Notification, User


def visible(user: User) -> QuerySet[Notification]:
    """What the person was told, of projects that they still see."""
    return Notification.objects.filter(person=user, project__in=policies.visible_projects(user))


def get_notification(user: User, pk: int) -> Notification:
    found = visible(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def unread(user: User, most: int = 100) -> int:
    """How many are unread; counted no further than `most`."""
    return visible(user).filter(read_at=None).order_by()[:most].count()
