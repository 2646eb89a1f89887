"""Groups of staff and other people's tokens: administrators' alone, by actions that leave a row in the audit log."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from knox.models import AuthToken

from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry
from projects.people import actions, groups, tokens
from tests import factories


@pytest.fixture
def staff(db):
    """May change people and groups as far as Django is asked."""
    person = factories.make_user(is_staff=True)
    codes = ("change_user", "view_user", "add_group", "change_group", "delete_group", "view_group", "delete_authtoken")
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return person


def form(*codes, name="Support"):
    return {"name": name, "permissions": [Permission.objects.get(codename=code).pk for code in codes]}


def test_an_administrator_makes_changes_and_deletes_a_group(console, administrator):
    assert (
        console.post(reverse("admin:auth_group_add"), form("view_project", name=" Support  team ")).status_code == 302
    )
    group = Group.objects.get(name="Support team")
    address = reverse("admin:auth_group_change", args=[group.pk])
    assert console.post(address, form("view_project", "view_image", name="Support team")).status_code == 302
    assert set(group.permissions.values_list("codename", flat=True)) == {"view_project", "view_image"}
    console.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    assert not Group.objects.exists()
    rows = AuditEntry.objects.filter(actor=administrator, verb__startswith="group.")
    assert list(rows.order_by("pk").values_list("verb", flat=True)) == ["group.saved", "group.saved", "group.deleted"]


@pytest.mark.parametrize(("name", "error"), [("  ", Refusal), ("Taken", Conflict)])
def test_a_group_needs_a_name_of_its_own(name, error, administrator):
    Group.objects.create(name="Taken")
    with pytest.raises(error):
        groups.save_group(administrator, Group(), name=name, permissions=[])


def test_staff_give_nobody_more_than_they_have(staff, client):
    group = Group.objects.create(name="Support")
    for act in (
        lambda: groups.save_group(staff, group, name="x", permissions=[]),
        lambda: groups.delete_group(staff, group),
        lambda: actions.change_person(staff, factories.make_user(), groups=[group]),
    ):
        with pytest.raises(Forbidden):
            act()
    client.force_login(staff)
    assert client.post(reverse("admin:auth_group_change", args=[group.pk]), form(name="x")).status_code == 403
    person = factories.make_user()
    body = {
        "email": person.email,
        "name": "New",
        "language": "",
        "is_active": "on",
        "is_superuser": "on",
        "groups": [group.pk],
    }
    assert client.post(reverse("admin:projects_user_change", args=[person.pk]), body).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.is_superuser, person.groups.count()) == ("New", False, 0)


def test_a_person_gets_groups(console, administrator):
    person, group = factories.make_user(), Group.objects.create(name="Support")
    body = {"email": person.email, "name": person.name, "language": "", "is_active": "on", "groups": [group.pk]}
    assert console.post(reverse("admin:projects_user_change", args=[person.pk]), body).status_code == 302
    assert list(person.groups.all()) == [group]
    assert AuditEntry.objects.get(verb="user.changed").data == {"fields": ["groups"]}


def test_a_token_is_ended_by_who_may_switch_the_account_off(console, administrator, staff):
    token, _text = tokens.create(factories.make_user(), name="CI")
    with pytest.raises(Forbidden):
        tokens.take_away(factories.make_user(), token)
    other, _text = tokens.create(administrator, name="CI")
    with pytest.raises(Forbidden):
        tokens.take_away(staff, other)
    console.post(reverse("admin:knox_authtoken_delete", args=[token.pk]), {"post": "yes"})
    assert list(AuthToken.objects.all()) == [other]
    assert AuditEntry.objects.get(verb="token.revoked").actor == administrator
