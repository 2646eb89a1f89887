"""Pages that need classes and boxes: a new project, its classes, the export."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.classes.actions import create_classes, delete_class, update_class
from annotations.classes.forms import NewProjectForm
from annotations.models import LabelClass
from projects import policies
from projects.actions import create_project
from projects.errors import Refusal
from projects.forms import split_names
from projects.web.actor import actor_of
from projects.web.page import add_refusal, verb


@login_required
def project_new(request: HttpRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                wanted = form.cleaned_data
                project = create_project(actor_of(request), name=wanted["name"], description=wanted["description"])
                if wanted["classes"]:
                    create_classes(actor_of(request), project, wanted["classes"])
        except Refusal as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The project is ready. Add images to begin."))
            return redirect(reverse("images", args=[project.pk]) + "#upload")
    return render(request, "annotations/new.html", {"form": form, "crumb": _("New project")})


@verb("project-settings")
def class_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    made = create_classes(actor_of(request), project, split_names(request.POST.get("names", "")))
    message = ngettext("%(n)d class added.", "%(n)d classes added.", len(made)) % {"n": len(made)}
    messages.success(request, message)
    return redirect(reverse("project-settings", args=[pk]) + "#classes")


@verb("project-settings")
def class_change(request: HttpRequest, pk: int, label: int) -> HttpResponse:
    found = get_object_or_404(
        LabelClass.objects.filter(project__in=policies.visible_projects(request.user)).select_related("project"),
        pk=label,
        project=pk,
    )
    if request.POST.get("do") == "delete":
        delete_class(actor_of(request), found)
        messages.success(request, _("“%(name)s” and its boxes lie in the bin.") % {"name": found.name})
    else:
        update_class(
            actor_of(request),
            found,
            name=request.POST.get("name", ""),
            color=request.POST.get("color", ""),
            hotkey=request.POST.get("hotkey", ""),
        )
        messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#classes")
