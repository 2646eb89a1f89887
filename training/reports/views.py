"""The manager's page: pictures, the tables under them, and each table as CSV."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.models import Project
from projects.policies import Action
from projects.web.page import open_project
from training.reports.period import RANGES, Period, period_of
from training.reports.report import TABLES, Report
from training.reports.tables import Table
from training.reports.team import TEAM_TABLES, Team


@login_required
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "report", Action.JOBS)
    period = period_of(request, project)
    found, team = Report(project, period), Team(project, period)
    made = {name: make(found) for name, make in TABLES.items() if project.workflow or name == "waiting"}
    context |= {
        **filters(project, period),
        "jobs": list(project.work_jobs.order_by("name", "id")[:500]) if project.workflow else [],
        "report": found,
        "team": team,
        "tables": made | {name: make(team) for name, make in TEAM_TABLES.items()},
        "data": {
            "burndown": found.burndown_data() if project.workflow else {},
            "boxes": team.columns_data(),
            "precision": team.precision_data(),
        },
    }
    return render(request, "training/report.html", context)


def filters(project: Project, period: Period) -> dict[str, object]:
    return {"period": period, "ranges": list(RANGES), "datasets": list(project.datasets.order_by("name"))}


@login_required
@require_safe
def report_table(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """One table as CSV, of the same days and images as the page."""
    project, _context = open_project(request, pk, "report", Action.JOBS)
    return _table(table, project, period_of(request, project)).download(f"{table}-{project.pk}")


def _table(name: str, project: Project, period: Period) -> Table:
    if name in TABLES:
        return TABLES[name](Report(project, period))
    if name in TEAM_TABLES:
        return TEAM_TABLES[name](Team(project, period))
    raise Http404
