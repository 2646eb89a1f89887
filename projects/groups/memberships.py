"""What a person's role in a project comes of: the one writer of it. All lists and rights read Membership.role alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from labelhub.live.notify import project_group, wake_on_commit
from projects import policies
from projects.models import GroupRole, Membership, Project


def lock(project: Project) -> None:
    """One change of a project's people at a time: each is counted with what the one before it wrote."""
    Project.objects.select_for_update().only("pk").get(pk=project.pk)


def give(project: Project, user_id: int, role: str) -> Membership:
    """Sets the person's own role, "" for none; who then has none at all is no member any more. In a transaction."""
    lock(project)
    Membership.objects.get_or_create(project=project, user_id=user_id, defaults={"role": role, "own_role": role})
    Membership.objects.filter(project=project, user=user_id).update(own_role=role)
    return settle(project, [user_id]).get(user_id) or Membership(project=project, user_id=user_id, role="")


def settle(project: Project, people: Collection[int]) -> dict[int, Membership]:
    """Makes each person's role the strongest of their own and their groups'; the members among them. In a transaction
    that holds the project's lock. Whoever is a member no more hears nothing more on open pages.
    """
    given = defaultdict[int, list[str]](list)
    for _group, user, by_group in roles_by_groups(project, people):
        given[user].append(by_group)
    rows = {row.user_id: row for row in Membership.objects.filter(project=project, user__in=people)}
    kept, new, gone = list[Membership](), list[Membership](), list[int]()
    for user in people:
        row = rows.get(user) or Membership(project=project, user_id=user, role="", own_role="")
        own = row.own
        if role := policies.strongest([own, *given[user]]):
            row.role, row.own_role = role, None if role == own else own
            (kept if row.pk else new).append(row)
        else:
            gone.append(user)
    Membership.objects.bulk_update(kept, ["role", "own_role"])
    Membership.objects.bulk_create(new)
    Membership.objects.filter(project=project, user__in=gone).delete()
    wake_on_commit(project_group(project.pk))
    return {row.user_id: row for row in [*kept, *new]}


def roles_by_groups(project: Project, people: Iterable[int]) -> list[tuple[str, int, str]]:
    """(name of the group, user, role) for each that a group gives."""
    rows = GroupRole.objects.filter(project=project, group__memberships__user__in=list(people))
    return list(rows.values_list("group__name", "group__memberships__user", "role").order_by("group__name", "pk"))
