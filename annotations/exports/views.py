"""The page where labels are taken away."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.statistics import figures_of, rows_of
from projects.web.page import open_project


@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "export")
    figures = figures_of(project)
    rows = rows_of(list(project.classes.order_by("position", "id")), figures)
    context |= {"datasets": project.datasets.annotate(n=Count("images")), "rows": rows, "figures": figures}
    return render(request, "annotations/export.html", context)
