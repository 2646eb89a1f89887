"""Pages of searches: start one from a button, and look at what it found."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotations.boxes.payloads import place_url
from projects import policies
from projects.web.actor import actor_of
from projects.web.page import open_project, verb
from training.models import Run
from training.runs import actions, queries


@verb("images")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """POST image, and box (id) or nothing for the image itself; dataset narrows it. Leads to the search's page."""
    project = policies.get_project(request.user, pk)
    asked: dict[str, Any] = {
        name: int(value) for name in ("image", "dataset") if (value := request.POST.get(name, "")).isdecimal()
    }
    if request.POST.get("box"):
        asked["box"] = request.POST["box"]
    found = actions.start_run(actor_of(request), project, kind=Run.Kind.SIMILAR, **asked)
    return redirect("similar", found.pk)


@login_required
def show(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.get_run(request.user, pk)
    if found.kind != Run.Kind.SIMILAR:
        raise Http404
    project, context = open_project(request, found.project_id, "runs")
    image = project.images.filter(pk=found.params["image"]).first()
    xyxy = found.params["xyxy"]
    label = found.classes.first()
    context |= {
        "run": found,
        "query": image,
        "query_crop": place_url(image.pk, xyxy or (0, 0, image.width, image.height)) if image else "",
        "of_image": xyxy is None,
        "crumb": _("More like this"),
        "data": {
            "run": queries.run_row(found),
            "project": {"id": project.pk},
            "can": {"label": "label" in context["can"], "run": "run" in context["can"]},
            "label": label.pk if label else None,
            "of_image": xyxy is None,
            "classes": list(project.classes.values("id", "name", "color", "hotkey")),
        },
    }
    return render(request, "training/similar.html", context)
