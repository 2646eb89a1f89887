"""The review page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotations import queries
from annotations.boxes.views import page_data
from annotations.models import LabelImport
from projects.models import Project
from projects.web.page import open_project

MOST_IMPORTS = 50


@login_required
@ensure_csrf_cookie
@require_safe
def review(request: HttpRequest, project_id: int) -> HttpResponse:
    project, context = open_project(request, project_id, "review")
    chosen = {name: request.GET.get(name, "") for name in ("class", "run", "batch", "state", "ordering")}
    data = page_data(request.user, project) | {"chosen": chosen}
    return render(request, "annotations/review.html", context | {"data": data, "imports": _imports(project, chosen)})


def _imports(project: Project, chosen: dict[str, str]) -> list[LabelImport]:
    """What the queue can be narrowed to beside runs: the latest imports that brought predictions, and the chosen
    one.
    """
    rows = queries.visible_label_imports(project).exclude(batch=None)
    found = list(rows.filter(batch__withdrawn_at=None)[:MOST_IMPORTS])
    wanted = int(chosen["batch"]) if chosen["batch"].isdecimal() else None
    if wanted is not None and wanted not in {job.batch_id for job in found}:
        found += rows.filter(batch=wanted)
    return found
