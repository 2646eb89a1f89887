"""Who may do what, and what a person may see: the one place that decides. Strangers get 404 by construction."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from projects.errors import Forbidden
from projects.models import BinEntry, Dataset, GroupMember, Image, Import, Membership, Project, Role, User, UserGroup

if TYPE_CHECKING:
    Person = User | AnonymousUser


class Action(StrEnum):
    READ = "read"
    LABEL = "label"
    UPLOAD = "upload"
    ANSWER = "answer"  # suggestions, one by one in the editor
    NEW_CLASS = "new_class"
    REVIEW = "review"  # people's work, and suggestions in bulk
    RUN = "run"
    CLASSES = "change_class"
    PEOPLE = "people"
    JOBS = "jobs"  # who works on what, and by which rules
    MANAGE = "manage"  # the project itself, and whatever deletes


_ANNOTATOR = frozenset({Action.READ, Action.LABEL, Action.UPLOAD})
_REVIEWER = _ANNOTATOR | {Action.ANSWER, Action.REVIEW, Action.RUN}
_MANAGER = _REVIEWER | {Action.NEW_CLASS, Action.CLASSES, Action.PEOPLE, Action.JOBS}
ROLES: dict[str, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.ANNOTATOR: _ANNOTATOR,
    Role.REVIEWER: _REVIEWER,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Action),
}


def strongest(roles: Iterable[str]) -> str | None:
    """Of the roles that a person has by themselves and by groups; empty ones are none."""
    return max(filter(None, roles), key=list(ROLES).index, default=None)


def _granted(role: str, project: Project) -> frozenset[Action]:
    """The role's own actions, and those that a project gives or denies its annotators."""
    granted = ROLES[role]
    if role == Role.ANNOTATOR and project.annotators_answer:
        granted |= {Action.ANSWER}
    if Action.LABEL in granted and project.annotators_make_classes:
        granted |= {Action.NEW_CLASS}
    return granted


def visible_projects(user: Person) -> QuerySet[Project]:
    """Every list of anything in a project starts here.

    Administrators get no silent view: they have the admin console.
    """
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.filter(memberships__user=user, deleted_at=None)


def deleted_projects(user: Person) -> QuerySet[Project]:
    """What a person may bring back from the bin, or delete for good."""
    if not user.is_authenticated:
        return Project.objects.none()
    roles = [role for role, actions in ROLES.items() if Action.MANAGE in actions]
    mine = Project.objects.filter(memberships__user=user, memberships__role__in=roles)
    return mine.exclude(deleted_at=None).order_by("-deleted_at", "-id")


def still_members(project_id: int, users: set[int]) -> set[int]:
    """Who of these people see the project, by the rule above: asked once for all who listen to it."""
    rows = Membership.objects.filter(project=project_id, project__deleted_at=None, user__in=users, user__is_active=True)
    return set(rows.values_list("user_id", flat=True))


def get_project(user: Person, pk: int) -> Project:
    project = visible_projects(user).filter(pk=pk).annotate(seen_role=F("memberships__role")).first()
    if project is None:
        raise Http404
    _remember_role(user, project, project.seen_role)
    return project


def visible_images(user: Person) -> QuerySet[Image]:
    return Image.objects.filter(project__in=visible_projects(user))


def get_image(user: Person, pk: int, among: QuerySet[Image] | None = None) -> Image:
    """among: Image rows with what else is wanted of them."""
    rows = Image.objects.all() if among is None else among
    seen = Membership.objects.filter(project=OuterRef("project"), project__deleted_at=None, user=user.pk)
    image = (
        rows.filter(pk=pk)
        .select_related("project", "dataset")
        .annotate(seen_role=Subquery(seen.values("role")))
        .first()
    )
    if image is None or image.seen_role is None:
        raise Http404
    _remember_role(user, image.project, image.seen_role)
    return image


def get_dataset(user: Person, pk: int) -> Dataset:
    dataset = Dataset.objects.filter(project__in=visible_projects(user), pk=pk).select_related("project").first()
    if dataset is None:
        raise Http404
    return dataset


def get_import(user: Person, pk: int) -> Import:
    found = Import.objects.filter(dataset__project__in=visible_projects(user), pk=pk).select_related("dataset").first()
    if found is None:
        raise Http404
    return found


