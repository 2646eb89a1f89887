"""What is read of jobs: how far each is, whose turn it is, and the images of a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, F, Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone

from annotations.models import Replica, WorkImage, WorkJob
from annotations.work import replicas, rules
from projects import policies
from projects.models import Project, User

if TYPE_CHECKING:
    from projects.policies import Person

State = WorkImage.State
BY_NAME = ("person__name", "person__email")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the bar: where it begins and how long it is, in percent."""

    state: str
    label: str
    count: int
    start: float
    percent: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Images of a job, or of several, by state."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def of(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def open(self) -> int:
        """That somebody has yet to label."""
        return self.of(*WorkImage.OPEN)

    @property
    def submitted(self) -> int:
        return self.of(State.SUBMITTED)

    @property
    def final(self) -> int:
        return self.of(State.FINAL)

    @property
    def parts(self) -> list[Part]:
        """Those that there are, the furthest first."""
        found, start = [], 0
        for state in (State.FINAL, State.SUBMITTED, State.RETURNED, State.STARTED, State.SKIPPED, State.TODO):
            if count := self.of(state):
                found.append(
                    Part(str(state), str(state.label), count, 100 * start / self.total, 100 * count / self.total)
                )
            start += count
        return found


@dataclass(frozen=True, slots=True)
class Mine:
    """What waits for a person in a project: images to label, of these returned ones, and others' work to review."""

    todo: int = 0
    returned: int = 0
    to_review: int = 0


def jobs_of(project: Project) -> QuerySet[WorkJob]:
    return WorkJob.objects.filter(project=project).select_related("assignee").prefetch_related("classes")


def get_job(user: Person, project: int, pk: int) -> WorkJob:
    rows = WorkJob.objects.filter(project__in=policies.visible_projects(user), project=project, pk=pk)
    found = rows.select_related("project", "assignee").first()
    if found is None:
        raise Http404
    return found


def progress(jobs: Iterable[WorkJob]) -> dict[int, Progress]:
    """Of each job, in one query."""
    ids = [job.pk for job in jobs]
    counts: dict[int, dict[str, int]] = {pk: {} for pk in ids}
    rows = WorkImage.objects.filter(job__in=ids).order_by().values_list("job", "state").annotate(n=Count("pk"))
    for job, state, n in rows:
        counts[job][state] = n
    return {pk: Progress(found) for pk, found in counts.items()}


def project_progress(project: Project) -> Progress:
    rows = WorkImage.objects.filter(job__project=project).order_by().values_list("state").annotate(n=Count("pk"))
    return Progress(dict(rows.values_list("state", "n")))


def mine(user: User, project: Project, *, reviews: bool) -> Mine:
    """In three queries at most."""
    rows = WorkImage.objects.filter(rules.mine(user), job__project=project, state__in=WorkImage.OPEN)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")).values_list("state", "n"))
    submitted = WorkImage.objects.filter(job__project=project, state=State.SUBMITTED).count() if reviews else 0
    apart = replicas.waiting(user, project).count()
    return Mine(sum(counts.values()) + apart, counts.get(State.RETURNED, 0), submitted)


def images_of(
    project: Project, *, job: int | None = None, states: Collection[str] = (), worker: int | None = None
) -> QuerySet[WorkImage]:
    """In the order in which people go through them."""
    rows = WorkImage.objects.filter(job__project=project)
    if job is not None:
        rows = rows.filter(job=job)
    if states:
        rows = rows.filter(state__in=states)
    if worker is not None:
        rows = rows.filter(worker=worker)
    return rows.order_by("job__priority", "job__due", "job", "position")


def with_names(rows: QuerySet[WorkImage]) -> QuerySet[WorkImage]:
    """With the people of each: its worker, and who labels it apart (`replicas`)."""
    apart = Replica.objects.select_related("person").defer("boxes", "complete").order_by(*BY_NAME)
    named = rows.select_related("job", "image", "worker", "submitted_by", "decided_by")
    return named.prefetch_related(Prefetch("replicas", apart))


def people_apart(jobs: Iterable[WorkJob]) -> dict[int, list[str]]:
    """Names of who labels the images of a job apart from one another, by job; one query, none where no job has any."""
    ids = [job.pk for job in jobs if job.overlap > 1]
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    people = (
        User.objects.filter(replicas__job__in=ids, replicas__item__isnull=False).distinct().order_by("name", "email")
    )
    for person in people.annotate(job=F("replicas__job")) if ids else ():
        found[person.job].append(str(person))
    return found


def is_late(due: date | None, left: int) -> bool:
    return due is not None and left > 0 and due < timezone.localdate()
