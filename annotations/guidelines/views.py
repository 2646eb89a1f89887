"""The page of a project's guidelines, and where they are written."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.guidelines import actions, queries
from annotations.guidelines.markdown import render as as_html
from annotations.models import Guideline, LabelClass
from projects import policies
from projects.errors import Refusal
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb


@login_required
@require_safe
def guidelines(request: HttpRequest, pk: int) -> HttpResponse:
    """With `part` what the editor shows in a dialog: the same without the page around it."""
    project, context = open_project(request, pk, "guidelines")
    found = queries.sections(project)
    context |= {
        "sections": found,
        "said": any(not one.empty for one in found),
        "unread": queries.unread(actor_of(request), project),
        "members": project.memberships.count(),
        "crumb": _("Guidelines"),
    }
    part = "part" in request.GET
    return render(request, "annotations/guidelines_part.html" if part else "annotations/guidelines.html", context)


@login_required
def guideline_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """`class`: whose; without it the project's own. A post with `do=preview` shows and keeps nothing."""
    project, context = open_project(request, pk, "guidelines", Action.CLASSES)
    label = _label(project, request.GET.get("class", ""))
    versions = Guideline.objects.filter(project=project, label=label).select_related("author").order_by("-version")
    last = versions.first()
    text, seen = (last.text, last.version) if last else ("", 0)
    problem = ""
    if request.method == "POST":
        text, seen = request.POST.get("text", ""), _number(request.POST.get("seen", ""))
        if request.POST.get("do") != "preview":
            try:
                actions.write(actor_of(request), project, label, text, seen=seen)
            except Refusal as error:
                problem, seen = error.detail, last.version if last else 0
            else:
                messages.success(request, _("Saved."))
                return redirect("guidelines", pk)
    context |= {
        "label": label, "text": text, "seen": seen, "html": as_html(text), "versions": versions[:20],
        "problem": problem, "last": last, "crumb": label.name if label else _("Guidelines"),
    }  # fmt: skip
    return render(request, "annotations/guideline_edit.html", context)


@verb("guidelines")
def guidelines_read(request: HttpRequest, pk: int) -> HttpResponse:
    actions.mark_read(actor_of(request), policies.get_project(request.user, pk))
    return redirect("guidelines", pk)


@verb("guidelines")
def example_remove(request: HttpRequest, pk: int, example: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    actions.remove_example(actor_of(request), queries.get_example(actor_of(request), project, example))
    messages.success(request, _("The example is gone."))
    return redirect("guidelines", pk)


def _label(project: Project, text: str) -> LabelClass | None:
    if not text:
        return None
    found = project.classes.filter(pk=_number(text)).first()
    if found is None:
        raise Http404
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0
