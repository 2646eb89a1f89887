"""The page of quality, its tables as CSV; and a person's own figures."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project
from training.quality.people import People
from training.reports.period import period_of
from training.reports.tables import Table
from training.reports.team import Team
from training.reports.views import filters

TABLES: dict[str, Callable[[People], Table]] = {"pace": People.table}


@login_required
@require_safe
def quality(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "report", Action.JOBS)
    period = period_of(request, project)
    people = People(project, period)
    context |= {
        **filters(project, period),
        "jobs": list(project.work_jobs.order_by("name", "id")[:500]) if project.workflow else [],
        "people": people,
        "data": {"burndown": {}, "boxes": [], "precision": []},
        "tables": {name: make(people) for name, make in TABLES.items()},
    }
    return render(request, "training/quality.html", context)


@login_required
@require_safe
def mine(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader's own figures, and nobody else's."""
    project, context = open_project(request, pk, "work", Action.LABEL)
    period = period_of(request, project)
    actor = actor_of(request)
    team, people = Team(project, period, actor), People(project, period, actor)
    context |= {
        **filters(project, period),
        "tables": {"people": team.people(), "throughput": team.throughput(), "pace": people.table()},
        "data": {"burndown": {}, "boxes": team.columns_data(), "precision": []},
        "people": people,
        "crumb": _("My work"),
    }
    return render(request, "training/report_mine.html", context)


@login_required
@require_safe
def quality_table(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """One table as CSV, of the same days and images as the page."""
    project, _context = open_project(request, pk, "report", Action.JOBS)
    if table not in TABLES:
        raise Http404
    return TABLES[table](People(project, period_of(request, project))).download(f"{table}-{project.pk}")
