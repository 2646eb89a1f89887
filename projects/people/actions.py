"""Verbs of people: invitations, the first administrator, the own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.groups import memberships
from projects.models import Invitation, Membership, User


@transaction.atomic
def accept_invitation(
    token: str, *, user: User | None = None, email: str = "", name: str = "", password: str = ""
) -> User:
    """Joins `user`, or a new account of `email`, to the invitation's project. The link works once."""
    invitation = _take(token)
    if invitation.project is None:
        raise Refusal(_("This link is for the first administrator."), code="wrong_link")
    person = user or _new_user(email=email or invitation.email, name=name, password=password)
    if invitation.email and person.email.lower() != invitation.email.lower():
        raise Refusal(_("This invitation is for another e-mail address."), code="other_address", field="email")
    join(person, invitation)
    return person


def join(person: User, invitation: Invitation) -> None:
    """Uses up an invitation that is this person's to use. In the caller's transaction."""
    project = invitation.project
    assert project is not None
    member = Membership.objects.filter(project=project, user=person).first()
    if member is None or not member.own:
        memberships.give(project, person.pk, invitation.role)
    _use(invitation, person)
    audit.record(person, "member.joined", person, project=invitation.project, role=invitation.role)


@transaction.atomic
def create_first_administrator(token: str, *, email: str, name: str = "", password: str) -> User:
    """The one-time link printed at the first start; refused once anybody is there."""
    invitation = _take(token)
    if invitation.project is not None or User.objects.filter(is_superuser=True).exists():
        raise Refusal(_("There is an administrator already: ask for an invitation."), code="wrong_link")
    person = _new_user(email=email, name=name, password=password, is_staff=True, is_superuser=True)
    _use(invitation, person)
    audit.record(person, "user.first_administrator", person)
    return person


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str, administrator: bool = False) -> User:
    """By whoever runs the machine. Raises Refusal, Conflict."""
    person = _new_user(email=email, name=name, password=password, is_staff=administrator, is_superuser=administrator)
    audit.record(None, "user.created", person)
    return person


@transaction.atomic
def update_account(actor: User, *, name: str, language: str) -> User:
    if language and language not in dict(settings.LANGUAGES):
        raise Refusal(_("LabelHub does not speak this language."), field="language")
    actor.name, actor.language = " ".join(name.split())[:120], language
    actor.save(update_fields=["name", "language"])
    return actor


@transaction.atomic
def change_person(actor: User, person: User, **fields: Any) -> User:
    """What an administrator changes of an account: email, name, language, is_staff, is_superuser, groups.

    One who may administer stays, for nobody else could let another in again. Raises Refusal, Conflict, Forbidden.
    """
    policies.require_account(actor, person)
    if {"is_staff", "is_superuser", "groups"} & fields.keys():
        policies.require_administrator(actor)  # nobody gives more than they have
    if "email" in fields:
        fields["email"] = clean_email(fields["email"])
        if User.objects.filter(email__iexact=fields["email"]).exclude(pk=person.pk).exists():
            raise Conflict(_("Another account has this address."), code="taken", field="email")
    if "name" in fields:
        fields["name"] = " ".join(fields["name"].split())[:120]
    ceases = [name for name in ("is_staff", "is_superuser") if fields.get(name) is False and getattr(person, name)]
    others = User.objects.filter(is_active=True, is_staff=True, is_superuser=True).exclude(pk=person.pk)
    if ceases and person.is_staff and person.is_superuser and not others.exists():
        raise Conflict(_("This is the only active administrator."), code="last_administrator", field=ceases[0])
    changed = sorted(fields)
    if (groups := fields.pop("groups", None)) is not None:
        person.groups.set(groups)
    for name, value in fields.items():
        setattr(person, name, value)
    person.save(update_fields=list(fields))
    audit.record(actor, "user.changed", person, fields=changed)
    return person


def _take(token: str) -> Invitation:
    invitation = Invitation.objects.select_for_update().find(token)
    if invitation is None:
        raise Refusal(_("This link was used already or is too old. Ask for a new one."), code="dead_link")
    return invitation


def _use(invitation: Invitation, person: User) -> None:
    invitation.used_at, invitation.used_by = timezone.now(), person
    invitation.save(update_fields=["used_at", "used_by"])


def clean_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal(_("This is not an e-mail address."), field="email") from error
    return User.objects.normalize_email(email)


def _new_user(*, email: str, name: str, password: str, is_staff: bool = False, is_superuser: bool = False) -> User:
    email = clean_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise Conflict(_("There is an account with this address: sign in first."), code="account_exists", field="email")
    user = User(email=email, name=" ".join(name.split())[:120], is_staff=is_staff, is_superuser=is_superuser)
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save()
    return user
