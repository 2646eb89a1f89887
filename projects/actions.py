"""Verbs on projects, members, datasets and images: check, act in one transaction, write the audit row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.groups import memberships
from projects.groups.actions import check_leaves
from projects.models import Dataset, Membership, Project, Role, User
from projects.models.projects import LONGEST_LEASE, MOST_OPEN_IMAGES
from projects.people.invitations import check_role
from projects.policies import Action

FIRST_DATASET = "Main"


def _clean_name(value: str, *, field: str = "name", longest: int = 120) -> str:
    value = " ".join(value.split())
    if not value:
        raise Refusal(_("A name is needed."), field=field)
    if len(value) > longest:
        raise Refusal(_("This name is longer than %(n)d characters.") % {"n": longest}, field=field)
    return value


# --- projects ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_project(actor: User, *, name: str, description: str = "") -> Project:
    """A project with its creator as owner and a first dataset, ready for images."""
    project = Project.objects.create(name=_clean_name(name), description=description.strip(), created_by=actor)
    Membership.objects.create(project=project, user=actor, role=Role.OWNER)
    Dataset.objects.create(project=project, name=FIRST_DATASET)
    audit.record(actor, "project.created", project, project=project)
    return project


@transaction.atomic
def update_project(
    actor: User, project: Project, *, name: str | None = None, description: str | None = None
) -> Project:
    policies.require(actor, Action.MANAGE, project)
    if name is not None:
        project.name = _clean_name(name)
    if description is not None:
        project.description = description.strip()
    project.save(update_fields=["name", "description"])
    audit.record(actor, "project.changed", project, project=project)
    return project


@dataclass(frozen=True, slots=True)
class Rules:
    """How a project's people work: fields of Project that its managers set."""

    workflow: bool
    annotators_answer: bool
    annotators_make_classes: bool
    open_images: int
    lease_minutes: int

    @classmethod
    def of(cls, project: Project) -> Rules:
        return cls(**{field.name: getattr(project, field.name) for field in fields(cls)})


@transaction.atomic
def set_rules(actor: User, project: Project, rules: Rules) -> Project:
    policies.require(actor, Action.JOBS, project)
    if not 1 <= rules.lease_minutes <= LONGEST_LEASE:
        words = _("An image waits for 1 to %(n)d minutes.") % {"n": LONGEST_LEASE}
        raise Refusal(words, field="lease_minutes")
    if not 0 <= rules.open_images <= MOST_OPEN_IMAGES:
        raise Refusal(_("A person has 0 to %(n)d open images.") % {"n": MOST_OPEN_IMAGES}, field="open_images")
    for name, value in asdict(rules).items():
        setattr(project, name, value)
    project.save(update_fields=list(asdict(rules)))
    audit.record(actor, "project.rules", project, project=project, **asdict(rules))
    return project


# --- members ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_member(actor: User, project: Project, user: User, role: str) -> Membership:
    """Takes a person in without an invitation, as administrators do; who is a member gets the role."""
    policies.require_people(actor, project, role)
    check_role(role)
    if Membership.objects.filter(project=project, user=user).exists():
        return set_role(actor, project, user, role)
    member = memberships.give(project, user.pk, role)
    audit.record(actor, "member.added", user, project=project, role=role)
    return member


@transaction.atomic
def set_role(actor: User, project: Project, user: User, role: str) -> Membership:
    policies.require_people(actor, project, role)
    check_role(role)
    member = _member(project, user)
    policies.require_people(actor, project, member.role)
    if role != Role.OWNER:
        _keep_an_owner(member)
    member = memberships.give(project, user.pk, role)
    audit.record(actor, "member.role", user, project=project, role=role)
    return member


@transaction.atomic
def remove_member(actor: User, project: Project, user: User) -> None:
    policies.require(actor, Action.READ if actor == user else Action.PEOPLE, project)
    member = _member(project, user)
    if actor != user:
        policies.require_people(actor, project, member.role)
    _keep_an_owner(member)
    check_leaves(project, user)
    memberships.give(project, user.pk, "")
    audit.record(actor, "member.removed", user, project=project)


# --- datasets ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_dataset(actor: User, project: Project, *, name: str) -> Dataset:
    policies.require(actor, Action.UPLOAD, project)
    dataset = Dataset(project=project, name=_clean_name(name))
    _save_dataset(dataset)
    audit.record(actor, "dataset.created", dataset, project=project)
    return dataset


@transaction.atomic
def rename_dataset(actor: User, dataset: Dataset, *, name: str) -> Dataset:
    policies.require(actor, Action.MANAGE, dataset.project)
    dataset.name = _clean_name(name)
    _save_dataset(dataset)
    audit.record(actor, "dataset.renamed", dataset, project=dataset.project)
    return dataset


# --- helpers ----------------------------------------------------------------------------------------------------------


def _member(project: Project, user: User) -> Membership:
    member = Membership.objects.select_for_update().filter(project=project, user=user).first()
    if member is None:
        raise Refusal(_("This person is not a member."), field="user")
    return member


def _keep_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(project=member.project, user__is_active=True).exclude(pk=member.pk)
    if member.role == Role.OWNER:
        require_an_owner(others.values_list("role", flat=True))


def require_an_owner(roles: Iterable[str]) -> None:
    """roles: of all who are to be members of a project. Raises Conflict where none is an owner's."""
    if Role.OWNER not in set(roles):
        raise Conflict(_("A project needs an owner: make somebody else owner first."), code="last_owner")


def _save_dataset(dataset: Dataset) -> None:
    try:
        with transaction.atomic():
            dataset.save()
    except IntegrityError as error:
        raise Conflict(
            _("This project has a dataset “%(name)s” already.") % {"name": dataset.name}, code="taken", field="name"
        ) from error
