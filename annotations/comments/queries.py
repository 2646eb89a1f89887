"""Comments as people look for them: those of one image, and all of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.http import urlencode

from annotations.blindness import hidden_images
from annotations.models import Box, Comment
from projects import policies
from projects.models import Project, User

if TYPE_CHECKING:
    from projects.policies import Person

OPEN, RESOLVED, ALL = STATES = ("open", "resolved", "all")
MINE = "me"


def visible_comments(user: Person) -> QuerySet[Comment]:
    rows = Comment.objects.filter(image__project__in=policies.visible_projects(user))
    return rows.select_related("image__project", "author", "resolved_by").prefetch_related("mentions")


def get_comment(user: User, pk: int) -> Comment:
    found = visible_comments(user).filter(pk=pk).first()
    if found is None or not readable(user, found.image.project, Comment.objects.filter(pk=pk)).exists():
        raise Http404
    return found


def readable(user: User, project: Project, rows: QuerySet[Comment]) -> QuerySet[Comment]:
    """Without what others say of images that this person labels apart from them, unless it is said to them."""
    to_them = Comment.objects.filter(Q(author=user.pk) | Q(mentions=user.pk)).values("pk")
    return rows.exclude(Q(image__in=hidden_images(user, project)) & ~Q(pk__in=to_them))


@dataclass(frozen=True, slots=True)
class CommentFilter:
    """What a project's comments are narrowed to, as an address says it; values that make no sense count as not given.

    mentioned: whether only those that mention the reader. label: id of the class of the box.
    """

    state: str = OPEN
    author: int | None = None
    mentioned: bool = False
    label: int | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> CommentFilter:
        state = given.get("state", "")
        return cls(
            state if state in STATES else OPEN,
            _whole(given.get("author", "")),
            given.get("mentioned") == MINE,
            _whole(given.get("class", "")),
        )

    @property
    def narrows(self) -> bool:
        return self != CommentFilter()

    def query(self) -> str:
        parts = {
            "state": "" if self.state == OPEN else self.state, "author": self.author,
            "mentioned": MINE if self.mentioned else "", "class": self.label,
        }  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})


def of_project(user: User, project: Project, wanted: CommentFilter) -> QuerySet[Comment]:
    """Newest first."""
    rows = readable(user, project, Comment.objects.filter(image__project=project))
    if wanted.state != ALL:
        rows = rows.filter(resolved_at__isnull=wanted.state == OPEN)
    if wanted.author is not None:
        rows = rows.filter(author=wanted.author)
    if wanted.mentioned:
        rows = rows.filter(mentions=user)
    if wanted.label is not None:
        rows = rows.filter(box__in=Box.objects.filter(label=wanted.label, label__project=project).values("pk"))
    return rows.select_related("image__project", "author", "resolved_by").prefetch_related("mentions").order_by("-id")


def boxes_of(comments: Sequence[Comment]) -> dict[UUID, Box]:
    """The boxes that they are pinned on and that are there, by id: one query."""
    named = {comment.box for comment in comments if comment.box}
    return Box.objects.filter(pk__in=named).select_related("label").in_bulk() if named else {}


def authors_of(user: User, project: Project) -> list[User]:
    """Who said something in this project that this person may read."""
    said = readable(user, project, Comment.objects.filter(image__project=project)).order_by().values("author")
    return list(User.objects.filter(pk__in=said).order_by("name", "email")[:200])


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
