"""A project's home: what is done, what waits for whom, how good suggestions were, and the next best thing as one
button.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.queries import untouched
from annotations.statistics import figures_of, rows_of
from annotations.whereabouts import last_place
from annotations.work import queries as work
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb
from training.dashboard import facts, next_step
from training.dashboard.figures import answered, parts, with_bars
from training.dashboard.texts import milestone, tell
from training.demo import sample_project
from training.models import Run
from training.runs import actions

MOST_CLASSES, FIRST_CLASSES = 15, 12  # more classes than the one are shown as so many, and a way to the rest


@login_required
@require_safe
def home(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "home")
    classes = list(project.classes.order_by("position", "id"))
    figures = figures_of(project)
    live, coming = facts.live_runs(project), facts.coming_images(project)
    known = facts.gather(project, classes, figures, live, coming is not None)
    if project.workflow:
        mine = work.mine(actor_of(request), project, reviews=Action.REVIEW in context["can"])
        known = replace(known, in_jobs=True, work=mine.todo, to_review=mine.to_review)
    step = None if figures.missing else next_step.next_step(known, context["can"])
    context |= {
        "figures": figures,
        **_class_rows(with_bars(rows_of(classes, figures)), whole=request.GET.get("classes") == "all"),
        "next": tell(step, project) if step else None,
        "road": _road(known, step),
        "live_runs": live,
        "coming": coming,
        "parts": parts(figures),
        "place": last_place(request, actor_of(request), project) if _picks_images(project, context["can"]) else None,
        "waiting": facts.waiting(project, figures, actor_of(request), context["can"]),
        **answered(figures, timezone.localdate()),
    }
    return render(request, "training/home.html", context)


def _picks_images(project: Project, can: Collection[Action]) -> bool:
    """Whether people go where they like; with jobs the next step says where each goes on."""
    return Action.LABEL in can and not project.workflow


def _class_rows(rows: list[dict[str, Any]], *, whole: bool) -> dict[str, Any]:
    """Of many classes those that wait for people or hold most boxes, in the project's order, unless all are asked
    for.
    """
    if whole or len(rows) <= MOST_CLASSES:
        return {"rows": rows, "classes": len(rows)}
    ranked = sorted(rows, key=lambda row: (row["pending"], row["boxes"]), reverse=True)
    shown = {row["label"].pk for row in ranked[:FIRST_CLASSES]}
    return {"rows": [row for row in rows if row["label"].pk in shown], "classes": len(rows)}


def _road(known: next_step.Facts, step: next_step.Step | None) -> list[dict[str, Any]]:
    reached = next_step.road(known)
    here = next((kind for kind, done in reached.items() if not done), None)
    return [{"name": milestone(kind), "done": done, "here": kind == here} for kind, done in reached.items()]


@login_required
@require_safe
def next_image(request: HttpRequest, pk: int) -> HttpResponse:
    """To the first image that nobody has labelled; where there is none, to the first of all.

    `class` comes along in hand.
    """
    project = policies.get_project(request.user, pk)
    images = Image.objects.filter(project=project).order_by("id")
    found = untouched(images).first() or images.first()
    if found is None:
        return redirect("images", pk)
    wanted = request.GET.get("class", "")
    return redirect(reverse("editor", args=[found.pk]) + (f"?draw={wanted}" if wanted.isdecimal() else ""))


@verb("project")
def autolabel_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a quick run for one class with the usual settings, in the images that are named or in all: no detector
    trained.
    """
    project: Project = policies.get_project(request.user, pk)
    wanted = request.POST.get("class", "")
    if not wanted.isdecimal():
        raise Refusal(_("Choose a class to look for."), field="class")
    images = [int(image) for image in request.POST.getlist("image") if image.isdecimal()] or None
    run = actions.start_run(
        actor_of(request), project, kind=Run.Kind.AUTOLABEL, classes=[int(wanted)], images=images, train="never"
    )
    return redirect("run", run.pk)


@login_required
@require_POST
def sample_new(request: HttpRequest) -> HttpResponse:
    """A project to try everything on; its pictures come within seconds."""
    project = sample_project.create_sample(actor_of(request))
    messages.success(request, _("This project is yours to try things on. Delete it when you are done."))
    return redirect("project", project.pk)
