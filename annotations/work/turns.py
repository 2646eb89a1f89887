"""Verbs of who works: take an image, submit it, skip it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.blindness import seen_by
from annotations.models import BoxHistory, Replica, WorkImage
from annotations.work import replicas, rules
from projects import policies
from projects.errors import Conflict, Refusal
from projects.models import Image, Project, User
from projects.policies import Action

State, Verb = WorkImage.State, BoxHistory.Verb
TRIES = 5  # people who ask for the next image at the same moment are offered the same one
LONGEST_NOTE = 500


def waiting(actor: User, project: Project) -> QuerySet[WorkImage]:
    """What it is this person's turn to do: what was returned, what is begun, and then the rest, by priority and
    date.
    """
    first = Case(
        When(state=State.RETURNED, then=Value(0)),
        When(state=State.STARTED, worker=actor, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = WorkImage.objects.filter(rules.mine(actor), job__project=project, state__in=WorkImage.OPEN)
    shared = Case(When(job__assignee=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.order_by(first, shared, "job__priority", "job__due", "job", "position").select_related("job", "image")


def take_next(actor: User, project: Project) -> WorkImage | Replica | None:
    """The image to work on now, taken; None where nothing is left. Raises Refusal where too many are open."""
    policies.require(actor, Action.LABEL, project)
    for _try in range(TRIES):
        turns = [waiting(actor, project).first(), replicas.waiting(actor, project).first()]
        first = min((turn for turn in turns if turn), key=_rank, default=None)
        if first is None:
            return None
        try:
            return take(actor, first.image)
        except Conflict:
            continue
    return None


def _rank(turn: WorkImage | Replica) -> tuple[Any, ...]:
    """As `waiting` orders; within a job a check image comes before what it was mixed in at."""
    begun = {State.RETURNED: 0, State.STARTED: 1}.get(State(turn.state), 2)
    shared = isinstance(turn, WorkImage) and turn.job.assignee_id is None
    due = turn.job.due or date.max
    return (begun, shared, turn.job.priority, due, turn.job_id, turn.position, isinstance(turn, WorkImage))


@transaction.atomic
def take(actor: User, image: Image) -> WorkImage | Replica:
    """Begins the image where it is this person's turn, and keeps it for them a while longer; for others it only looks.

    Raises Http404 where the image is in no job, Conflict where somebody else was quicker.
    """
    replica = replicas.of(actor, image)
    if replica and replica.state in Replica.OPEN and policies.can(actor, Action.LABEL, image.project):
        if replica.state == Replica.State.TODO:
            _require_room(actor, image.project)
        return replicas.begin(replica)
    if replica and seen_by(actor, image):
        return replica
    item = _locked(image)
    if not policies.can(actor, Action.LABEL, image.project) or item.state not in WorkImage.OPEN:
        return item
    if not rules.is_mine(actor, item):
        return item
    if item.state == State.TODO or item.worker_id != actor.pk:
        if item.state == State.TODO:
            _require_room(actor, image.project)
            item.state = State.STARTED
        item.worker = actor
        history.save_history(image.project_id, [history.of_work(actor, Verb.TAKEN, image)])
    if item.state == State.STARTED and item.job.assignee_id is None:
        item.lease_until = lease(image.project)
    item.save(update_fields=["state", "worker", "lease_until"])
    return item


@transaction.atomic
def submit(actor: User, image: Image) -> WorkImage | Replica:
    """Says that the image is done. From now on only reviewers change it."""
    if replica := _replica(actor, image):
        return replicas.submit(replica)
    item = _of_mine(actor, image)
    item.state, item.worker, item.lease_until, item.note = State.SUBMITTED, actor, None, ""
    item.submitted_by, item.submitted_at = actor, timezone.now()
    item.save(update_fields=["state", "worker", "lease_until", "note", "submitted_by", "submitted_at"])
    history.save_history(image.project_id, [history.of_work(actor, Verb.SUBMITTED, image)])
    return item


@transaction.atomic
def skip(actor: User, image: Image, reason: str) -> WorkImage | Replica:
    """Leaves the image to who leads the work, with a reason."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_NOTE:
        raise Refusal(_("Say in a few words why."), field="reason")
    if replica := _replica(actor, image):
        return replicas.skip(replica, reason)
    item = _of_mine(actor, image)
    item.state, item.worker, item.lease_until, item.note = State.SKIPPED, actor, None, reason
    item.save(update_fields=["state", "worker", "lease_until", "note"])
    history.save_history(image.project_id, [history.of_work(actor, Verb.SKIPPED, image)])
    return item


def sweep() -> None:
    """Images whose worker has done nothing for a while go back into their queue; called by every supervisor."""
    WorkImage.objects.filter(state=State.STARTED, lease_until__lt=timezone.now()).update(
        state=State.TODO, worker=None, lease_until=None
    )


def lease(project: Project) -> datetime:
    return timezone.now() + timedelta(minutes=project.lease_minutes)


def left(actor: User, project: Project, job: int) -> int:
    """How many images of a job wait for the person."""
    return waiting(actor, project).filter(job=job).count() + replicas.waiting(actor, project).filter(job=job).count()


def _replica(actor: User, image: Image) -> Replica | None:
    """The one that stands between the person and the image's own boxes."""
    policies.require(actor, Action.LABEL, image.project)
    return replicas.of(actor, image) if seen_by(actor, image) else None


def _of_mine(actor: User, image: Image) -> WorkImage:
    policies.require(actor, Action.LABEL, image.project)
    item = _locked(image)
    if item.state not in WorkImage.OPEN or not rules.is_mine(actor, item):
        raise Conflict(_("This image is not yours to work on now."), code="not_yours")
    return item


def _locked(image: Image) -> WorkImage:
    item = WorkImage.objects.select_for_update(of=("self",)).select_related("job__project").filter(image=image).first()
    if item is None:
        raise Refusal(_("This image is in no job."), code="no_job", field="image")
    item.image = image
    return item


def _require_room(actor: User, project: Project) -> None:
    if not project.open_images:
        return
    begun = WorkImage.objects.filter(job__project=project, worker=actor, state__in=WorkImage.BEGUN)
    apart = Replica.objects.filter(job__project=project, person=actor, state=Replica.State.STARTED)
    if begun.count() + apart.count() >= project.open_images:
        words = _("You have %(n)d images open: submit one before you begin another.")
        raise Refusal(words % {"n": project.open_images}, code="too_many_open")
