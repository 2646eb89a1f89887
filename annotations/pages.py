"""Pages that need classes and boxes: a new project, its overview with the next step, its classes, the export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.classes import create_class, delete_class, update_class
from annotations.models import LabelClass
from projects import policies
from projects.actions import create_project
from projects.errors import Refused
from projects.forms import NewProjectForm
from projects.models import Image, Project
from projects.policies import Action
from projects.shell import add_refusal, open_project, verb

FEW_SHOTS = 5  # below this nothing about a class can be measured


@login_required
def project_new(request: HttpRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                wanted = form.cleaned_data
                project = create_project(request.user, name=wanted["name"], description=wanted["description"])
                for name in wanted["classes"]:
                    create_class(request.user, project, name=name)
        except Refused as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The project is ready. Add images to begin."))
            return redirect(reverse("images", args=[project.pk]) + "#upload")
    return render(request, "projects/new.html", {"form": form, "crumb": _("New project")})


@login_required
def home(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "home")
    rows = class_rows(project)
    numbers = _numbers(project, rows)
    context |= {
        "rows": rows,
        "numbers": numbers,
        "next": next_step(project, rows, numbers, context["can"]),
        "live_runs": project.runs.filter(state__in=["queued", "running", "cancelling"]).order_by("id")[:3],
        "few": FEW_SHOTS,
    }
    return render(request, "projects/home.html", context)


def class_rows(project: Project) -> list[dict[str, Any]]:
    """Each class with its boxes, images, complete images and pending suggestions; four queries however many classes."""
    classes = project.classes.order_by("position", "id")
    counts: dict[str, dict[int, int]] = {}
    for name, count in (
        ("boxes", Count("boxes")),
        ("images", Count("boxes__image", distinct=True)),
        ("complete", Count("complete")),
        ("pending", Count("suggestions", filter=Q(suggestions__state="pending"))),
    ):
        counts[name] = dict(classes.annotate(n=count).values_list("pk", "n"))
    return [{"label": label} | {name: found[label.pk] for name, found in counts.items()} for label in classes]


def _numbers(project: Project, rows: list[dict[str, Any]]) -> dict[str, int]:
    images = Image.objects.filter(project=project)
    return {
        "images": images.count(),
        "labelled": images.filter(boxes__isnull=False).values("pk").distinct().count(),
        "boxes": sum(row["boxes"] for row in rows),
        "pending": sum(row["pending"] for row in rows),
    }


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to do next: an icon, what and why, and where its button leads."""

    icon: str
    title: str
    text: str
    button: str
    url: str


def next_step(
    project: Project, rows: list[dict[str, Any]], numbers: dict[str, int], can: frozenset[Action]
) -> Step | None:
    def to(name: str, query: str = "") -> str:
        return reverse(name, args=[project.pk]) + query

    if not numbers["images"]:
        if Action.UPLOAD not in can:
            return None
        text = _("Drop many files at once, or a zip. Everything else builds on them.")
        return Step("upload", _("Add your images"), text, _("Add images"), to("images", "#upload"))
    if not rows:
        if Action.MANAGE not in can:
            return None
        text = _("A class is a kind of thing you want to find, such as “raccoon”.")
        return Step("tag", _("Name your first class"), text, _("Add a class"), to("project-settings", "#classes"))
    if numbers["pending"] and Action.REVIEW in can:
        n = numbers["pending"]
        title = ngettext("%(n)d suggestion waits for you", "%(n)d suggestions wait for you", n) % {"n": n}
        text = _("Every yes and no makes the next run better.")
        return Step("list-checks", title, text, _("Review suggestions"), to("review"))
    poorest = min(rows, key=lambda row: row["boxes"])
    if poorest["boxes"] < FEW_SHOTS and Action.LABEL in can:
        n = FEW_SHOTS - poorest["boxes"]
        title = ngettext("Draw %(n)d more box of “%(name)s”", "Draw %(n)d more boxes of “%(name)s”", n)
        text = _("About ten boxes in different images are enough for LabelHub to look for the rest.")
        first = (
            project.images.filter(boxes__isnull=True).order_by("id").first() or project.images.order_by("id").first()
        )
        where = reverse("editor", args=[first.pk]) if first else to("images")
        return Step(
            "square-dashed-mouse-pointer", title % {"n": n, "name": poorest["label"].name}, text, _("Draw boxes"), where
        )
    if numbers["labelled"] < numbers["images"] and Action.RUN in can:
        label = max(rows, key=lambda row: row["boxes"])["label"]
        left = numbers["images"] - numbers["labelled"]
        text = ngettext("%(n)d image has no boxes yet.", "%(n)d images have no boxes yet.", left) % {"n": left}
        title = _("Let LabelHub find the rest of “%(name)s”") % {"name": label.name}
        return Step("sparkles", title, text, _("Auto-label"), to("run-new", f"?class={label.pk}"))
    text = _("As COCO or YOLO, with or without the images.")
    return Step("download", _("Your labels are ready to use"), text, _("Export"), to("export"))


@verb("project-settings")
def class_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    names = [name for part in request.POST.get("names", "").split(",") if (name := part.strip())]
    with transaction.atomic():
        for name in names or [""]:
            create_class(request.user, project, name=name)
    said = ngettext("%(n)d class added.", "%(n)d classes added.", len(names)) % {"n": len(names)}
    messages.success(request, said)
    return redirect(reverse("project-settings", args=[pk]) + "#classes")


@verb("project-settings")
def class_change(request: HttpRequest, pk: int, label: int) -> HttpResponse:
    found = get_object_or_404(
        LabelClass.objects.filter(project__in=policies.visible_projects(request.user)).select_related("project"),
        pk=label,
        project=pk,
    )
    if request.POST.get("do") == "delete":
        gone = delete_class(request.user, found)
        said = ngettext("“%(name)s” and its %(n)d box are gone.", "“%(name)s” and its %(n)d boxes are gone.", gone)
        messages.success(request, said % {"name": found.name, "n": gone})
    else:
        update_class(
            request.user,
            found,
            name=request.POST.get("name", ""),
            color=request.POST.get("color", ""),
            hotkey=request.POST.get("hotkey", ""),
        )
        messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#classes")


@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "export")
    rows = class_rows(project)
    context |= {
        "datasets": project.datasets.annotate(n=Count("images")),
        "rows": rows,
        "numbers": _numbers(project, rows),
    }
    return render(request, "projects/export.html", context)
