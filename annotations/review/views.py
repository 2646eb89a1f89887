"""The review page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotations.boxes.views import page_data
from projects.web.page import open_project


@login_required
@ensure_csrf_cookie
@require_safe
def review(request: HttpRequest, project_id: int) -> HttpResponse:
    project, context = open_project(request, project_id, "review")
    chosen = {name: request.GET.get(name, "") for name in ("class", "run", "state", "ordering")}
    data = page_data(request.user, project) | {"chosen": chosen}
    return render(request, "annotations/review.html", context | {"data": data})
