"""The page of all boxes of one class, side by side."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotations.boxes.views import page_data
from annotations.gallery.filters import may_work
from annotations.models import Origin, WorkImage
from projects.web.page import open_project

FILTERS = ("class", "order", "author", "dataset", "origin", "state", "work")


@login_required
@ensure_csrf_cookie
@require_safe
def boxes(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "review")
    data = page_data(request.user, project)
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    if not chosen["class"] and data["classes"]:
        chosen["class"] = str(data["classes"][0]["id"])
    context |= {
        "data": data | {"chosen": chosen},
        "people": may_work(project),
        "datasets": project.datasets.all(),
        "origins": Origin.choices,
        "works": WorkImage.State.choices if project.workflow else [],
        "crumb": _("Boxes"),
    }
    return render(request, "annotations/boxes.html", context)
