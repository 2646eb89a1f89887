"""The two pages where people judge boxes: the editor of one image, and the wall of one project's suggestions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from projects import policies
from projects.models import Project, User
from projects.policies import Action


@login_required
@ensure_csrf_cookie
@require_safe
def editor(request: HttpRequest, image_id: int) -> HttpResponse:
    image = policies.get_image(request.user, image_id)
    data = page_data(request.user, image.project) | {"image": image.pk}
    can = policies.allowed(request.user, image.project)
    context = {"project": image.project, "image": image, "data": data, "can_manage": Action.MANAGE in can}
    return render(request, "annotations/editor.html", context)


def page_data(user: User | AnonymousUser, project: Project) -> dict[str, Any]:
    """What both pages' scripts start from: the project, its classes, the person and what the person may do."""
    can = policies.allowed(user, project)
    classes = project.classes.order_by("position", "id").values("id", "name", "color", "hotkey")
    return {
        "project": {"id": project.pk, "name": project.name},
        "classes": list(classes),
        "user": {"id": user.pk, "email": getattr(user, "email", "")},
        "can": {
            "label": Action.LABEL in can,
            "review": Action.REVIEW in can,
            "run": Action.RUN in can,
            "manage": Action.MANAGE in can,
        },
    }
