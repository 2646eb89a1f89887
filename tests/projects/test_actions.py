"""Projects, members and invitations."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from projects import actions as projects_actions
from projects import policies
from projects.bin import actions as bin_actions
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, Invitation, Project, Role, User
from projects.people import actions as people_actions
from projects.people import invitations
from tests import factories

pytestmark = pytest.mark.django_db
GOOD = {"email": "new@example.org", "name": "New", "password": "long-enough-words"}


def test_a_new_project_has_an_owner_a_dataset_and_an_audit_row() -> None:
    user = factories.make_user()
    project = projects_actions.create_project(user, name="  Cats   and dogs ")
    assert (project.name, policies.role_of(user, project), project.datasets.count()) == ("Cats and dogs", "owner", 1)
    assert AuditEntry.objects.get().verb == "project.created"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_project_needs_a_name(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        projects_actions.create_project(factories.make_user(), name=name)
    assert refusal.value.field == "name"


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_only_owners_manage(project: Project, role: str) -> None:
    user = factories.make_member(project, role)
    for act in (
        lambda: projects_actions.update_project(user, project, name="x"),
        lambda: bin_actions.delete_project(user, project),
        lambda: invitations.invite(user, project, role=Role.VIEWER),
        lambda: projects_actions.set_role(user, project, user, Role.OWNER),
        lambda: projects_actions.remove_member(user, project, project.created_by),
        lambda: bin_actions.delete_image(user, factories.make_image(project)),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_stranger_learns_nothing(project: Project) -> None:
    stranger = factories.make_user()
    with pytest.raises(Http404):
        policies.get_project(stranger, project.pk)
    with pytest.raises(Http404):
        projects_actions.update_project(stranger, project, name="x")
    with pytest.raises(Http404):
        policies.get_image(stranger, factories.make_image(project).pk)
    assert not policies.visible_projects(stranger).exists()


def test_an_invitation_works_once_and_keeps_no_token(project: Project) -> None:
    invitation, token = invitations.invite(project.created_by, project, role=Role.REVIEWER)
    assert token not in str(invitation.__dict__)
    person = people_actions.accept_invitation(token, **GOOD)
    assert policies.role_of(person, project) == Role.REVIEWER
    assert person.check_password(GOOD["password"])
    with pytest.raises(Refusal) as refusal:
        people_actions.accept_invitation(token, user=factories.make_user())
    assert refusal.value.code == "dead_link"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"password": "short"}, "invalid", "password"),
        ({"password": "1234567890"}, "invalid", "password"),
        ({"email": "nobody"}, "invalid", "email"),
        ({"email": "TAKEN@example.org"}, "account_exists", "email"),
    ],
)
def test_an_account_that_cannot_be(project: Project, fields: dict[str, str], code: str, field: str) -> None:
    factories.make_user("taken@example.org")
    _invitation, token = invitations.invite(project.created_by, project, role=Role.VIEWER)
    with pytest.raises(Refusal) as refusal:
        people_actions.accept_invitation(token, **(GOOD | fields))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert Invitation.objects.usable().count() == 1


def test_an_old_or_foreign_link_is_dead(project: Project) -> None:
    invitation, token = invitations.invite(project.created_by, project, role=Role.VIEWER, email="a@example.org")
    with pytest.raises(Refusal) as refusal:
        people_actions.accept_invitation(token, user=factories.make_user("b@example.org"))
    assert refusal.value.code == "other_address"
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refusal):
        people_actions.accept_invitation(token, user=factories.make_user("a@example.org"))


def test_the_first_administrator_is_made_once() -> None:
    _first, token = Invitation.issue(role=Role.OWNER)
    _second, other = Invitation.issue(role=Role.OWNER)
    person = people_actions.create_first_administrator(token, **GOOD)
    assert (person.is_superuser, person.is_staff) == (True, True)
    with pytest.raises(Refusal):
        people_actions.create_first_administrator(other, **(GOOD | {"email": "b@example.org"}))
    assert User.objects.count() == 1


def test_a_project_link_makes_no_administrator(project: Project) -> None:
    _invitation, token = invitations.invite(project.created_by, project, role=Role.OWNER)
    with pytest.raises(Refusal):
        people_actions.create_first_administrator(token, **GOOD)


def test_the_last_owner_stays(project: Project) -> None:
    owner = project.created_by
    with pytest.raises(Conflict):
        projects_actions.set_role(owner, project, owner, Role.VIEWER)
    with pytest.raises(Conflict):
        projects_actions.remove_member(owner, project, owner)
    second = factories.make_member(project, Role.OWNER)
    projects_actions.remove_member(owner, project, owner)
    assert policies.role_of(second, project) == Role.OWNER
    assert policies.role_of(owner, project) is None
