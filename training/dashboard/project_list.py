"""The list of one's projects: a card for each, with what is done and what waits."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.statistics import project_counts
from projects import policies
from projects.models import Image
from projects.web.page import page_of

PREVIEWS = 4


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    rows = policies.visible_projects(request.user)
    search = _searched(request)
    if search:
        rows = rows.filter(name__icontains=search)
    previews = {
        f"preview{n}": Subquery(Image.objects.filter(project=OuterRef("pk")).order_by("id").values("pk")[n : n + 1])
        for n in range(PREVIEWS)
    }
    page = page_of(request, rows.annotate(**previews), per_page=12)
    counts = project_counts([project.pk for project in page])
    cards = [
        {
            "project": project,
            "previews": [pk for n in range(PREVIEWS) if (pk := getattr(project, f"preview{n}"))],
            **counts[project.pk],
        }
        for project in page
    ]
    shown = {
        "page": page,
        "cards": cards,
        "search": search,
        "deleted": policies.deleted_projects(request.user).exists(),
    }
    return render(request, "training/projects.html", shown)


def _searched(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()  # PostgreSQL takes no NUL
