"""Pages of class models."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from projects import policies
from projects.errors import Refusal
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb
from training import shots
from training.analysis import held_out_errors, measured_figures
from training.model_versions import actions, class_context, queries, stored
from training.model_versions.bin import delete_model
from training.models import ConvertedModel, ModelVersion

MOST_PROJECTS = 200  # that a model is offered to be given to


@login_required
def models(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "models")
    page = page_of(request, queries.visible_models(request.user).filter(project=project).order_by("-id"))
    current = {model.pk for model in queries.current_models(project).values()}
    context |= {"page": page, "colors": _colors(project), "current": current}
    context |= {"classes": project.classes.all() if Action.RUN in context["can"] else []}
    return render(request, "training/models.html", context)


@login_required
def model(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.get_model(request.user, pk)
    project, context = open_project(request, found.project_id, "models")
    [metrics] = held_out_errors.pictured([(project.pk, found.metrics)])
    curves = found.details.get("curves") or {}
    colors = _colors(project)
    context |= {
        "model": found,
        "colors": colors,
        "measured": measured_figures.of_model(found, colors),
        "data": {"metrics": metrics, "curves": curves},
        "numbers": model_numbers(found),
        "crumb": str(found),
    }
    context |= class_context.context(request, found)
    context |= _use(request, found)
    return render(request, "training/model.html", context)


def _use(request: HttpRequest, found: ModelVersion) -> dict[str, Any]:
    """What can be done with a model: whether it can run, whether it is its class's, and where it can go."""
    others = policies.visible_projects(request.user).exclude(pk=found.project_id).order_by("name", "id")
    label = found.label
    return {
        "cannot_run": stored.why_not(found) if found.kind == ModelVersion.Kind.FEWSHOT else "",
        "current": queries.current_model(label) if label else None,
        "before": queries.model_before(label) if label else None,
        "elsewhere": others[:MOST_PROJECTS],
        "forms": _forms(found),
    }


def _forms(found: ModelVersion) -> list[tuple[str, str, ConvertedModel | None]]:
    """The forms that a model can have for other programs: each with its file, if it was made."""
    forms = ConvertedModel.Format
    offered = [forms.ONNX, forms.OPENVINO] if found.file_name.endswith(".pt") else []
    if found.kind == ModelVersion.Kind.FEWSHOT and not stored.why_not(found):
        offered = [forms.ONNX]
    made = {one.format: one for one in found.converted.all()}
    return [(form.value, str(form.label), made.get(form.value)) for form in offered]


@verb("models")
def model_import(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    file = request.FILES.get("file")
    if file is None:
        raise Refusal(_("Choose the zip of a model."), field="file")
    wanted = request.POST.get("label", "")
    label = project.classes.filter(pk=wanted).first() if wanted.isdecimal() else None
    made = actions.import_file(actor_of(request), project, file, label=label)
    messages.success(request, _("“%(name)s” is here and can be used.") % {"name": made})
    return redirect("model", made.pk)


@verb("model")
def model_verb(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """promote, roll-back, or give (to `project`, for the class called `class` there)."""
    found = queries.get_model(request.user, pk)
    if do == "promote":
        actions.promote(actor_of(request), found)
        messages.success(request, _("%(model)s is the one of its class now.") % {"model": found})
    elif do == "roll-back" and found.label is not None:
        back = actions.roll_back(actor_of(request), found.label)
        messages.success(request, _("%(model)s is the one of its class now.") % {"model": back})
        return redirect("model", back.pk)
    elif do == "give":
        project = policies.get_project(request.user, _number(request.POST.get("project")))
        name = request.POST.get("class", "").strip()
        label = project.classes.filter(name__iexact=name).first() if name else None
        if name and label is None:
            words = _("“%(project)s” has no class “%(name)s”: choose the class that the model is to find.")
            raise Refusal(words % {"project": project.name, "name": name}, field="class")
        copy = actions.give(actor_of(request), found, project, label=label)
        messages.success(request, _("“%(name)s” is in “%(project)s” now.") % {"name": copy, "project": project.name})
    else:
        raise Http404
    return redirect("model", pk)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.get_model(request.user, pk)
    delete_model(actor_of(request), found)
    messages.success(request, _("“%(name)s” lies in the bin.") % {"name": found})
    return redirect("models", found.project_id)


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