def get_bin_entry(user: Person, pk: int) -> BinEntry:
    """Only who may delete sees what was deleted: Http404 for strangers, Forbidden for other members."""
    seen = BinEntry.objects.filter(project__in=visible_projects(user))
    found = seen.filter(pk=pk).select_related("project").first()
    if found is None:
        raise Http404
    require(user, Action.MANAGE, found.project)
    return found


def get_deleted_project(user: Person, pk: int) -> Project:
    found = deleted_projects(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _remember_role(user: Person, project: Project, role: str) -> None:
    """A row that was read for a person just now carries the role, so that what follows need not ask again."""
    project.role_seen = (user.pk, role)


def role_of(user: Person, project: Project) -> str | None:
    if not user.is_authenticated:
        return None
    person, role = project.role_seen
    if person == user.pk:
        return role
    return Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()


def allowed(user: Person, project: Project) -> frozenset[Action]:
    """What a person may do in a project.

    An administrator may do all, since the admin console deletes through the same actions; but the lists and getters
    above show an administrator who is no member nothing, so pages and API answer 404 as to any stranger.
    """
    role = role_of(user, project)
    if role is None and user.is_authenticated and user.is_superuser:
        return frozenset(Action)
    return _granted(role, project) if role else frozenset()


def can(user: Person, action: Action, project: Project) -> bool:
    return action in allowed(user, project)


def require(user: Person, action: Action, project: Project) -> None:
    """Raises Http404 for strangers, Forbidden for members whose role does not reach."""
    granted = allowed(user, project)
    if not granted:
        raise Http404
    if action not in granted:
        raise Forbidden(action)


def require_people(user: Person, project: Project, *roles: str) -> None:
    """Over people with these roles, as they are or are to be: an owner is made and unmade by owners alone."""
    require(user, Action.MANAGE if Role.OWNER in roles else Action.PEOPLE, project)


def leads_people(user: User) -> bool:
    """Whether the person may make groups: who manages people in some project, and administrators."""
    return user.is_superuser or _led(user).exists()


def visible_groups(user: User) -> QuerySet[UserGroup]:
    """Those that a person keeps or is in."""
    inside = GroupMember.objects.filter(group=OuterRef("pk"), user=user.pk)
    return UserGroup.objects.filter(Q(keeper=user.pk) | Exists(inside))


def get_group(user: User, pk: int) -> UserGroup:
    found = visible_groups(user).filter(pk=pk).select_related("keeper").first()
    if found is None:
        raise Http404
    return found


def require_group(user: User, group: UserGroup) -> None:
    """Over a group, and who is in it, is its keeper; administrators take over what nobody keeps."""
    if not user.is_superuser and group.keeper_id != user.pk:
        raise Forbidden(Action.PEOPLE)


def within_reach(user: User) -> QuerySet[User]:
    """Whom a person may put into a group: the active members of the projects where they manage people."""
    people = User.objects.filter(is_active=True)
    if user.is_superuser:
        return people
    near = Membership.objects.filter(project__in=_led(user).values("project"))
    return people.filter(pk__in=near.values("user"))


def _led(user: User) -> QuerySet[Membership]:
    roles = [role for role, actions in ROLES.items() if Action.PEOPLE in actions]
    return Membership.objects.filter(user=user, role__in=roles, project__deleted_at=None)


def get_account(user: User, pk: int) -> User:
    """For who may change accounts; Http404 for all others."""
    found = User.objects.filter(pk=pk).first()
    if found is None or not (user.is_superuser or user.has_perm("projects.change_user")):
        raise Http404
    return found


def require_account(user: User, person: User) -> None:
    """Over whether an account is active: administrators, and staff who may change people but no administrators."""
    if not (user.is_superuser or (user.has_perm("projects.change_user") and not person.is_superuser)):
        raise Forbidden(Action.PEOPLE)


def require_administrator(user: User) -> None:
    """Over the installation itself: who may do what in it, and what no project owns."""
    if not user.is_superuser:
        raise Forbidden(Action.MANAGE)


def require_words(user: Person, author_id: int | None, project: Project, *, others: Action | None = None) -> None:
    """Over one's own words is who may label; over another's whom `others` reaches, or nobody."""
    require(user, Action.LABEL, project)
    if author_id is None or author_id != user.pk:
        if others is None:
            raise Forbidden(Action.LABEL)
        require(user, others, project)


def require_own(user: Person, owner_id: int | None, project: Project, *, others: Action = Action.MANAGE) -> None:
    """Over what one has started oneself is who sees the project; over another's whom `others` reaches."""
    require(user, Action.READ if owner_id == user.pk else others, project)
