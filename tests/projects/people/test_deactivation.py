"""An account that is switched off: nobody comes in, what they did stays, what they had in hand goes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from annotations.models import BoxHistory, WorkImage, WorkJob
from annotations.work import actions as work
from annotations.work import turns
from annotations.work.actions import JobRequest
from projects.errors import Conflict, Forbidden
from projects.models import AuditEntry, Invitation, Project, Role, User
from projects.people import deactivation, tokens
from tests import factories

pytestmark = pytest.mark.django_db
State = WorkImage.State


@pytest.fixture
def boss() -> User:
    return factories.make_user("boss@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def ada(project: Project) -> User:
    return factories.make_member(project, Role.ANNOTATOR, name="Ada")


def test_nobody_comes_in_and_the_work_stays(project: Project, ada: User, boss: User) -> None:
    client = Client()
    client.force_login(ada)
    _row, token = tokens.create(ada)
    _invitation, link = Invitation.issue(project=project, role="viewer", created_by=ada)
    box = factories.make_box(factories.make_image(project), factories.make_class(project), author=ada)
    assert deactivation.deactivate(boss, ada) == []
    assert client.get(reverse("account")).status_code == 302
    api = {"headers": {"authorization": f"Token {token}"}}
    assert Client().get(reverse("api-projects"), **api).status_code == 401
    assert Client().get(reverse("invite", args=[link])).status_code == 404
    box.refresh_from_db()
    assert str(box.author) == "Ada (deactivated)"
    assert AuditEntry.objects.filter(verb="user.deactivated", actor=boss).exists()
    deactivation.reactivate(boss, ada)
    assert str(User.objects.get(pk=ada.pk)) == "Ada"
    assert client.get(reverse("account")).status_code == 302  # old sessions and tokens stay dead
    assert Client().get(reverse("api-projects"), **api).status_code == 401
    client.post(reverse("account_login"), {"login": ada.email, "password": factories.PASSWORD})
    assert client.get(reverse("project", args=[project.pk])).status_code == 200


def test_jobs_go_back_to_the_queue(project: Project, ada: User, boss: User) -> None:
    project.workflow = True
    project.save()
    owner, images = project.created_by, [factories.make_image(project) for _ in range(5)]
    own = work.hand_out(owner, project, [one.pk for one in images[:4]], JobRequest("own", people=[ada])).jobs[0]
    work.hand_out(owner, project, [images[4].pk], JobRequest("shared"))
    for image in (images[0], images[1], images[2], images[4]):
        turns.take(ada, image)
    turns.submit(ada, images[0])
    WorkImage.objects.filter(image=images[1]).update(state=State.RETURNED)
    deactivation.deactivate(boss, ada)
    assert WorkJob.objects.get(pk=own.pk).assignee is None
    rows = WorkImage.objects.order_by("image").values_list("state", "worker")
    assert list(rows) == [
        (State.SUBMITTED, ada.pk), (State.RETURNED, None), (State.TODO, None), (State.TODO, None), (State.TODO, None),
    ]  # fmt: skip
    assert BoxHistory.objects.filter(verb=BoxHistory.Verb.FREED, actor=boss).count() == 3
    other = factories.make_member(project, Role.ANNOTATOR)
    assert len(turns.waiting(other, project)) == 4
    with pytest.raises(Exception, match="Only a member"):
        work.hand_out(owner, project, [factories.make_image(project).pk], JobRequest("more", people=[ada]))


def test_the_last_owner_goes_and_the_projects_are_named(project: Project, boss: User) -> None:
    """Shutting somebody out never waits; an administrator names the next owner in the console."""
    owner = project.created_by
    console = Client()
    console.force_login(boss)
    body = {"action": "deactivate", "_selected_action": [owner.pk, boss.pk]}
    page = console.post(reverse("admin:projects_user_changelist"), body, follow=True).content.decode()
    assert f"“{project}” has no active owner now" in page
    assert "another administrator" in page
    assert list(User.objects.filter(is_active=False)) == [owner]
    console.post(reverse("admin:projects_user_changelist"), {"action": "reactivate", "_selected_action": [owner.pk]})
    assert User.objects.get(pk=owner.pk).is_active


@pytest.mark.parametrize("active", [False, True])
def test_the_form_of_a_person_does_the_same(active: bool, ada: User, boss: User) -> None:
    console = Client()
    console.force_login(boss)
    User.objects.filter(pk=ada.pk).update(is_active=not active)
    body: dict[str, Any] = {"email": ada.email, "name": "Ada L", "language": "ko"} | (
        {"is_active": "on"} if active else {}
    )
    address = reverse("admin:projects_user_change", args=[ada.pk])
    assert console.post(address, body).status_code == 302
    ada.refresh_from_db()
    assert (ada.is_active, ada.name) == (active, "Ada L")
    assert AuditEntry.objects.filter(verb="user.reactivated" if active else "user.deactivated").exists()
    own = reverse("admin:projects_user_change", args=[boss.pk])
    assert b"another administrator" in console.post(own, {"email": boss.email, "name": "", "language": "en"}).content


@pytest.mark.parametrize(
    ("actor", "person", "error"),
    [
        ({"is_superuser": True}, None, Conflict),  # oneself
        ({"is_staff": True}, {}, Forbidden),
        ({}, {}, Forbidden),
    ],
)
def test_who_may_not(actor: dict[str, bool], person: dict[str, bool] | None, error: type[Exception]) -> None:
    who = factories.make_user(**actor)
    with pytest.raises(error):
        deactivation.deactivate(who, who if person is None else factories.make_user(**person))


def test_administrators_switch_accounts_off_and_on_by_the_api() -> None:
    boss, ada = factories.make_user(is_superuser=True), factories.make_user()
    project, client = factories.make_project(ada), Client()
    client.force_login(boss)
    off, on = (reverse(f"api-account-{verb}", args=[ada.pk]) for verb in ("deactivate", "reactivate"))
    assert client.post(off).json() == {"without_owner": [project.pk]}
    assert not User.objects.get(pk=ada.pk).is_active
    assert client.post(on).status_code == 204
    assert User.objects.get(pk=ada.pk).is_active
    own = client.post(reverse("api-account-deactivate", args=[boss.pk]))
    assert (own.status_code, own.json()["code"]) == (409, "own_account")
    assert client.post(reverse("api-account-deactivate", args=[10**9])).status_code == 404


def test_staff_switches_no_administrator_off() -> None:
    clerk, boss, client = factories.make_user(is_staff=True), factories.make_user(is_superuser=True), Client()
    clerk.user_permissions.add(Permission.objects.get(codename="change_user"))
    client.force_login(clerk)
    assert client.post(reverse("api-account-deactivate", args=[boss.pk])).status_code == 403
    assert client.post(reverse("api-account-deactivate", args=[factories.make_user().pk])).status_code == 200
