"""Invitations of several addresses at once, by mail where mail is set; sent anew, taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.errors import Conflict, Forbidden, Refusal
from projects.models import Invitation, Project, User
from projects.people import invitations
from tests import factories

START = "https://labels.example.org/invite/"


@pytest.fixture
def owner(project: Project, settings: Any) -> User:
    settings.MAIL = "consolemail://"
    assert project.created_by is not None
    return project.created_by


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.org, b@x.org;c@x.org\nd@x.org", ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]),
        ('"Ada L." <ada@x.org>, Grace (grace@x.org).', ["ada@x.org", "grace@x.org"]),
        ("a@x.org A@x.org", ["A@x.org"]),
        ("Ada and Grace", []),
    ],
)
def test_addresses_as_people_paste_them(text: str, found: list[str]) -> None:
    assert invitations.addresses_in(text) == found


def test_each_address_gets_a_link_of_its_own_by_mail(project: Project, owner: User) -> None:
    made = invitations.invite_all(owner, project, role="reviewer", emails=["a@x.org", "b@x.org"], origin=START)
    assert [(one.invitation.email, one.mailed) for one in made] == [("a@x.org", True), ("b@x.org", True)]
    for letter, one in zip(outbox.outbox, made, strict=True):
        assert letter.to == [one.invitation.email]
        assert f"{START}{one.token}/" in letter.body
        assert "as Reviewer." in letter.body
    again = invitations.invite_all(owner, project, role="viewer", emails=["b@x.org"], origin=START)
    assert not Invitation.objects.all().find(made[1].token)  # the newer link stands in its place
    assert Invitation.objects.all().find(again[0].token)


@pytest.mark.parametrize(
    ("emails", "error"),
    [
        (["new@x.org", "nonsense@"], Refusal),
        (["new@x.org", "HERE@x.org"], Conflict),
        ([], Refusal),
        ([f"{n}@x.org" for n in range(51)], Refusal),
    ],
)
def test_all_or_none(emails: list[str], error: type[Exception], project: Project, owner: User) -> None:
    factories.make_member(project, "viewer", email="here@x.org")
    with pytest.raises(error):
        invitations.invite_all(owner, project, role="viewer", emails=emails, origin=START)
    assert not project.invitations.exists()
    assert outbox.outbox == []


def test_nobody_mails_the_world(project: Project, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY", 3)
    invitations.invite_all(owner, project, role="viewer", emails=["a@x.org", "b@x.org"], origin=START)
    project.invitations.all().delete()
    with pytest.raises(Refusal, match="within a day"):
        invitations.invite_all(owner, project, role="viewer", emails=["c@x.org", "d@x.org"], origin=START)
    with pytest.raises(Forbidden):
        invitations.invite_all(
            factories.make_member(project, "manager"), project, role="owner", emails=["c@x.org"], origin=START
        )


def test_a_page_says_what_went_by_mail_and_shows_the_links_that_did_not(
    project: Project, owner: User, client_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, page = client_as("owner"), reverse("invitation-new", args=[project.pk])
    sent = client.post(page, {"role": "viewer", "emails": "a@x.org b@x.org"}, follow=True)
    assert sent.context["new_links"] == []
    assert b"2 invitations are on their way" in sent.content
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: 1 / 0)
    unsent = client.post(page, {"role": "viewer", "emails": "c@x.org"}, follow=True)
    assert [one["email"] for one in unsent.context["new_links"]] == ["c@x.org"]


def test_an_invitation_is_sent_anew_and_the_old_link_is_dead(project: Project, owner: User, client_as: Any) -> None:
    (made,) = invitations.invite_all(owner, project, role="viewer", emails=["a@x.org"], origin=START)
    Invitation.objects.update(expires_at=timezone.now())
    page = client_as("owner").get(reverse("project-settings", args=[project.pk]))
    assert b"expired" in page.content
    client_as("owner").post(reverse("invitation-renew", args=[project.pk, made.invitation.pk]))
    (link,) = re.findall(r"http://\S+/invite/\S+", outbox.outbox[-1].body)
    stranger = Client()
    assert stranger.get(reverse("invite", args=[made.token])).status_code == 404
    body = {"email": "a@x.org", "name": "A", "password": "a short sentence"}
    assert stranger.post(link, body).status_code == 302
    assert project.memberships.get(user__email="a@x.org").role == "viewer"
