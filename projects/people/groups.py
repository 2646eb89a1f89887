"""Groups of staff, and what each may look at and change in the administration: for administrators alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import User


@transaction.atomic
def save_group(actor: User, group: Group, *, name: str, permissions: Iterable[Permission]) -> Group:
    """A new group, or one that there is. Raises Forbidden, Refusal, Conflict."""
    policies.require_administrator(actor)
    group.name = " ".join(name.split())
    if not group.name:
        raise Refusal(_("A name is needed."), field="name")
    if Group.objects.filter(name=group.name).exclude(pk=group.pk).exists():
        raise Conflict(_("There is a group of this name already."), code="taken", field="name")
    group.save()
    group.permissions.set(permissions)
    codes = sorted(group.permissions.values_list("codename", flat=True))
    audit.record(actor, "group.saved", group, id=group.pk, permissions=codes)
    return group


@transaction.atomic
def delete_group(actor: User, group: Group) -> None:
    """Who was in it stays, with what else they may do. Raises Forbidden."""
    policies.require_administrator(actor)
    audit.record(actor, "group.deleted", group, id=group.pk, people=group.user_set.count())
    group.delete()
