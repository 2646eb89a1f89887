"""Groups of people: who may what by them, at once, whatever comes in which order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from projects import actions as project_actions
from projects import policies
from projects.errors import Conflict, Forbidden, Refusal
from projects.groups import actions, queries
from projects.models import (
    AuditEntry,
    GroupRole,
    Invitation,
    Membership,
    Notification,
    Project,
    Role,
    User,
    UserGroup,
)
from projects.notifications.words import sentence
from projects.people.actions import accept_invitation
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(project: Project) -> User:
    assert project.created_by is not None
    return project.created_by


@pytest.fixture
def ada(project: Project) -> User:
    return factories.make_member(project, "annotator")


@pytest.fixture
def group(lead: User, ada: User) -> UserGroup:
    made = actions.make_group(lead, name=" Night  shift ")
    actions.add_person(lead, made, ada)
    return made


@pytest.mark.parametrize(
    ("roles", "strongest"),
    [
        ([], None),
        (["", ""], None),
        (["viewer", "annotator"], "annotator"),
        (["reviewer", "", "annotator"], "reviewer"),
        (["manager", "owner"], "owner"),
        (["manager", "reviewer"], "manager"),
    ],
)
def test_the_strongest_role_counts(roles: list[str], strongest: str | None) -> None:
    assert policies.strongest(roles) == strongest


@pytest.mark.parametrize(
    ("own", "by_group", "role"),
    [
        ("annotator", "reviewer", "reviewer"),
        ("reviewer", "annotator", "reviewer"),
        ("", "viewer", "viewer"),
        ("owner", "manager", "owner"),
    ],
)
def test_a_person_has_the_stronger_of_own_and_groups(own: str, by_group: str, role: str, lead: User) -> None:
    other = factories.make_project(lead)
    ada = factories.make_member(other, own) if own else factories.make_member(factories.make_project(lead), "viewer")
    group = actions.make_group(lead, name="Night shift")
    given = actions.set_group_role(lead, other, group, by_group)
    actions.add_person(lead, group, ada)
    member = Membership.objects.get(project=other, user=ada)
    assert (member.role, member.own) == (role, own)
    assert policies.get_project(ada, other.pk) == other
    actions.remove_group(lead, other, given)
    assert list(Membership.objects.filter(project=other, user=ada).values_list("role", flat=True)) == [own] * bool(own)


def test_who_leaves_a_group_loses_its_rights_at_once(group: UserGroup, lead: User, ada: User) -> None:
    other = factories.make_project(lead)
    actions.set_group_role(lead, other, group, "reviewer")
    client = Client()
    client.force_login(ada)
    address = reverse("api-project", args=[other.pk])
    assert client.get(address).json()["role"] == "reviewer"
    actions.remove_person(ada, group, ada)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("seed", range(4))
def test_any_history_leaves_what_counting_anew_gives(seed: int, lead: User) -> None:
    rng = random.Random(seed)
    projects = [factories.make_project(lead) for _ in range(3)]
    people = [factories.make_member(projects[0], "viewer") for _ in range(4)]
    groups = [actions.make_group(lead, name=f"g{n}") for n in range(3)]
    own = {(projects[0].pk, person.pk): "viewer" for person in people}
    inside: set[tuple[int, int]] = set()
    given: dict[tuple[int, int], str] = {}
    roles = [role for role in Role.values if role != "owner"]
    for _ in range(60):
        project, person, group = rng.choice(projects), rng.choice(people), rng.choice(groups)
        place, seat = (project.pk, person.pk), (group.pk, person.pk)
        match rng.choice(("own", "out", "in group", "out of group", "group role", "group out")):
            case "own":
                own[place] = rng.choice(roles)
                project_actions.add_member(lead, project, person, own[place])
            case "out" if place in own and not any(
                (g, p) in inside for g, pr in given for p in [person.pk] if pr == project.pk
            ):
                project_actions.remove_member(lead, project, person)
                del own[place]
            case "in group" if policies.within_reach(lead).filter(pk=person.pk).exists():
                actions.add_person(lead, group, person)
                inside.add(seat)
            case "out of group" if seat in inside:
                actions.remove_person(lead, group, person)
                inside.remove(seat)
            case "group role":
                given[group.pk, project.pk] = rng.choice(roles)
                actions.set_group_role(lead, project, group, given[group.pk, project.pk])
            case "group out" if (group.pk, project.pk) in given:
                row = GroupRole.objects.select_related("project", "group").get(project=project, group=group)
                actions.remove_group(lead, project, row)
                del given[group.pk, project.pk]
        expected = {
            (one.pk, who.pk): role
            for one in projects
            for who in people
            if (
                role := policies.strongest(
                    [own.get((one.pk, who.pk), "")]
                    + [r for (g, p), r in given.items() if p == one.pk and (g, who.pk) in inside]
                )
            )
        }
        found = Membership.objects.filter(user__in=people).values_list("project", "user", "role")
        assert {(p, u): role for p, u, role in found} == expected


def test_deleting_a_group_leaves_people_what_they_have_themselves(
    group: UserGroup, lead: User, ada: User, project: Project
) -> None:
    other = factories.make_project(lead)
    for place in (project, other):
        actions.set_group_role(lead, place, group, "manager")
    actions.delete_group(lead, group)
    assert list(Membership.objects.filter(user=ada).values_list("project", "role")) == [(project.pk, "annotator")]
    assert AuditEntry.objects.filter(verb="group.deleted").exists()


def test_nobody_is_put_out_whom_a_group_keeps(group: UserGroup, lead: User, ada: User, project: Project) -> None:
    actions.set_group_role(lead, project, group, "viewer")
    with pytest.raises(Conflict, match="Night shift"):
        project_actions.remove_member(lead, project, ada)


def test_an_invitation_gives_who_is_here_by_a_group_a_role_of_their_own(
    group: UserGroup, lead: User, ada: User
) -> None:
    other = factories.make_project(lead)
    actions.set_group_role(lead, other, group, "viewer")
    _row, token = Invitation.issue(project=other, role="reviewer")
    accept_invitation(token, user=ada)
    member = Membership.objects.get(project=other, user=ada)
    assert (member.role, member.own) == ("reviewer", "reviewer")


def test_the_last_owner_is_a_person(group: UserGroup, lead: User, project: Project) -> None:
    with pytest.raises(Refusal, match="cannot have the role"):
        actions.set_group_role(lead, project, group, "owner")
    with pytest.raises(Conflict, match="needs an owner"):
        project_actions.set_role(lead, project, lead, "manager")


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_who_manages_nobody_makes_no_group(role: str, project: Project) -> None:
    person = factories.make_member(project, role)
    with pytest.raises(Forbidden):
        actions.make_group(person, name="Mine")


def test_only_the_keeper_changes_it(group: UserGroup, lead: User, ada: User, project: Project) -> None:
    boss = factories.make_member(project, "manager")
    for act in (
        lambda: actions.add_person(boss, group, boss),
        lambda: actions.remove_person(boss, group, ada),
        lambda: actions.change_group(ada, group, name="Ours"),
        lambda: actions.delete_group(ada, group),
    ):
        with pytest.raises(Forbidden):
            act()
    root = factories.make_user(is_superuser=True)
    assert actions.change_group(root, group, keeper=boss).keeper == boss
    actions.add_person(boss, group, boss)


def test_strangers_are_put_into_no_group(group: UserGroup, lead: User) -> None:
    stranger = factories.make_member(factories.make_project(), "viewer")
    with pytest.raises(Refusal, match="where you manage people"):
        actions.add_person(lead, group, stranger)
    assert stranger not in queries.addable(lead, group)


def test_the_api_from_a_group_to_its_rights_and_back(lead: User, ada: User, project: Project) -> None:
    client, hers = Client(), Client()
    client.force_login(lead)
    hers.force_login(ada)

    def send(method: str, route: str, /, *place: int, **body: Any) -> Any:
        return getattr(client, method)(reverse(route, args=place), body, content_type="application/json")

    other = factories.make_project(lead)
    pk = send("post", "api-groups", name="Night shift").json()["id"]
    assert send("post", "api-group-members", pk, user=ada.pk).status_code == 201
    assert send("post", "api-project-groups", other.pk, group=pk, role="annotator").status_code == 201
    assert send("get", "api-group", pk).json() | {"created_at": ""} == {
        "id": pk, "name": "Night shift", "people": 1, "projects": 1, "created_at": "",
        "keeper": {"id": lead.pk, "email": lead.email, "name": lead.name},
    }  # fmt: skip
    members = send("get", "api-members", other.pk).json()["results"]
    assert {row["user"]["id"]: (row["role"], row["own_role"]) for row in members} == {
        lead.pk: ("owner", "owner"), ada.pk: ("annotator", ""),
    }  # fmt: skip
    assert hers.get(reverse("api-groups")).json()["results"][0]["name"] == "Night shift"
    assert hers.post(reverse("api-group-members", args=[pk]), {"user": lead.pk}).status_code == 403
    assert send("patch", "api-project-group", other.pk, pk, role="viewer").json()["role"] == "viewer"
    assert send("delete", "api-group-member", pk, ada.pk).status_code == 204
    assert hers.get(reverse("api-project", args=[other.pk])).status_code == 404
    assert send("post", "api-project-groups", project.pk, group=10**9, role="viewer").status_code == 400
    assert send("post", "api-group-members", pk, user=10**9).status_code == 400
    assert send("delete", "api-group", pk).status_code == 204


def test_pages_from_a_group_to_its_rights_and_back(lead: User, ada: User, project: Project) -> None:
    client = Client()
    client.force_login(lead)
    page = client.post(reverse("groups"), {"name": "Night shift"}, follow=True)
    pk = UserGroup.objects.get().pk
    assert ada.email in page.content.decode()
    change = reverse("group-change", args=[pk])
    client.post(change, {"do": "add", "user": ada.pk})
    client.post(reverse("project-group-new", args=[project.pk]), {"group": pk, "role": "reviewer"})
    shown = client.get(reverse("project-settings", args=[project.pk])).content.decode()
    assert "Night shift: Reviewer" in shown
    assert Membership.objects.get(user=ada).role == "reviewer"
    client.post(reverse("project-group", args=[project.pk, pk]), {"do": "remove"})
    assert Membership.objects.get(user=ada).role == "annotator"
    client.post(change, {"do": "rename", "name": "Day shift"})
    assert UserGroup.objects.get().name == "Day shift"
    assert client.post(change, {"do": "add", "user": "x"}, follow=True).status_code == 200
    assert client.post(change, {"do": "delete"}).url == reverse("groups")
    assert not UserGroup.objects.exists()


def test_lists_ask_as_often_for_many_as_for_one(
    lead: User, project: Project, django_assert_max_num_queries: Any
) -> None:
    client = Client()
    client.force_login(lead)
    for n in range(6):
        group = actions.make_group(lead, name=f"group {n}")
        for _ in range(3):
            actions.add_person(lead, group, factories.make_member(project, "viewer"))
        actions.set_group_role(lead, project, group, "annotator")
    client.get(reverse("groups"))
    for name, most in (("groups", 8), ("api-groups", 6)):
        with django_assert_max_num_queries(most):
            assert b"group 5" in client.get(reverse(name)).content
    with django_assert_max_num_queries(10):
        client.get(reverse("group", args=[group.pk]))


def news_of(person: User) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(person=person, kind="group").select_related("actor", "project")
    return [(row.project.name, sentence(row)) for row in rows.order_by("id")]


def test_people_of_a_group_hear_of_the_project_that_takes_it_in(group: UserGroup, lead: User, ada: User) -> None:
    other, deaf = factories.make_project(lead), factories.make_member(factories.make_project(lead), "viewer")
    actions.add_person(lead, group, deaf)
    User.objects.filter(pk=deaf.pk).update(muted=["group"])
    given = actions.set_group_role(lead, other, group, "reviewer")
    said = [(other.name, f"{lead} brought you in by the group “Night shift”")]
    assert (news_of(ada), news_of(deaf), news_of(lead)) == (said, [], [])
    actions.set_group_role(lead, other, group, "viewer")  # another role is no news
    assert news_of(ada) == said
    page = Client()
    page.force_login(ada)
    assert said[0][1] in page.get(reverse("notifications")).content.decode()
    actions.remove_group(lead, other, given)
    assert said[0][1] not in page.get(reverse("notifications")).content.decode()


def test_who_comes_into_a_group_hears_of_each_of_its_projects(group: UserGroup, lead: User) -> None:
    first, second = factories.make_project(lead), factories.make_project(lead)
    for project in (first, second):
        actions.set_group_role(lead, project, group, "annotator")
    bo = factories.make_member(factories.make_project(lead), "viewer")
    actions.add_person(lead, group, bo)
    assert {name for name, _words in news_of(bo)} == {first.name, second.name}
    actions.add_person(lead, group, bo)
    assert len(news_of(bo)) == 2
    actions.remove_person(lead, group, bo)
    assert news_of(bo) == []
