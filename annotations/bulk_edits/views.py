"""The page on which many boxes get another class, and two classes become one: a preview first, then undo."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.bulk_edits import actions
from annotations.bulk_edits.forms import BulkEditForm
from annotations.bulk_edits.preview import Preview
from annotations.gallery.filters import GalleryFilter
from annotations.models import BulkEdit
from projects import policies
from projects.errors import Forbidden, Refusal
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import add_refusal, open_project, verb

EDITS = 20
Kind = BulkEdit.Kind


@login_required
def bulk_edits(request: HttpRequest, pk: int) -> HttpResponse:
    """With two classes in its address it says what would become of their boxes; nothing is written."""
    project, context = open_project(request, pk, "images")
    form = BulkEditForm(project, request.GET if "to" in request.GET else None, initial=_initial(request))
    preview = _preview(request, project, form) if form.is_bound and form.is_valid() else None
    rows = BulkEdit.objects.filter(project=project).select_related("created_by")
    edits = list(rows[:EDITS])
    names = dict(project.classes.values_list("pk", "name"))
    context |= {
        "form": form,
        "kind": form["kind"].value(),
        "images": GalleryFilter.parse(QueryDict(str(form["images"].value() or ""))).query(),
        "preview": preview,
        "edits": [(edit, edit.choice["name"], names.get(edit.choice["to"], "")) for edit in edits],
        "live": next((edit for edit in edits if edit.is_live), None),
        "crumb": _("Many boxes"),
    }
    return render(request, "annotations/bulk_edits.html", context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    known = {name: request.GET[name] for name in ("class", "images", "filter") if name in request.GET}
    kind = Kind.MERGE if request.GET.get("kind") == Kind.MERGE else Kind.RELABEL
    return {"kind": kind.value, "keep_one": True, **known}


def _preview(request: HttpRequest, project: Project, form: BulkEditForm) -> Preview | None:
    try:
        return actions.look(actor_of(request), project, form.choice())
    except Forbidden:
        form.add_error(None, _("Your role does not reach as far as that."))
    except Refusal as error:
        add_refusal(form, error)
    return None


@verb("bulk-edits")
def bulk_edit_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    policies.require(request.user, Action.LABEL, project)
    form = BulkEditForm(project, request.POST)
    if not form.is_valid():
        raise Refusal(_("Name the class that the boxes get."))
    edit = actions.start(actor_of(request), project, form.choice())
    return redirect(f"{reverse('bulk-edits', args=[pk])}?kind={edit.kind}")


@verb("bulk-edits")
def bulk_edit_undo(request: HttpRequest, pk: int, edit: int) -> HttpResponse:
    actions.undo(actor_of(request), _edit(request, pk, edit))
    return redirect("bulk-edits", pk)


@verb("bulk-edits")
def bulk_edit_cancel(request: HttpRequest, pk: int, edit: int) -> HttpResponse:
    actions.cancel(actor_of(request), _edit(request, pk, edit))
    return redirect("bulk-edits", pk)


def _edit(request: HttpRequest, pk: int, edit: int) -> BulkEdit:
    project = policies.get_project(request.user, pk)
    found: BulkEdit = get_object_or_404(BulkEdit.objects.select_related("created_by"), pk=edit, project=project)
    found.project = project
    return found
