"""The two pages where people judge boxes: the editor of one image, and the review of one project's suggestions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotations.guidelines.queries import unread
from annotations.whereabouts import remember_list
from projects import policies
from projects.models import Image, Project, Role, User
from projects.policies import Action

LISTS = {
    "images": "api-gallery",
    "review": "api-suggestions-images",
    "work": "api-work-order",
}  # pages with images in an order of their own


@login_required
@ensure_csrf_cookie
@require_safe
def editor(request: HttpRequest, image_id: int) -> HttpResponse:
    image = policies.get_image(request.user, image_id)
    project = image.project
    can = policies.allowed(request.user, project)
    came = came_from(request, image)
    remember_list(request, project, came["search"])
    data = page_data(request.user, project) | {"image": image.pk, "came": came, "draw": _drawn(request, project)}
    if project.workflow and came["from"] != "work":  # whose an image is comes with its job
        data["can"]["answer"] = Action.REVIEW in can
    data["runs"] = project.batches.exists()
    data["guidelines"] = {"unread": unread(request.user, project)}
    if not data["classes"] and Action.NEW_CLASS not in can:
        owners = project.memberships.filter(role__in=(Role.OWNER, Role.MANAGER)).select_related("user").order_by("id")
        data["owners"] = [str(owner.user) for owner in owners]
    context = {
        "project": project,
        "image": image,
        "data": data,
        "came": came,
        "can": can,
        "can_make": Action.NEW_CLASS in can,
    }
    return render(request, "annotations/editor.html", context)


def came_from(request: HttpRequest, image: Image) -> dict[str, str]:
    """The list that a person walks, as the editor's address says it; the image's dataset where it says nothing.

    search: what the address keeps from image to image. order: where the API tells the list's images; "" for the
    dataset. back: the page of the list.
    """
    name = request.GET.get("from", "")
    if name not in LISTS:
        back = reverse("images", args=[image.project_id]) + f"?dataset={image.dataset_id}"
        return {"from": "", "search": "", "order": "", "back": back}
    query = request.GET.copy()
    for own in ("from", "draw"):
        query.pop(own, None)
    words = f"?{query.urlencode()}" if query else ""
    search = f"?from={name}" + words.replace("?", "&", 1)
    order = reverse(LISTS[name], args=[image.project_id]) + words
    back = reverse(name, args=[image.project_id]) + words
    if name == "work" and (job := query.get("job", "")).isascii() and job.isdecimal():
        back = reverse("work-job", args=[image.project_id, job])
    return {"from": name, "search": search, "order": order, "back": back}


def _drawn(request: HttpRequest, project: Project) -> int | None:
    """The class that the address wants in the person's hand, if the project has it."""
    wanted = request.GET.get("draw", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return project.classes.filter(pk=wanted).values_list("pk", flat=True).first()


def page_data(user: User | AnonymousUser, project: Project) -> dict[str, Any]:
    """What both pages' scripts start from: the project, its classes, the person and what the person may do."""
    can = policies.allowed(user, project)
    classes = project.classes.order_by("position", "id").values("id", "name", "color", "hotkey", "attributes")
    return {
        "project": {"id": project.pk, "name": project.name},
        "tags": list(project.tags.order_by("name").values_list("name", flat=True)),
        "classes": list(classes),
        "user": {"id": user.pk, "email": getattr(user, "email", "")},
        "can": {
            "label": Action.LABEL in can,
            "answer": Action.ANSWER in can,
            "review": Action.REVIEW in can,
            "run": Action.RUN in can,
            "classes": Action.NEW_CLASS in can,
            "guidelines": Action.CLASSES in can,
        },
    }
