"""The manager's page: pictures, the tables under them, and each table as CSV."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.policies import Action
from projects.web.page import open_project
from training.reports.period import RANGES, period_of
from training.reports.report import TABLES, Report


@login_required
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "report", Action.JOBS)
    period = period_of(request, project)
    found = Report(project, period)
    context |= {
        "period": period,
        "ranges": list(RANGES),
        "datasets": list(project.datasets.order_by("name")),
        "jobs": list(project.work_jobs.order_by("name", "id")[:500]) if project.workflow else [],
        "report": found,
        "tables": {name: make(found) for name, make in TABLES.items() if project.workflow or name == "waiting"},
        "data": {"burndown": found.burndown_data() if project.workflow else {}},
    }
    return render(request, "training/report.html", context)


@login_required
@require_safe
def report_table(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """One table as CSV, of the same days and images as the page."""
    project, _context = open_project(request, pk, "report", Action.JOBS)
    if table not in TABLES:
        raise Http404
    made = TABLES[table](Report(project, period_of(request, project)))
    name = f"{table}-{project.pk}.csv"
    # Without the mark Excel takes UTF-8 for what its country writes.
    return HttpResponse(
        "\ufeff" + made.as_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
