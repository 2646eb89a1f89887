"""The administration's page of a change of datasets: what is asked, what would become of it, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotations.datasets import actions
from annotations.datasets.forms import TITLES, DatasetChangeForm
from annotations.datasets.preview import Preview
from annotations.models import DatasetChange
from projects.console.site import Page, pages, render
from projects.errors import Forbidden, Refusal
from projects.models import Dataset, Image, Project
from projects.web.actor import actor_of
from projects.web.page import add_refusal

CHANGE = "admin:annotations_datasetchange_change"
NAMED = 20


def dataset_change(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """With a valid form in its address it says what would become of the images; a post does it."""
    project = get_object_or_404(Project, pk=pk, deleted_at=None)
    if kind not in TITLES:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET if "kind" in request.GET else None
    form = DatasetChangeForm(project, kind, given)
    if given is None:
        form.initial.update({name: request.GET.get(name, "") for name in ("datasets", "images")})
    found: Preview | None = None
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                return _start(request, project, form)
            found = actions.look(actor_of(request), project, form.choice())
        except Forbidden:
            form.add_error(None, _("Your role does not reach as far as that."))
        except Refusal as error:
            add_refusal(form, error)
    context = {"title": TITLES[DatasetChange.Kind(kind)], "project": project, "form": form, "found": found}
    context |= {"kind": kind, "chosen": _chosen(form)}
    return render(request, "annotations/console/dataset_change.html", **context)


def _chosen(form: DatasetChangeForm) -> list[str]:
    """What was chosen in a list, by name."""
    names: list[str] = []
    for model, field in ((Dataset, "datasets"), (Image, "images")):
        ids = [int(part) for part in str(form[field].value() or "").split(",") if part.isdigit()]
        rows = model._default_manager.filter(pk__in=ids[:NAMED]).order_by("pk")
        names += [str(row) for row in rows] + ([f"+ {len(ids) - NAMED}"] if len(ids) > NAMED else [])
    return names


def _start(request: HttpRequest, project: Project, form: DatasetChangeForm) -> HttpResponse:
    change = actions.start(actor_of(request), project, form.choice())
    _say(request, change)
    return redirect(CHANGE, change.pk)


def _say(request: HttpRequest, change: DatasetChange) -> None:
    if change.state == DatasetChange.State.FAILED:
        messages.error(request, change.problem)
    elif change.is_live:
        messages.info(request, _("A worker does it now; this page says how far it is."))
    else:
        messages.success(request, _("Done: %(n)d images.") % {"n": change.done})


@require_POST
def dataset_change_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    verbs = {"undo": actions.undo, "cancel": actions.cancel, "retry": actions.retry}
    if verb not in verbs:
        raise Http404
    change = get_object_or_404(DatasetChange.objects.select_related("project"), pk=pk)
    try:
        _say(request, verbs[verb](actor_of(request), change))
    except Refusal as error:
        messages.error(request, error.detail)
    return redirect(CHANGE, pk)


pages.append(Page("dataset-change", "projects/<int:pk>/datasets/<slug:kind>/", dataset_change))
pages.append(Page("dataset-change-verb", "dataset-changes/<int:pk>/<slug:verb>/", dataset_change_verb))
