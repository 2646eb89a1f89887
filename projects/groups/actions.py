"""Verbs on groups: check, act project by project in short transactions, write the audit row."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.errors import Conflict, Forbidden, Refusal
from projects.groups import memberships
from projects.models import GroupMember, GroupRole, NotificationKind, Project, User, UserGroup
from projects.notifications.actions import News, Page, notify, withdraw
from projects.policies import Action

MOST_PEOPLE = 200  # in one group: a change of its role writes a row for each
LONGEST_NAME = 60


def make_group(actor: User, *, name: str) -> UserGroup:
    """Its maker keeps it, and need not be in it."""
    if not policies.leads_people(actor):
        raise Forbidden(Action.PEOPLE)
    with transaction.atomic():
        group = UserGroup.objects.create(name=_clean_name(name), keeper=actor)
        audit.record(actor, "group.made", group, group=group.pk)
    return group


@transaction.atomic
def change_group(actor: User, group: UserGroup, *, name: str | None = None, keeper: User | None = None) -> UserGroup:
    policies.require_group(actor, group)
    if name is not None:
        group.name = _clean_name(name)
    if keeper is not None:
        group.keeper = keeper
    group.save(update_fields=["name", "keeper"])
    audit.record(actor, "group.changed", group, group=group.pk, keeper=group.keeper_id)
    return group


def delete_group(actor: User, group: UserGroup) -> None:
    """Its people keep what they have by themselves, or by other groups."""
    policies.require_group(actor, group)
    for given in GroupRole.objects.filter(group=group).select_related("project"):
        with transaction.atomic():
            _take_role(given)
    with transaction.atomic():
        audit.record(actor, "group.deleted", group, group=group.pk)
        group.delete()


def add_person(actor: User, group: UserGroup, person: User) -> GroupMember:
    """Into all projects where the group has a role, at once."""
    policies.require_group(actor, group)
    if not policies.within_reach(actor).filter(pk=person.pk).exists():
        raise Refusal(_("Only members of projects where you manage people can be put into a group."), field="user")
    with transaction.atomic():
        _lock(group)
        if GroupMember.objects.filter(group=group).exclude(user=person).count() >= MOST_PEOPLE:
            raise Refusal(_("A group has at most %(n)d people.") % {"n": MOST_PEOPLE}, field="user")
        member, is_new = GroupMember.objects.get_or_create(group=group, user=person)
        if is_new:
            for given in _settle_everywhere(group, person):
                _tell(actor, given.project, group, [person])
            audit.record(actor, "group.person_added", person, group=group.pk, name=group.name)
    return member


def remove_person(actor: User, group: UserGroup, person: User) -> None:
    """Out of all that the group gave, at once; everybody may leave."""
    if actor != person:
        policies.require_group(actor, group)
    with transaction.atomic():
        _lock(group)
        if not GroupMember.objects.filter(group=group, user=person).delete()[0]:
            raise Refusal(_("This person is not in the group."), field="user")
        for given in _settle_everywhere(group, person):
            withdraw(given.project, f"group-{group.pk}", people=[person.pk])
        audit.record(actor, "group.person_removed", person, group=group.pk, name=group.name)


def set_group_role(actor: User, project: Project, group: UserGroup, role: str) -> GroupRole:
    """Takes the group into the project with a role, or gives it another one."""
    check_role(role)
    policies.require_people(actor, project, role)
    with transaction.atomic():
        _lock(group)
        memberships.lock(project)
        given, is_new = GroupRole.objects.update_or_create(project=project, group=group, defaults={"role": role})
        memberships.settle(project, _people(group))
        verb = "project.group_added" if is_new else "project.group_role"
        audit.record(actor, verb, group, project=project, group=group.pk, role=role)
        if is_new:
            _tell(actor, project, group, User.objects.filter(pk__in=_people(group)))
    return given


@transaction.atomic
def remove_group(actor: User, project: Project, given: GroupRole) -> None:
    policies.require_people(actor, project, given.role)
    _take_role(given)
    audit.record(actor, "project.group_removed", given.group, project=project, group=given.group_id)


def check_role(role: str) -> None:
    if role not in dict(GroupRole.CHOICES):
        raise Refusal(_("A group cannot have the role “%(role)s”.") % {"role": role}, field="role")


def unknown_group() -> Refusal:
    """What somebody reads who names a group that they neither keep nor are in."""
    return Refusal(_("There is no such group for you."), code="no_group", field="group")


def check_leaves(project: Project, person: User) -> None:
    """Raises Conflict where groups would keep the person in the project."""
    if names := sorted({name for name, _user, _role in memberships.roles_by_groups(project, [person.pk])}):
        words = _(
            "%(person)s is here by a group: %(groups)s. Take the person out of it, or the group out of the project."
        )
        raise Conflict(words % {"person": person, "groups": ", ".join(names)}, code="by_group")


def _take_role(given: GroupRole) -> None:
    _lock(given.group)
    memberships.lock(given.project)
    people = _people(given.group)
    given.delete()
    memberships.settle(given.project, people)


def _settle_everywhere(group: UserGroup, person: User) -> list[GroupRole]:
    """What the group has, project by project."""
    found = list(GroupRole.objects.filter(group=group).select_related("project").order_by("project"))
    for given in found:
        memberships.lock(given.project)
        memberships.settle(given.project, [person.pk])
    return found


def _tell(actor: User, project: Project, group: UserGroup, people: Iterable[User]) -> None:
    """Those to whom the project is there by the group; who was a member anyway hears of it, too."""
    page = Page("project", (project.pk,))
    notify(people, News(NotificationKind.GROUP, project, f"group-{group.pk}", page, group.name), actor=actor)


def _lock(group: UserGroup) -> None:
    """Who is in it, and where it counts, changes one after another."""
    UserGroup.objects.select_for_update().only("pk").get(pk=group.pk)


def _people(group: UserGroup) -> list[int]:
    return list(GroupMember.objects.filter(group=group).values_list("user", flat=True))


def _clean_name(value: str) -> str:
    value = " ".join(value.split())
    if not 0 < len(value) <= LONGEST_NAME:
        raise Refusal(_("A group's name has 1 to %(n)d characters.") % {"n": LONGEST_NAME}, field="name")
    return value
