"""Verbs on comments: whoever may label says something about a box, calls it resolved, and changes or takes back their
own words.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.history import save_history
from annotations.models import BoxHistory, Comment
from projects import policies
from projects.errors import Refused
from projects.models import Image, User
from projects.policies import Action

if TYPE_CHECKING:
    from projects.policies import Person

Verb = BoxHistory.Verb


def visible_comments(user: Person) -> QuerySet[Comment]:
    rows = Comment.objects.filter(image__project__in=policies.visible_projects(user))
    return rows.select_related("image__project", "author", "resolved_by")


def get_comment(user: Person, pk: int) -> Comment:
    found = visible_comments(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def add(actor: User, image: Image, *, text: str, box: uuid.UUID | None = None) -> Comment:
    """Pins `text` on a box of `image`, or on the image. Raises Refused where the image has no such box."""
    policies.require(actor, Action.LABEL, image.project)
    if box is not None and not image.boxes.filter(pk=box).exists():
        raise Refused(_("This box is not in the image (any more)."), code="no_box", field="box")
    comment = Comment.objects.create(image=image, box=box, author=actor, text=text)
    save_history(image.project_id, [history.of_comment(actor, Verb.COMMENTED, image, comment)])
    return comment


@transaction.atomic
def update(actor: User, comment: Comment, *, text: str | None = None, resolved: bool | None = None) -> Comment:
    """Both or one of them; nothing where one is not allowed."""
    if text is not None:
        comment = change(actor, comment, text=text)
    if resolved is not None:
        comment = resolve(actor, comment, resolved=resolved)
    return comment


@transaction.atomic
def resolve(actor: User, comment: Comment, *, resolved: bool) -> Comment:
    """Says that a comment is dealt with, or is not after all."""
    policies.require(actor, Action.LABEL, comment.image.project)
    if (comment.resolved_at is not None) == resolved:
        return comment
    comment.resolved_at, comment.resolved_by = (timezone.now(), actor) if resolved else (None, None)
    comment.save(update_fields=["resolved_at", "resolved_by"])
    verb = Verb.RESOLVED if resolved else Verb.UNRESOLVED
    save_history(comment.image.project_id, [history.of_comment(actor, verb, comment.image, comment)])
    return comment


@transaction.atomic
def change(actor: User, comment: Comment, *, text: str) -> Comment:
    """Says it in other words. Only the author does."""
    policies.require_words(actor, comment.author_id, comment.image.project)
    if comment.text == text:
        return comment
    comment.text, comment.changed_at = text, timezone.now()
    comment.save(update_fields=["text", "changed_at"])
    save_history(comment.image.project_id, [history.of_comment(actor, Verb.REWORDED, comment.image, comment)])
    return comment


@transaction.atomic
def delete(actor: User, comment: Comment) -> None:
    """Takes it back: the author, or whoever reviews."""
    policies.require_words(actor, comment.author_id, comment.image.project, others=Action.REVIEW)
    save_history(comment.image.project_id, [history.of_comment(actor, Verb.UNSAID, comment.image, comment)])
    comment.delete()
