"""Pages of predictions: let class models look through images, and do so with each new image."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from projects import policies
from projects.errors import Refusal
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb
from training.model_versions import queries, stored
from training.models import ModelVersion, Run
from training.predictions import automatic
from training.predictions.forms import PredictForm
from training.runs.actions import start_run


@login_required
def predict(request: HttpRequest, pk: int) -> HttpResponse:
    """`?model=` puts a version in the place of its class's current one, and is the one that is ticked."""
    project, context = open_project(request, pk, "runs", Action.RUN)
    wanted = _wanted(request, project)
    offered = queries.current_models(project) | ({wanted.label_id: wanted} if wanted else {})
    rows = [(model, stored.why_not(model)) for model in sorted(offered.values(), key=lambda one: one.name)]
    usable = [model for model, reason in rows if not reason]
    since = max((model.created_at for model in ([wanted] if wanted else usable)), default=None)
    new = project.images.filter(created_at__gt=since).count() if since else 0
    form = PredictForm(
        request.POST or None,
        project=project,
        datasets=list(project.datasets.annotate(n=Count("images"))),
        models=usable,
        initial={
            "models": [str(one.pk) for one in ([wanted] if wanted else usable)],
            "only": "new" if new else "all",
            "dataset": request.GET.get("dataset", ""),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            started = start_run(actor_of(request), project, kind=Run.Kind.PREDICT, **form.asked())
            return redirect("run", started.pk)
        except Refusal as error:
            form.refuse(error)
    context |= {
        "form": form,
        "rows": rows,
        "ticked": {str(value) for value in form["models"].value() or []},
        "images": project.images.count(),
        "new": new,
        "usable": bool(usable),
        "automatic": hasattr(project, "automatic_labelling"),
        "crumb": _("Label with a model"),
    }
    return render(request, "training/predict.html", context)


def _wanted(request: HttpRequest, project: Project) -> ModelVersion | None:
    pk = request.GET.get("model", "")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return queries.class_models(project).select_related("label").filter(pk=pk).first()


@verb("project-settings")
def automatic_labelling(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    if request.POST.get("on"):
        automatic.switch_on(actor_of(request), project)
        messages.success(request, _("From now on, new images are looked through by the models of this project."))
    else:
        automatic.switch_off(actor_of(request), project)
        messages.success(request, _("New images are left alone."))
    return redirect(reverse("project-settings", args=[pk]) + "#automatic")
