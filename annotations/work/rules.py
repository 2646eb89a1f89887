"""What the state of an image's work means to everything else: who may change it, and where it counts."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.blindness import hidden_images
from annotations.closed_images import CLOSED
from annotations.models import CheckImage, WorkImage
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project, User
from projects.policies import Action

State = WorkImage.State


def in_state(*states: str) -> Exists:
    """Of the outer image."""
    return Exists(WorkImage.objects.filter(image=OuterRef("pk"), state__in=states))


def settled(project: Project, images: QuerySet[Image]) -> QuerySet[Image]:
    """The images whose labels can be relied on: all without a workflow; with one those that are final, or in no job."""
    return images.exclude(in_state(*(set(State) - {State.FINAL}))) if project.workflow else images


def mine(user: User) -> Q:
    """Images that it is this person's turn to work on: of their own jobs, and of shared queues those that they hold."""
    now = timezone.now()
    free = Q(worker=None) | Q(state=State.TODO) | Q(state=State.STARTED, lease_until__lt=now)
    return Q(job__assignee=user) | Q(job__assignee=None, job__overlap=1) & (Q(worker=user) | free)


def is_mine(user: User, item: WorkImage) -> bool:
    """The same of one row, read with its job."""
    if item.job.overlap > 1:
        return False
    if item.job.assignee_id is not None:
        return item.job.assignee_id == user.pk
    lapsed = item.state == State.STARTED and item.lease_until is not None and item.lease_until < timezone.now()
    return item.worker_id in (None, user.pk) or item.state == State.TODO or lapsed


def require_open(actor: User, project: Project, images: Collection[int], *, answering: bool) -> None:
    """With a workflow, what is submitted or final is a reviewer's to change, and suggestions are answered in own jobs.

    answering: whether suggestions are accepted or rejected. In three queries; in none without a workflow.
    """
    if hidden_images(actor, project).filter(image__in=images).exists():
        raise Refusal(_("This image is labelled in a job: its boxes are a reviewer's to change."), code="apart")
    if not project.workflow or policies.can(actor, Action.REVIEW, project):
        return
    items = list(WorkImage.objects.filter(image__in=images).select_related("job"))
    if any(item.job.overlap > 1 for item in items) or CheckImage.objects.filter(image__in=images).exists():
        raise Refusal(_("This image is labelled in a job: its boxes are a reviewer's to change."), code="apart")
    if any(item.state in CLOSED for item in items):
        words = _("This image is submitted: a reviewer can return it to you.")
        raise Refusal(words, code="submitted")
    own = {item.image_id for item in items if is_mine(actor, item)}
    if answering and set(images) - own:
        raise Refusal(_("Suggestions are answered in images of your own jobs."), code="not_yours")


def within_reach(user: User, project: Project) -> Q:
    """Of boxes: those of which a person may change many at once. For reviewers all; for who labels their own boxes, and
    with a workflow all boxes in images of their own jobs, as long as the image is not submitted.
    """
    if policies.can(user, Action.REVIEW, project):
        return Q()
    own = Q(author=user)
    if not project.workflow:
        return own
    turns = WorkImage.objects.filter(mine(user), job__project=project, state__in=WorkImage.OPEN)
    closed = WorkImage.objects.filter(job__project=project, state__in=CLOSED)
    return (own | Q(image__in=turns.values("image"))) & ~Q(image__in=closed.values("image"))
