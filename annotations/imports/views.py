"""The pages of label imports: what came before and a place to drop files; one import with its preview and its
course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from annotations import queries
from annotations.formats.table import FORMATS
from annotations.imports import actions, notices, remote
from annotations.imports.preview import brings_nothing
from annotations.models import LabelClass, LabelImport
from projects import policies
from projects.errors import Refusal
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb

SHOWN = 50  # problems on the page; the API has them all
LEFT_OUT = ""
NEW = "new"


@login_required
@ensure_csrf_cookie
@require_safe
def imports(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, *, refused: Refusal | None = None) -> HttpResponse:
    """refused: why the addresses that were sent are not taken; they stay in their field, to be mended."""
    project, context = open_project(request, pk, "images")
    context |= {
        "refused": refused,
        "page": page_of(request, queries.visible_label_imports(project)),
        "datasets": project.datasets.all(),
        "formats": [format.title for format in FORMATS.values()],
        "most": remote.MOST,
        "data": {"project": project.pk},
    }
    return render(request, "annotations/imports.html", context, status=refused.status if refused else None)


@login_required
@ensure_csrf_cookie
@require_safe
def label_import(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    project, context = open_project(request, pk, "images")
    found = queries.get_label_import(project, job)
    actor = actor_of(request)
    own = found.created_by_id == actor.pk
    can = context["can"]
    context |= {
        "job": found,
        "may": {
            "start": Action.UPLOAD in can and Action.LABEL in can,
            "end": Action.LABEL in can and (own or Action.REVIEW in can),
            "classes": Action.NEW_CLASS in can,
            "delete": Action.MANAGE in can,
            "splits": Action.REVIEW in can,
        },
        "empty": bool(found.preview) and brings_nothing(found.preview),
        "rows": _class_rows(found, Action.NEW_CLASS in can, labels := project.classes.all()),
        "labels": labels,
        "problems": list(map(notices.said, found.problems[:SHOWN])),
        "more_problems": max(0, len(found.problems) - SHOWN),
        "told": list(map(notices.said, found.notices[:SHOWN])),
        "data": {
            "url": request.path,
            "api": f"/api/projects/{project.pk}/label-imports/{found.pk}/",
            "live": found.is_live,
        },
    }
    return render(request, "annotations/import.html", context)


def _class_rows(job: LabelImport, may_make: bool, labels: Iterable[LabelClass]) -> list[dict[str, Any]]:
    """Each class of the file, and what it would become: the id of a class, NEW, or LEFT_OUT. A class that went since
    the file was read is none: browsers would choose the first of the others in its place.
    """
    there = {label.pk for label in labels}
    rows = [row if row["class"] in there else row | {"class": None} for row in job.preview.get("classes", [])]
    return [row | {"chosen": row["class"] or (NEW if may_make and _makes(row) else "")} for row in rows]


def _makes(row: Mapping[str, Any]) -> bool:
    """Whether a class may be made for it, and something is of it."""
    return bool(row.get("can_be_made", True) and (row["boxes"] or row["predictions"]))


@verb("imports")
def import_addresses(request: HttpRequest, pk: int) -> HttpResponse:
    """Files of the form, where no script sends them, or addresses."""
    project = policies.get_project(request.user, pk)
    dataset = project.datasets.filter(pk=request.POST.get("dataset") or 0).first() or project.datasets.first()
    if dataset is None:
        raise Refusal(_("This project has no dataset yet: make one first."))
    dataset.project = project
    files = request.FILES.getlist("files")
    actor = actor_of(request)
    if files:
        job = actions.take_files(actor, dataset, files)
    else:
        try:
            job = actions.take_addresses(actor, dataset, remote.addresses(request.POST.get("urls", "")))
        except Refusal as refused:
            return _page(request, pk, refused=refused)
    return redirect("import", pk, job.pk)


@login_required
@require_POST
def import_verb(request: HttpRequest, pk: int, job: int, verb: str) -> HttpResponse:
    """start, fetch, cancel or undo."""
    project = policies.get_project(request.user, pk)
    found = queries.get_label_import(project, job)
    actor = actor_of(request)
    try:
        if verb == "start":
            actions.start(actor, found, _wanted(found, request.POST))
        elif verb == "fetch":
            actions.fetch(actor, found)
        elif verb == "cancel":
            actions.cancel(actor, found)
        else:
            actions.undo(actor, found, pictures=bool(request.POST.get("pictures")))
    except Refusal as error:
        messages.error(request, error.detail)
    return redirect("import", pk, job)


def _wanted(job: LabelImport, given: Mapping[str, str]) -> dict[str, Any]:
    classes: dict[str, int | str | None] = {}
    for place, row in enumerate(job.preview.get("classes", [])):
        value = given.get(f"class-{place}")
        if value is not None:
            classes[row["name"]] = int(value) if value.isdecimal() else row["name"] if value == NEW else None
    return {
        "classes": classes,
        "complete": given.get("complete", "no"),
        "splits": bool(given.get("splits")),
        "pictures": bool(given.get("pictures")),
    }
