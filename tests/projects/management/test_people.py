"""Accounts and invitations from the command line."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from projects.models import AuditEntry, Invitation, Project, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("administrator", [False, True])
def test_create_user(administrator: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{factories.PASSWORD}\nmore\n"))
    call_command("create_user", "Ada@example.org", name="Ada", administrator=administrator, stdout=io.StringIO())
    person = User.objects.get(email="Ada@example.org")
    assert person.check_password(factories.PASSWORD)
    assert (person.name, person.is_staff, person.is_superuser) == ("Ada", administrator, administrator)
    assert AuditEntry.objects.get().verb == "user.created"


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", factories.PASSWORD, "not an e-mail address"),
        ("ada@example.org", "short", "too short"),
        ("OLD@example.org", factories.PASSWORD, "There is an account"),
    ],
)
def test_no_account_without_sense(email: str, password: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.make_user("old@example.org")
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError, match=said):
        call_command("create_user", email, stdout=io.StringIO())
    assert User.objects.count() == 1


@pytest.mark.parametrize(("emails", "links"), [([], 1), (["a@example.org", "b@example.org"], 2)])
def test_invitations_work(emails: list[str], links: int, project: Project) -> None:
    out = io.StringIO()
    call_command("invite", project.pk, role="reviewer", email=emails, address="https://labels.example.org", stdout=out)
    found = re.findall(r"https://labels\.example\.org(/invite/\S+/)", out.getvalue())
    assert len(found) == links == Invitation.objects.filter(project=project, role="reviewer").count()
    assert [Client().get(path).status_code for path in found] == [200] * links


@pytest.mark.parametrize(
    ("number", "email", "said"), [(10**6, "a@example.org", "no project"), (None, "nobody", "not an e-mail address")]
)
def test_invitations_are_refused(number: Any, email: str, said: str, project: Project) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("invite", number or project.pk, email=[email], stdout=io.StringIO())
    assert not Invitation.objects.exists()
