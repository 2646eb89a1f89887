"""Verbs of who leads the work: hand out jobs, change them, take back what nobody has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from annotations import history
from annotations.gallery.filters import may_work
from annotations.locking import BATCH
from annotations.models import Box, BoxHistory, LabelClass, Replica, WorkImage, WorkJob
from annotations.work import replicas
from annotations.work.division import divide, seats
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Image, NotificationKind, Project, User
from projects.notifications.actions import News, Page, notify
from projects.policies import Action

MOST_IMAGES = 20_000  # in one call
MOST_PEOPLE = 50
MOST_CHECKS = 50  # percent of a person's images
State, Verb = WorkImage.State, BoxHistory.Verb


@dataclass(frozen=True, slots=True)
class JobRequest:
    """people: each gets a job; nobody makes one shared queue. each: images per person, None for all evenly.

    overlap: how many of the people label each image, apart from one another, in one job. checks: how many check images
    are mixed in, in percent of a person's images.
    """

    name: str
    people: Sequence[User] = ()
    each: int | None = None
    classes: Sequence[LabelClass] = ()
    priority: int = WorkJob.Priority.NORMAL
    due: date | None = None
    overlap: int = 1
    checks: int = 0


@dataclass(frozen=True, slots=True)
class HandOut:
    """left: how many of the images were in a job already, or more than the people were to get."""

    jobs: Sequence[WorkJob]
    images: int
    left: int


def hand_out(actor: User, project: Project, ids: Sequence[int], wanted: JobRequest) -> HandOut:
    """Makes jobs of these images, in small transactions. An image that is in a job already stays there."""
    policies.require(actor, Action.JOBS, project)
    _require_workflow(project)
    name = _clean_name(wanted.name)
    if len(ids) > MOST_IMAGES:
        raise Refusal(_("At most %(n)d images at once.") % {"n": MOST_IMAGES}, field="images")
    if len(wanted.people) > MOST_PEOPLE:
        raise Refusal(_("At most %(n)d people at once.") % {"n": MOST_PEOPLE}, field="people")
    _require_workers(project, wanted.people)
    _require_fitting(wanted)
    free = _free(project, ids, unlabelled=wanted.overlap > 1)
    if not free:
        raise Refusal(_("All of these images are in a job already."), code="none_free", field="images")
    if wanted.overlap > 1:
        job = _hand_out_apart(actor, project, free, name, wanted)
        return HandOut([job], len(free), len(ids) - len(free))
    shares = divide(free, len(wanted.people), wanted.each) if wanted.people else [free]
    jobs = []
    people: Sequence[User | None] = wanted.people or [None]
    for person, share in zip(people, shares, strict=True):
        if share:
            jobs.append(_hand_out(actor, project, share, person, name, wanted))
    count = sum(map(len, shares))
    return HandOut(jobs, count, len(ids) - count)


def change(actor: User, job: WorkJob, *, name: str, assignee: User | None, priority: int, due: date | None) -> WorkJob:
    """Images that somebody has begun go to the new assignee as they are."""
    policies.require(actor, Action.JOBS, job.project)
    _require_workers(job.project, [assignee] if assignee else [])
    if assignee and job.overlap > 1:
        raise Refusal(_("Several people label these images, each apart."), field="assignee")
    handed = assignee if assignee and assignee.pk != job.assignee_id else None
    job.name, job.assignee, job.priority, job.due = _clean_name(name), assignee, priority, due
    with transaction.atomic():
        job.save(update_fields=["name", "assignee", "priority", "due"])
        audit.record(actor, "job.changed", job, project=job.project, assignee=assignee and assignee.pk)
        _tell(actor, job, handed, job.images.filter(state__in=WorkImage.OPEN).count() if handed else 0)
    return job


@transaction.atomic
def take_back(actor: User, job: WorkJob) -> int:
    """Takes images that nobody has begun out of the job, which goes when none is left; says how many they were."""
    policies.require(actor, Action.JOBS, job.project)
    count, _rows = WorkImage.objects.filter(job=job, state=State.TODO).delete()
    audit.record(actor, "job.taken_back", job, project=job.project, count=count)
    if not job.images.exists():
        job.delete()
    return count


def free(actor: User, project: Project, ids: Sequence[int]) -> list[int]:
    """Puts skipped images, and those that somebody has begun, back into their jobs, so that others can take them."""
    policies.require(actor, Action.JOBS, project)
    with transaction.atomic():
        rows = WorkImage.objects.select_for_update(of=("self",)).select_related("image")
        states = (State.SKIPPED, *WorkImage.BEGUN)
        found = list(rows.filter(job__project=project, job__overlap=1, image__in=ids, state__in=states))
        WorkImage.objects.filter(pk__in=[item.pk for item in found]).update(
            state=State.TODO, worker=None, lease_until=None, note=""
        )
        if found:
            history.save_history(project.pk, [history.of_work(actor, Verb.FREED, item.image) for item in found])
    return [item.image_id for item in found]


def _require_workflow(project: Project) -> None:
    if not project.workflow:
        raise Conflict(_("Work in jobs is switched off in this project's settings."), code="no_workflow")


def _require_workers(project: Project, people: Sequence[User]) -> None:
    able = set(may_work(project).filter(pk__in=[person.pk for person in people]).values_list("pk", flat=True))
    if any(person.pk not in able for person in people):
        raise Refusal(_("Only a member who may draw boxes can be given images."), field="people")


def _require_fitting(wanted: JobRequest) -> None:
    if not 1 <= wanted.overlap <= max(1, len(wanted.people)):
        raise Refusal(_("Choose at least as many people as are to label each image."), field="overlap")
    if wanted.overlap > 1 and wanted.each is not None:
        raise Refusal(_("Images that several people label are dealt out evenly."), field="each")
    if not 0 <= wanted.checks <= MOST_CHECKS:
        raise Refusal(_("Check images: 0 to %(n)d percent.") % {"n": MOST_CHECKS}, field="checks")
    if wanted.checks and not wanted.people:
        raise Refusal(_("Check images go to people by name, not to a shared queue."), field="checks")


def _free(project: Project, ids: Sequence[int], *, unlabelled: bool) -> list[int]:
    """Those of the project's images that are in no job, in the order given. unlabelled: and that have no box yet."""
    free: set[int] = set()
    for start in range(0, len(ids), BATCH):
        rows = Image.objects.filter(project=project, work=None, pk__in=ids[start : start + BATCH])
        if unlabelled:
            rows = rows.filter(~Exists(Box.objects.filter(image=OuterRef("pk"))))
        free.update(rows.order_by().values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(ids) if pk in free]


