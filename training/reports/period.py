"""What a report is about: which days of the reader's time zone, which dataset, which job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import Expression, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlencode

from annotations.days import day_expression, start_of
from annotations.models import WorkJob
from projects.models import Dataset, Project

RANGES = {"7": 7, "30": 30, "90": 90, "all": None}
USUAL = "30"
COOKIE = "zone"  # set by the page's script
LONGEST_ZONE = 60


@dataclass(frozen=True, slots=True)
class Period:
    """first, last: days of `zone`; last is today. span: the name of the range."""

    first: date
    last: date
    zone: tzinfo
    span: str = USUAL
    dataset: Dataset | None = None
    job: WorkJob | None = None

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def start(self) -> datetime:
        return start_of(self.first, self.zone)

    @property
    def query(self) -> str:
        wanted = {"range": self.span, "dataset": self.dataset and self.dataset.pk, "job": self.job and self.job.pk}
        return urlencode({name: value for name, value in wanted.items() if value})

    def day_of(self, slot: str, since: date | None = None) -> Expression:
        return day_expression(slot, self.zone, since or self.first, self.last)

    def images(self, at: str) -> Q:
        """Of rows that lead to an image by `at`: those of the dataset and the job."""
        found = Q()
        if self.dataset:
            found &= Q(**{f"{at}dataset": self.dataset})
        if self.job:
            found &= Q(**{f"{at}work__job": self.job})
        return found


def period_of(request: HttpRequest, project: Project) -> Period:
    """What makes no sense counts as not given."""
    zone = zone_of(request)
    span = request.GET.get("range", USUAL)
    span = span if span in RANGES else USUAL
    today = timezone.localdate(timezone=zone)
    days = RANGES[span]
    first = today - timedelta(days=days - 1) if days else min(today, timezone.localdate(project.created_at, zone))
    return Period(
        first,
        today,
        zone,
        span,
        project.datasets.filter(pk=_whole(request.GET.get("dataset", ""))).first(),
        WorkJob.objects.filter(project=project, pk=_whole(request.GET.get("job", ""))).first(),
    )


def zone_of(request: HttpRequest) -> tzinfo:
    """As the reader's browser says it; else the server's."""
    name = request.COOKIES.get(COOKIE, "")
    if not name or len(name) > LONGEST_ZONE:
        return timezone.get_default_timezone()
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # of no such zone zoneinfo says KeyError
        return timezone.get_default_timezone()


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
