"""Verbs of who leads the work: hand out jobs, change them, take back what nobody has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from annotations import history
from annotations.gallery.filters import may_work
from annotations.locking import BATCH
from annotations.models import BoxHistory, LabelClass, WorkImage, WorkJob
from annotations.work.division import divide
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Image, NotificationKind, Project, User
from projects.notifications.actions import News, Page, notify
from projects.policies import Action

MOST_IMAGES = 20_000  # in one call
MOST_PEOPLE = 50
State, Verb = WorkImage.State, BoxHistory.Verb


@dataclass(frozen=True, slots=True)
class JobRequest:
    """people: each gets a job; nobody makes one shared queue. each: images per person, None for all evenly."""

    name: str
    people: Sequence[User] = ()
    each: int | None = None
    classes: Sequence[LabelClass] = ()
    priority: int = WorkJob.Priority.NORMAL
    due: date | None = None


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
    free = _free(project, ids)
    if not free:
        raise Refusal(_("All of these images are in a job already."), code="none_free", field="images")
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
        found = list(rows.filter(job__project=project, image__in=ids, state__in=(State.SKIPPED, *WorkImage.BEGUN)))
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


def _free(project: Project, ids: Sequence[int]) -> list[int]:
    """Those of the project's images that are in no job, in the order given."""
    free: set[int] = set()
    for start in range(0, len(ids), BATCH):
        rows = Image.objects.filter(project=project, work=None, pk__in=ids[start : start + BATCH])
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
    _tell(actor, job, person, len(share))
    return job


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