def _hand_out(
    actor: User, project: Project, share: Sequence[int], person: User | None, name: str, wanted: JobRequest
) -> WorkJob:
    with transaction.atomic():
        job = WorkJob.objects.create(
            project=project, name=name, assignee=person, priority=wanted.priority, due=wanted.due, created_by=actor
        )
        job.classes.set(wanted.classes)
        audit.record(actor, "job.made", job, project=project, count=len(share), assignee=person and person.pk)
    for start in range(0, len(share), BATCH):
        _fill(actor, job, share[start : start + BATCH], start)
    if person:
        replicas.with_checks(person, job, len(share), wanted.checks, Random(job.pk))
    _tell(actor, job, person, len(share))
    return job


def _hand_out_apart(actor: User, project: Project, ids: Sequence[int], name: str, wanted: JobRequest) -> WorkJob:
    """One job, of whose images so many people label each."""
    people, overlap = list(wanted.people), wanted.overlap
    with transaction.atomic():
        job = WorkJob.objects.create(
            project=project, name=name, priority=wanted.priority, due=wanted.due, created_by=actor, overlap=overlap
        )
        job.classes.set(wanted.classes)
        about = {"count": len(ids), "overlap": overlap, "people": [person.pk for person in people]}
        audit.record(actor, "job.made", job, project=project, **about)
    rng = Random(job.pk)
    dealt = seats(len(ids), len(people), overlap, rng)
    at_once = max(1, BATCH // (2 + overlap))
    for start in range(0, len(ids), at_once):
        stop = start + at_once
        _fill_apart(actor, job, ids[start:stop], [[people[one] for one in few] for few in dealt[start:stop]], start)
    for number, person in enumerate(people):
        count = sum(number in few for few in dealt)
        replicas.with_checks(person, job, count, wanted.checks, rng)
        _tell(actor, job, person, count)
    return job


@transaction.atomic
def _fill_apart(actor: User, job: WorkJob, ids: Sequence[int], dealt: Sequence[Sequence[User]], position: int) -> None:
    _fill(actor, job, ids, position)
    items = {item.image_id: item for item in WorkImage.objects.filter(job=job, image__in=ids)}
    rows = [
        Replica(job=job, item=items[pk], image_id=pk, person=person, position=items[pk].position)
        for pk, people in zip(ids, dealt, strict=True)
        if pk in items
        for person in people
    ]
    Replica.objects.bulk_create(rows, ignore_conflicts=True)


def _tell(actor: User, job: WorkJob, person: User | None, count: int) -> None:
    if count:
        page = Page("work-job", (job.project_id, job.pk))
        news = News(NotificationKind.ASSIGNED, job.project, f"job-{job.pk}", page, job.name, count=count)
        notify([person], news, actor=actor)


@transaction.atomic
def _fill(actor: User, job: WorkJob, ids: Sequence[int], position: int) -> None:
    """Whoever handed out one of the images at the same moment has it: it is left out here."""
    images = Image.objects.filter(pk__in=ids, work=None).in_bulk()
    there = [images[pk] for pk in ids if pk in images]
    rows = [WorkImage(job=job, image=image, position=position + at) for at, image in enumerate(there)]
    WorkImage.objects.bulk_create(rows, ignore_conflicts=True)
    history.save_history(job.project_id, [history.of_work(actor, Verb.HANDED, image) for image in there])


def _clean_name(value: str) -> str:
    name = " ".join(value.split())
    if not name or len(name) > 80:
        raise Refusal(_("A job needs a name of 1 to 80 characters."), field="name")
    return name
