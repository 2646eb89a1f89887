"""Switching an account off and on: nobody comes in by it any more, and what the person did stays theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from projects import audit, policies
from projects.errors import Conflict
from projects.models import Invitation, Membership, Project, Role, User
from projects.people import sessions

# Gives back what a person has in hand: (actor, person). The apps above bring theirs as they start.
leaving: list[Callable[[User | None, User], None]] = []


def deactivate(actor: User, person: User) -> Sequence[Project]:
    """Ends the person's sessions, live pages, tokens and open links at once, and gives back what they were to do.

    Nothing hinders it but check(): returns the projects that are left without an active owner, where an administrator
    makes somebody owner. Raises as check() does.
    """
    check(actor, person)
    with transaction.atomic():
        person.is_active = False
        person.save(update_fields=["is_active"])
        AuthToken.objects.filter(user=person).delete()
        Invitation.objects.filter(created_by=person, used_at=None).delete()
        for give_back in leaving:
            give_back(actor, person)
        left = _without_owner(person)
        audit.record(actor, "user.deactivated", person.email, without_owner=[project.pk for project in left])
        sessions.end_all(person)
    return left


def reactivate(actor: User, person: User) -> None:
    """They sign in as before, with the roles they had; tokens and jobs do not come back."""
    policies.require_account(actor, person)
    with transaction.atomic():
        person.is_active = True
        person.save(update_fields=["is_active"])
        audit.record(actor, "user.reactivated", person.email)


def check(actor: User, person: User) -> None:
    """Raises Forbidden, or Conflict where nobody would be left to switch it on again."""
    policies.require_account(actor, person)
    if actor == person:
        raise Conflict(_("Your own account is another administrator's to deactivate."), code="own_account")
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        raise Conflict(_("This is the only active administrator."), code="last_administrator")


def _without_owner(person: User) -> list[Project]:
    owners = Membership.objects.filter(role=Role.OWNER)
    mine = Project.objects.filter(pk__in=owners.filter(user=person).values("project"), deleted_at=None)
    return list(mine.exclude(pk__in=owners.filter(user__is_active=True).values("project")).order_by("name"))
