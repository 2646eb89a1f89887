"""The page of quality, its tables as CSV; and a person's own figures."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from annotations.quality import checks
from projects import policies
from projects.errors import Refusal
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb
from training.quality.apart import Apart
from training.quality.forms import ChecksForm
from training.quality.people import People
from training.reports.period import period_of
from training.reports.tables import Table
from training.reports.team import Team
from training.reports.views import filters

TABLES: dict[str, Callable[[People], Table]] = {
    "pace": People.table,
    "checks": People.checks,
    "check-answers": People.answers,
}
APART: dict[str, Callable[[Apart], Table]] = {"pairs": Apart.pairs, "class-agreement": Apart.classes}


@login_required
@require_safe
def quality(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "report", Action.JOBS)
    period = period_of(request, project)
    people, apart = People(project, period), Apart(project, period)
    context |= {
        **filters(project, period),
        "jobs": list(project.work_jobs.order_by("name", "id")[:500]) if project.workflow else [],
        "people": people,
        "apart": apart,
        "data": {"burndown": {}, "boxes": [], "precision": []},
        "check_images": checks.checks_of(project).count(),
        "check_form": ChecksForm(auto_id="checks-%s"),
        "tables": {name: make(people) for name, make in TABLES.items()}
        | {"pairs": apart.pairs(), "classes": apart.classes()},
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
        "tables": {
            "people": team.people(),
            "throughput": team.throughput(),
            "pace": people.table(),
            "checks": people.checks(),
        },
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
    period, name = period_of(request, project), f"{table}-{project.pk}"
    if table in APART:
        return APART[table](Apart(project, period)).download(name)
    if table in TABLES:
        return TABLES[table](People(project, period)).download(name)
    raise Http404


@verb("quality")
def check_images(request: HttpRequest, pk: int) -> HttpResponse:
    """do: draw (so many more by chance), or unmake (all of them)."""
    project, actor = policies.get_project(request.user, pk), actor_of(request)
    if request.POST.get("do") == "unmake":
        ids = list(checks.checks_of(project).values_list("image", flat=True))
        n = checks.unmake_checks(actor, project, ids)
        words = ngettext("%(n)d image is no check any more.", "%(n)d images are no checks any more.", n)
        messages.success(request, words % {"n": n})
        return redirect("quality", pk)
    policies.require(actor, Action.JOBS, project)
    form = ChecksForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Say how many images."), field="count")
    count = form.cleaned_data["count"]
    n = len(checks.draw_checks(actor, project, count, secrets.randbelow(2**31)))
    messages.success(request, ngettext("%(n)d image is a check now.", "%(n)d images are checks now.", n) % {"n": n})
    return redirect("quality", pk)
