"""Pages of class models."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from projects.models import Project
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of
from training import shots
from training.analysis import held_out_errors
from training.model_versions import class_context, queries
from training.models import ModelVersion


@login_required
def models(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "models")
    page = page_of(request, queries.visible_models(request.user).filter(project=project).order_by("-id"))
    context |= {"page": page, "colors": _colors(project)}
    return render(request, "training/models.html", context)


@login_required
def model(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.get_model(request.user, pk)
    project, context = open_project(request, found.project_id, "models")
    [metrics] = held_out_errors.pictured([(project.pk, found.metrics)])
    curves = found.details.get("curves") or {}
    context |= {
        "model": found,
        "colors": _colors(project),
        "data": {"metrics": metrics, "curves": curves},
        "numbers": model_numbers(found),
        "crumb": str(found),
    }
    context |= class_context.context(request, found)
    return render(request, "training/model.html", context)


@login_required
@require_POST
def shot_verb(request: HttpRequest, pk: int, box: UUID, do: str) -> HttpResponse:
    """Takes a shot out of the examples, or back in, from the page of a model."""
    found = queries.get_model(request.user, pk)
    verb = {"leave-out": shots.leave_out, "use-again": shots.use_again}.get(do)
    if verb is None:
        raise Http404
    verb(actor_of(request), shots.get_shot(actor_of(request), box))
    page = request.POST.get("page", "")
    return redirect(reverse("model", args=[found.pk]) + (f"?page={page}" if page.isdecimal() else "") + "#shots")


def _colors(project: Project) -> dict[int, str]:
    return dict(project.classes.values_list("pk", "color"))


def model_numbers(found: ModelVersion) -> list[tuple[str, float, float | None, float | None]]:
    """The measures that a person compares models by, each with the ends of its interval where they are known.

    What was not measured is left out.
    """
    words = {
        "precision": _("Precision"),
        "recall": _("Recall"),
        "f1": _("F1"),
        "map50": _("AP50"),
        "ap50": _("AP50"),
        "map": _("AP"),
        "ap": _("AP"),
    }
    numbers = {
        word: (word, found.metrics[key], found.metrics.get(f"{key}_low"), found.metrics.get(f"{key}_high"))
        for key, word in words.items()
        if isinstance(found.metrics.get(key), int | float)
    }
    return list(numbers.values())
