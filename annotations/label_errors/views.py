"""The page of label errors."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotations.boxes.views import page_data
from annotations.models import LabelError
from projects.web.page import open_project

FILTERS = ("class", "kind")


@login_required
@ensure_csrf_cookie
@require_safe
def label_errors(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "review")
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    context |= {
        "data": page_data(request.user, project) | {"chosen": chosen},
        "kinds": LabelError.Kind.choices,
        "crumb": _("Label errors"),
    }
    return render(request, "annotations/label_errors.html", context)
