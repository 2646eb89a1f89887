"""Pages of runs and models: start one, watch it, look back at it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotations.statistics import class_rows
from projects.errors import Refusal
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb
from training.analysis import measured_figures
from training.analysis.outcome import since_finished
from training.base_detectors import BASE_DETECTORS
from training.model_versions import queries as model_versions_queries
from training.models import Run
from training.protocol.limits import AUTO_TRAIN_SHOTS, MIN_SHOTS
from training.runs import actions, check_parameters
from training.runs import queries as runs_queries
from training.runs.forms import AutolabelForm, CheckForm, DetectForm
from training.scope import TestSplit, scope_images

GOOD_SHOTS = 10


# --- starting ---------------------------------------------------------------------------------------------------------
@login_required
def run_new(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "runs", Action.RUN)
    rows = class_rows(project)
    form = AutolabelForm(
        request.POST or None,
        project=project,
        datasets=list(project.datasets.annotate(n=Count("images"))),
        labels=[row["label"] for row in rows],
        initial={"classes": [request.GET.get("class", "")], "dataset": request.GET.get("dataset", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_run(actor_of(request), project, kind=Run.Kind.AUTOLABEL, **form.asked())
            return redirect("run", started.pk)
        except Refusal as error:
            form.refuse(error)
    tests = TestSplit.of(project)
    for row in rows:  # as many as there are to learn from
        row["boxes"] -= tests.boxes.get(row["label"].pk, 0)
    ready = [row for row in rows if row["boxes"]]
    context |= {"ready": ready, "boxless": [row for row in rows if not row["boxes"]], "picked": _picked(form, ready)}
    context |= {"form": form, "rows": rows, "images": project.images.count() - tests.images}
    context |= {"measured": tests.images}
    context |= {"few": MIN_SHOTS, "good": GOOD_SHOTS, "enough_to_train": AUTO_TRAIN_SHOTS}
    return render(request, "training/run_new.html", context)


def _picked(form: AutolabelForm, ready: list[dict[str, Any]]) -> set[str]:
    """The classes that are ticked: those asked for, or the only one that there is to look for."""
    chosen = {str(value) for value in form["classes"].value() or [] if value}
    return chosen or ({str(ready[0]["label"].pk)} if len(ready) == 1 else set())


@login_required
def detect(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "runs", Action.RUN)
    trained = list(model_versions_queries.trained_detectors(project)[:50])
    form = DetectForm(
        request.POST or None,
        project=project,
        datasets=list(project.datasets.annotate(n=Count("images"))),
        labels=list(project.classes.all()),
        models=trained,
    )
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_run(actor_of(request), project, kind=Run.Kind.DETECT, **form.asked())
            return redirect("run", started.pk)
        except Refusal as error:
            form.refuse(error)
    by_family = groupby(BASE_DETECTORS.values(), key=lambda detector: detector.family)
    context |= {
        "form": form,
        "trained": trained,
        "families": [(family, list(members)) for family, members in by_family],
    }
    return render(request, "training/detect.html", context)


@login_required
def check_labels(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "review", Action.RUN)
    counts = check_parameters.ready(project, scope_images(project, None, None))
    labels = list(project.classes.filter(pk__in=counts))
    form = CheckForm(
        request.POST or None,
        project=project,
        datasets=list(project.datasets.annotate(n=Count("images"))),
        labels=labels,
        initial={"classes": [str(label.pk) for label in labels]},
    )
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_run(actor_of(request), project, kind=Run.Kind.CHECK, **form.asked())
            return redirect("run", started.pk)
        except Refusal as error:
            form.refuse(error)
    context |= {
        "form": form,
        "rows": [(label, counts[label.pk]) for label in labels],
        "ticked": {str(value) for value in form["classes"].value() or []},
        "crumb": _("Check labels"),
    }
    return render(request, "training/check_labels.html", context)


@verb("model")
def convert(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Makes a trained detector's ONNX or OpenVINO form: a run, whose page leads back to the model."""
    model = model_versions_queries.get_model(request.user, pk)
    started = actions.start_run(
        actor_of(request), model.project, kind=Run.Kind.EXPORT, model=model.pk, format=form
    )  # fmt: skip
    return redirect("run", started.pk)


# --- runs -------------------------------------------------------------------------------------------------------------
@login_required
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "runs")
    listed = runs_queries.visible_runs(request.user).filter(project=project)
    page = page_of(request, listed.prefetch_related("classes"))
    rows = runs_queries.run_rows(list(page))
    context |= {"page": page, "rows": [{"run": run, **row} for run, row in zip(page, rows, strict=True)]}
    return render(request, "training/runs.html", context)


@login_required
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = runs_queries.get_run(request.user, pk)
    if found.kind == Run.Kind.SIMILAR:
        return redirect("similar", pk)
    project, context = open_project(request, found.project_id, "runs")
    names = {label.pk: {"name": label.name, "color": label.color} for label in project.classes.all()}
    row = runs_queries.run_row(found)
    used = found.params.get("models") or row["models"]
    if found.kind == Run.Kind.EXPORT:
        used = [found.params["model"]]
    versions = model_versions_queries.visible_models(request.user).filter(pk__in=used).order_by("id")
    context |= {
        "run": found,
        "measured": measured_figures.of_run(found, {pk: one["color"] for pk, one in names.items()}),
        "labels": list(found.classes.all()),
        "versions": versions,
        "data": {
            "run": row,
            "classes": names,
            "may": Action.RUN in context["can"],
            "project": project.pk,
            "since": since_finished(found),
        },
        "crumb": _("Run #%(number)d") % {"number": found.number},
    }
    return render(request, "training/run.html", context)


@login_required
@require_POST
def run_verb(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Cancel, retry or undo; the page itself asks the API, this serves the list and a browser without scripts."""
    found = runs_queries.get_run(request.user, pk)
    try:
        _do(request, found, do)
    except Refusal as error:
        messages.error(request, error.detail)
    return redirect("run", pk)


def _do(request: HttpRequest, found: Run, do: str) -> None:
    if do == "cancel":
        actions.cancel_run(actor_of(request), found)
        messages.success(request, _("The run stops within a few seconds."))
    elif do == "retry":
        actions.retry_run(actor_of(request), found)
        messages.success(request, _("The run is in the queue again."))
    elif do == "undo":
        n = sum(actions.undo_run(actor_of(request), found).values())
        said = ngettext("%(n)d suggestion or box was taken back.", "%(n)d suggestions and boxes were taken back.", n)
        messages.success(request, said % {"n": n})
    else:
        raise Http404


# --- models -----------------------------------------------------------------------------------------------------------
