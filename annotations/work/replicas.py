"""Turns at images that people label apart from one another: whose turn it is, who sees what, and when all are in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.models import BoxHistory, CheckImage, Replica, WorkImage, WorkJob
from projects import policies
from projects.errors import Conflict
from projects.models import Image, Project, User
from projects.policies import Action

State = Replica.State


def waiting(actor: User, project: Project) -> QuerySet[Replica]:
    """What it is this person's turn to do, in the order of their jobs."""
    rows = Replica.objects.filter(person=actor, job__project=project, state__in=Replica.OPEN)
    return rows.order_by("-state", "job__priority", "job__due", "job", "position").select_related("job", "image")


def of(actor: User, image: Image) -> Replica | None:
    """The person's replica of an image, locked."""
    rows = Replica.objects.select_for_update(of=("self",)).select_related("job__project", "item", "person")
    found = rows.filter(person=actor, image=image).first()
    if found:
        found.image = image
    return found


def begin(replica: Replica) -> Replica:
    if replica.state == State.TODO:
        replica.state, replica.begun_at = State.STARTED, timezone.now()
        replica.save(update_fields=["state", "begun_at"])
        if replica.item_id:
            rows = WorkImage.objects.filter(pk=replica.item_id, state=WorkImage.State.TODO)
            rows.update(state=WorkImage.State.STARTED)
    return replica


def submit(replica: Replica) -> Replica:
    _require_open(replica)
    replica.state, replica.submitted_at = State.SUBMITTED, timezone.now()
    replica.save(update_fields=["state", "submitted_at"])
    _close(replica)
    return replica


def skip(replica: Replica, reason: str) -> Replica:
    _require_open(replica)
    replica.state, replica.note = State.SKIPPED, reason
    replica.save(update_fields=["state", "note"])
    _close(replica)
    return replica


def leave(actor: User | None, person: User) -> None:
    """What a person who goes had yet to submit is asked of nobody; images that waited for it alone are ready."""
    rows = Replica.objects.filter(person=person, state__in=Replica.OPEN)
    items = list(rows.exclude(item=None).values_list("item", flat=True))
    rows.delete()
    ready(actor, items)


@transaction.atomic
def go_on(actor: User, job: WorkJob) -> int:
    """Asks nobody any more for what is open where somebody has submitted; how many images that settles."""
    policies.require(actor, Action.JOBS, job.project)
    rows = Replica.objects.filter(job=job, state__in=Replica.OPEN, item__replicas__state=State.SUBMITTED)
    items = set(rows.values_list("item", flat=True))
    Replica.objects.filter(item__in=items, state__in=Replica.OPEN).delete()
    return ready(actor, items)


def ready(actor: User | None, items: Collection[int]) -> int:
    """Images of which nothing is open are submitted; skipped, where everybody skipped them. How many they are."""
    rows = WorkImage.objects.select_for_update(of=("self",)).select_related("image").filter(
        pk__in=items, state__in=WorkImage.OPEN
    )  # fmt: skip
    done = [item for item in rows if not item.replicas.filter(state__in=Replica.OPEN).exists()]
    for item in done:
        answered = item.replicas.filter(state=State.SUBMITTED).exists()
        item.state = WorkImage.State.SUBMITTED if answered else WorkImage.State.SKIPPED
        item.submitted_at = timezone.now() if answered else None
        item.save(update_fields=["state", "submitted_at"])
    if done:
        verbs = {WorkImage.State.SUBMITTED: BoxHistory.Verb.SUBMITTED, WorkImage.State.SKIPPED: BoxHistory.Verb.SKIPPED}
        rows_of = [history.of_work(actor, verbs[WorkImage.State(item.state)], item.image) for item in done]
        history.save_history(done[0].image.project_id, rows_of)
    return len(done)


def with_checks(person: User, job: WorkJob, count: int, percent: int, rng: Random) -> int:
    """Mixes check images that the person has not had yet into a job of `count` images; how many."""
    wanted = round(count * percent / 100)
    if not wanted:
        return 0
    had = Replica.objects.filter(person=person).values("image")
    own = WorkImage.objects.filter(job=job).values("image")
    checks = CheckImage.objects.filter(image__project=job.project).exclude(Q(image__in=had) | Q(image__in=own))
    ids = list(checks.values_list("image", flat=True))
    chosen = rng.sample(ids, min(wanted, len(ids)))
    Replica.objects.bulk_create(
        [Replica(job=job, image_id=pk, person=person, position=rng.randrange(count)) for pk in chosen], batch_size=200
    )
    return len(chosen)


def order(user: User, job: int, items: Sequence[tuple[int, int]]) -> list[int]:
    """Ids of a job's images as this person walks through them. items: (position, image) of the job."""
    rows = Replica.objects.filter(job=job, person=user)
    seats = [(position, 0, image) for position, image in rows.values_list("position", "image_id")]
    if rows.exclude(item=None).exists():
        return [image for _position, _kind, image in sorted(seats)]
    rest = [(position, 1, image) for position, image in items]
    return [image for _position, _kind, image in sorted(seats + rest)]


def _require_open(replica: Replica) -> None:
    if replica.state not in Replica.OPEN:
        raise Conflict(_("This image is not yours to work on now."), code="not_yours")


def _close(replica: Replica) -> None:
    if replica.item_id:
        ready(replica.person, [replica.item_id])
