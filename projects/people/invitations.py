"""Verbs on invitations into a project: links for anybody, and for addresses, by mail where mail is set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects import audit, mail, policies
from projects.errors import Conflict, Forbidden, Refusal
from projects.mail import Letter
from projects.models import AuditEntry, Invitation, Membership, Project, Role, User
from projects.people.actions import clean_email
from projects.policies import Action

INVITED = "member.invited"
MOST_AT_ONCE = 50
MOST_A_DAY = 200  # addresses that one person may invite, so that nobody sends mail to the world
BREAKS = re.compile(r"[\s,;<>\"']+")


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """An invitation with its token, which is kept nowhere. mailed: whether its link went out by mail."""

    invitation: Invitation
    token: str
    mailed: bool = False


def addresses_in(text: str) -> list[str]:
    """What looks like an address in a text as people paste it, "Ada <ada@example.org>; ..." too; each once."""
    found = (part.strip(".()[]") for part in BREAKS.split(text))
    return list({part.lower(): part for part in found if "@" in part}.values())


@transaction.atomic
def invite(actor: User, project: Project, *, role: str, email: str = "") -> tuple[Invitation, str]:
    """A one-time link into the project; the token is returned once and stored nowhere."""
    policies.require_people(actor, project, role)
    check_role(role)
    if email:
        email = clean_email(email)
        _check_not_too_many(actor, 1)
    invitation, token = Invitation.issue(project=project, role=role, email=email, created_by=actor)
    audit.record(actor, INVITED, email or role, project=project, role=role)
    return invitation, token


def link_start(request: HttpRequest) -> str:
    """How this person reaches the page of invitations; the token follows."""
    return request.build_absolute_uri(reverse("invite", args=["-"])).removesuffix("-/")


def link(start: str, token: str) -> str:
    return f"{start}{token}/"


def invite_all(actor: User, project: Project, *, role: str, emails: Sequence[str], origin: str) -> list[SentInvitation]:
    """One link for each address, in place of an open one that it has, and mailed where mail is set. All or none.

    origin: what a link has before its token (link_start).
    """
    policies.require_people(actor, project, role)
    if not 1 <= len(emails) <= MOST_AT_ONCE:
        raise Refusal(_("Invite 1 to %(n)d addresses at once.") % {"n": MOST_AT_ONCE}, field="emails")
    with transaction.atomic():
        _check_not_too_many(actor, len(emails))
        clean = [_clean_one(email) for email in emails]
        members = Membership.objects.filter(project=project).annotate(address=Lower("user__email"))
        wanted = [email.lower() for email in clean]
        if there := list(members.filter(address__in=wanted).values_list("address", flat=True)):
            words = _("%(who)s is a member already.") % {"who": ", ".join(there)}
            raise Conflict(words, code="member", field="emails")
        project.invitations.filter(used_at=None, email__in=clean).delete()
        made = [invite(actor, project, role=role, email=email) for email in clean]
    return _mailed(actor, project, made, origin)


def renew(actor: User, invitation: Invitation, *, origin: str) -> SentInvitation:
    """A new link in place of the old one, which works no more; by mail where it is for an address and mail is set."""
    project = invitation.project
    if project is None:
        raise Forbidden(Action.MANAGE)
    policies.require_people(actor, project, invitation.role)
    with transaction.atomic():
        invitation.delete()
        made = invite(actor, project, role=invitation.role, email=invitation.email)
    (found,) = _mailed(actor, project, [made], origin)
    return found


@transaction.atomic
def revoke(actor: User, invitation: Invitation) -> None:
    """Makes an unused link worthless.

    The first administrator's, which is for no project, is an administrator's to revoke.
    """
    project = invitation.project
    if project is not None:
        policies.require_people(actor, project, invitation.role)
    elif not actor.is_superuser:
        raise Forbidden(Action.MANAGE)
    invitation.delete()
    audit.record(actor, "member.uninvited", invitation.email or invitation.role, project=project)


def check_role(role: str) -> None:
    if role not in Role.values:
        raise Refusal(_("There is no role “%(role)s”.") % {"role": role}, field="role")


def _mailed(actor: User, project: Project, made: Sequence[tuple[Invitation, str]], origin: str) -> list[SentInvitation]:
    """Outside of any transaction: a mail server may be slow."""
    letters = [_letter(actor, project, row, link(origin, token)) for row, token in made if row.email]
    failed = set(mail.send(letters)) if mail.is_set() else {letter.to for letter in letters}
    return [SentInvitation(row, token, bool(row.email) and row.email not in failed) for row, token in made]


def _letter(actor: User, project: Project, invitation: Invitation, url: str) -> Letter:
    context = {
        "who": actor, "project": project, "role": Role(invitation.role).label, "url": url,
        "until": invitation.expires_at,
    }  # fmt: skip
    return Letter(invitation.email, "invitation", actor.language or get_language() or settings.LANGUAGE_CODE, context)


def _clean_one(email: str) -> str:
    try:
        return clean_email(email)
    except Refusal as error:
        raise Refusal(f"{email}: {error.detail}", field="emails") from error


def _check_not_too_many(actor: User, more: int) -> None:
    day = timezone.now() - timedelta(days=1)
    sent = AuditEntry.objects.filter(actor=actor, verb=INVITED, at__gt=day, subject__contains="@").count()
    if sent + more > MOST_A_DAY:
        words = _("You invited %(n)d addresses within a day: go on tomorrow, or send a link.") % {"n": MOST_A_DAY}
        raise Refusal(words, code="too_many", field="emails")
