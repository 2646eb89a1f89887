"""What pages and API show of groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from projects import policies
from projects.groups.memberships import roles_by_groups
from projects.models import GroupMember, GroupRole, Project, Role, User, UserGroup
from projects.web.resource import count_of


def groups_of(user: User) -> QuerySet[UserGroup]:
    """With how many people each has, and in how many projects it counts."""
    rows = policies.visible_groups(user).select_related("keeper")
    return rows.annotate(
        size=count_of(GroupMember.objects.all(), "group"),
        used=count_of(GroupRole.objects.filter(project__deleted_at=None), "group"),
    )


def addable(user: User, group: UserGroup) -> QuerySet[User]:
    people = policies.within_reach(user).exclude(pk__in=group.memberships.values("user"))
    return people.order_by("name", "email")


def roles_seen(user: User, group: UserGroup) -> QuerySet[GroupRole]:
    """Where it counts, of the projects that the reader sees."""
    seen = policies.visible_projects(user)
    return group.roles.filter(project__in=seen).select_related("project").order_by("project__name")


def roles_in(project: Project) -> QuerySet[GroupRole]:
    rows = GroupRole.objects.filter(project=project).select_related("group", "group__keeper")
    return rows.annotate(size=count_of(GroupMember.objects.all(), "group", "group_id")).order_by("group__name", "pk")


def words_by_person(project: Project, people: Iterable[int]) -> dict[int, list[str]]:
    """What each person has by groups, as "team A: Reviewer"."""
    found = defaultdict[int, list[str]](list)
    for name, user, role in roles_by_groups(project, people):
        found[user].append(f"{name}: {Role(role).label}")
    return dict(found)
