"""Who waits for what in a project: each kind of waiting work, for whom, how much, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.models import Comment, Suggestion, WorkImage, WorkJob
from annotations.work.queries import people_apart
from projects.models import Project, User
from training.reports.period import Period

State = WorkImage.State
SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """n things of which the oldest waits since a day, where that is known."""

    what: str
    who: str
    n: int
    since: date | None
    url: str


def waiting(project: Project, period: Period) -> list[WaitingWork]:
    """In seven questions at most, whatever there is."""
    return [*_work(project, period), *_due(project, period), *_words(project, period), *_suggestions(project, period)]


def _work(project: Project, period: Period) -> Iterator[WaitingWork]:
    rows = WorkImage.objects.filter(period.images("image__"), job__project=project).order_by()
    jobs = reverse("work", args=[project.pk])
    returned = rows.filter(state=State.RETURNED).values_list("worker").annotate(n=Count("pk"), at=Min("decided_at"))
    found = list(returned)
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=[pk for pk, _n, _at in found if pk])}
    for worker, n, at in sorted(found, key=lambda row: -row[1]):
        yield WaitingWork(_("Returned images to mend"), names.get(worker, "–"), n, _day(at, period), jobs)
    counts = rows.aggregate(
        submitted=Count("pk", filter=Q(state=State.SUBMITTED)),
        oldest=Min("submitted_at", filter=Q(state=State.SUBMITTED)),
        skipped=Count("pk", filter=Q(state=State.SKIPPED)),
    )
    if counts["submitted"]:
        url, since = reverse("work-review", args=[project.pk]), _day(counts["oldest"], period)
        yield WaitingWork(_("Submitted images to review"), _("Reviewers"), counts["submitted"], since, url)
    if counts["skipped"]:
        yield WaitingWork(_("Skipped images"), _("Managers"), counts["skipped"], None, jobs)


def _due(project: Project, period: Period) -> Iterator[WaitingWork]:
    """Jobs with images to label whose day is near or over."""
    rows = WorkImage.objects.filter(period.images("image__"), job__project=project, state__in=WorkImage.OPEN)
    near = rows.filter(job__due__lte=period.last + SOON).order_by("job__due", "job")
    named = near.values_list("job", "job__name", "job__assignee", "job__assignee__name", "job__assignee__email")
    apart = people_apart(WorkJob.objects.filter(project=project, overlap__gt=1, due__lte=period.last + SOON))
    for job, name, assignee, person, email, n, due in named.annotate(n=Count("pk"), due=Max("job__due"))[:50]:
        what = _("Overdue: %(job)s") if due < period.last else _("Due soon: %(job)s")
        who = (person or email) if assignee else ", ".join(apart.get(job, ())) or _("Shared queue")
        yield WaitingWork(what % {"job": name}, who, n, due, reverse("work-job", args=[project.pk, job]))


def _words(project: Project, period: Period) -> Iterator[WaitingWork]:
    rows = Comment.objects.filter(period.images("image__"), image__project=project, resolved_at=None)
    found = rows.aggregate(n=Count("pk"), at=Min("created_at"))
    if found["n"]:
        url = reverse("comments", args=[project.pk])
        yield WaitingWork(_("Open comments"), _("Everybody"), found["n"], _day(found["at"], period), url)


def _suggestions(project: Project, period: Period) -> Iterator[WaitingWork]:
    rows = Suggestion.objects.filter(
        period.images("image__"), label__project=project, state=Suggestion.State.PENDING
    ).order_by()
    if n := rows.count():
        url = reverse("review", args=[project.pk])
        yield WaitingWork(_("Suggestions to answer"), _("Reviewers"), n, None, url)


def _day(at: datetime | None, period: Period) -> date | None:
    return timezone.localdate(at, period.zone) if at else None
