"""The page where labels are taken away."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from annotations.blindness import hidden_images
from annotations.exports import actions, words
from annotations.formats.table import FORMATS
from annotations.models import Export
from annotations.statistics import figures_of, rows_of
from projects.models import User
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb

PER_PAGE = 20


@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "export")
    figures = figures_of(project)
    rows = rows_of(list(project.classes.order_by("position", "id")), figures)
    datasets = list(project.datasets.annotate(n=Count("images")))
    people = list(User.objects.filter(projects=project).order_by("name", "email"))
    names = words.Names(
        {row["label"].pk: row["label"].name for row in rows},
        {dataset.pk: dataset.name for dataset in datasets},
        {person.pk: str(person) for person in people},
    )
    page = page_of(request, actions.visible_exports(request.user).filter(project=project), PER_PAGE)
    context |= {
        "datasets": datasets,
        "rows": rows,
        "figures": figures,
        "formats": words.formats(),
        "splits": words.SPLITS.items(),
        "states": words.STATES.items(),
        "people": people,
        "page": page,
        "jobs": [_shown(job, names, request, "manage" in context["can"]) for job in page],
        "apart": hidden_images(actor_of(request), project).exists(),
        "keep_days": settings.EXPORT_KEEP_DAYS,
        "page_data": {
            "counts": reverse("api-export-counts", args=[project.pk]),
            "jobs": reverse("api-exports", args=[project.pk]),
        },
    }
    return render(request, "annotations/export.html", context)


def _shown(job: Export, names: words.Names, request: HttpRequest, manages: bool) -> dict[str, Any]:
    return {
        "job": job,
        "words": words.words_of(job.choice, names),
        "format": FORMATS[job.choice["format"]].title,
        "percent": 100 * job.done // job.total if job.total else 0,
        "mine": manages or job.created_by_id == request.user.pk,
        "open": job.state in Export.OPEN,
    }


@verb("export")
def export_cancel(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    actions.cancel(actor_of(request), actions.get_export(request.user, job))
    return redirect("export", pk)


@verb("export")
def export_delete(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    actions.delete(actor_of(request), actions.get_export(request.user, job))
    return redirect("export", pk)
