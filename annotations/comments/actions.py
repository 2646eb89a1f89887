"""Verbs on comments: whoever may label says something about a box, calls it resolved, and changes or takes back their
own words.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.comments import mentions
from annotations.history import save_history
from annotations.models import BoxHistory, Comment
from projects import policies
from projects.errors import Refusal
from projects.models import Image, NotificationKind, Project, User
from projects.notifications import actions as notifications
from projects.notifications.actions import News, Page
from projects.policies import Action

Verb = BoxHistory.Verb


@transaction.atomic
def add(actor: User, image: Image, *, text: str, box: uuid.UUID | None = None) -> Comment:
    """Pins `text` on a box of `image`, or on the image. Raises Refusal where the image has no such box."""
    policies.require(actor, Action.LABEL, image.project)
    if box is not None and not image.boxes.filter(pk=box).exists():
        raise Refusal(_("This box is not in the image (any more)."), code="no_box", field="box")
    comment = Comment.objects.create(image=image, box=box, author=actor, text=text)
    save_history(image.project_id, [history.of_comment(actor, Verb.COMMENTED, image, comment)])
    _mention(actor, comment)
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
    _mention(actor, comment)
    save_history(comment.image.project_id, [history.of_comment(actor, Verb.REWORDED, comment.image, comment)])
    return comment


@transaction.atomic
def delete(actor: User, comment: Comment) -> None:
    """Takes it back: the author, or whoever reviews."""
    policies.require_words(actor, comment.author_id, comment.image.project, others=Action.REVIEW)
    save_history(comment.image.project_id, [history.of_comment(actor, Verb.UNSAID, comment.image, comment)])
    notifications.withdraw(comment.image.project, _key(comment))
    comment.delete()


def as_member(person: User) -> mentions.Member:
    return mentions.Member(person.pk, person.name, person.email)


def _mention(actor: User, comment: Comment) -> None:
    """Keeps whom the words call by name, and tells those who were not called before."""
    project = comment.image.project
    members = _members(project) if "@" in comment.text else {}
    called = mentions.find(comment.text, map(as_member, members.values()))
    before = set(comment.mentions.values_list("pk", flat=True))
    if before == called == set():
        return
    comment.mentions.set(called)
    notifications.withdraw(project, _key(comment), people=before - called)
    notifications.reword(project, _key(comment), detail=comment.text)
    page = Page("editor", (comment.image_id,), f"#box={comment.box}" if comment.box else "")
    news = News(NotificationKind.MENTIONED, project, _key(comment), page, comment.image.name, comment.text)
    notifications.notify([members[pk] for pk in called - before], news, actor=actor)


def _members(project: Project) -> dict[int, User]:
    return User.objects.filter(memberships__project=project, is_active=True).in_bulk()


def _key(comment: Comment) -> str:
    return f"comment-{comment.pk}"
