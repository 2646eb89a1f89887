"""The page of splits: what each holds, what a division would make of it, dividing, and undo."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from annotations.models import LabelClass, SplitChange
from annotations.splits import actions, queries
from annotations.splits.contents import SPLITS, ClassContents, Table
from annotations.splits.forms import DivisionForm
from projects import policies
from projects.errors import Refusal
from projects.models import Image
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import add_refusal, open_project, verb

CHANGES = 10


@login_required
def splits(request: HttpRequest, pk: int) -> HttpResponse:
    """With shares in its address it shows what they would make of the images; nothing is written."""
    project, context = open_project(request, pk, "images")
    asked = "train" in request.GET and Action.REVIEW in context["can"]
    form = DivisionForm(request.GET if asked else None)
    preview = None
    if asked and form.is_valid():
        try:
            preview = queries.preview(actor_of(request), project, form.division())
        except Refusal as error:
            add_refusal(form, error)
    changes = list(SplitChange.objects.filter(project=project).select_related("created_by").defer("moves")[:CHANGES])
    before = preview.before if preview else queries.current(project)
    after = preview.after if preview else before
    heads = {split: str(Image.Split(split).label) if split else _("No split") for split in SPLITS}
    context |= {
        "form": form,
        "preview": preview,
        "heads": list(heads.values()),
        "totals": [(split, head, after.images[split], before.images[split]) for split, head in heads.items()],
        "rows": _rows(list(project.classes.all()), heads, after),
        "changes": changes,
        "live": next((change for change in changes if change.is_live), None),
        "crumb": _("Splits"),
    }
    return render(request, "annotations/splits.html", context)


def _rows(classes: list[LabelClass], heads: dict[str, str], table: Table) -> list[dict[str, Any]]:
    nothing = dict.fromkeys(SPLITS, ClassContents())
    held = [table.classes.get(label.pk, nothing) for label in classes]
    return [
        {"label": label, "cells": [(head, cells[split]) for split, head in heads.items()]}
        for label, cells in zip(classes, held, strict=True)
    ]


@verb("splits")
def divide(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    form = DivisionForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("The shares of train, validation and test must make 100 percent together."))
    actions.divide(actor_of(request), project, form.division())
    return redirect("splits", pk)


@verb("splits")
def undo(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    actions.undo(actor_of(request), _change(request, pk, change))
    return redirect("splits", pk)


@verb("splits")
def cancel(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    actions.cancel(actor_of(request), _change(request, pk, change))
    return redirect("splits", pk)


def _change(request: HttpRequest, pk: int, change: int) -> SplitChange:
    project = policies.get_project(request.user, pk)
    rows = SplitChange.objects.filter(project=project).select_related("project").defer("moves")
    return get_object_or_404(rows, pk=change)
