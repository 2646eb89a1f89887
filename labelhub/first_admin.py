"""The one-time link of the first administrator."""

from __future__ import annotations

from django.apps import apps
from django.utils import timezone


def fresh_token() -> str | None:
    """A new link's token while there is no user; links of earlier calls work no longer. None once somebody is there."""
    if apps.get_model("projects", "User").objects.exists():
        return None
    invitations = apps.get_model("projects", "Invitation")
    invitations.objects.filter(project=None, used_at=None).update(expires_at=timezone.now())
    _invitation, token = invitations.issue(project=None, role="owner")
    return str(token)
