"""What the pages of all apps share: the frame of a project's page, refusals as words, and counts per image without a
query per row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from projects import policies
from projects.errors import Forbidden, Refusal
from projects.models import Project
from projects.policies import Action

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """A part of a project's settings that an app above brings. context: what its template is told of the project."""

    template: str
    context: Callable[[Project], dict[str, Any]]


settings_sections: list[SettingsSection] = []  # filled as the apps start, in the order of the page


def open_project(
    request: HttpRequest, pk: int, tab: str, needs: Action = Action.READ
) -> tuple[Project, dict[str, Any]]:
    """The project and what its page's frame wants; Http404 for strangers, Forbidden where the role does not reach."""
    project = policies.get_project(request.user, pk)
    can = policies.allowed(request.user, project)
    if needs not in can:
        raise Forbidden(needs)
    return project, {"project": project, "tab": tab, "can": can}


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The asked page of what has a length and slices; a number that is none, or too high, gives the nearest that there
    is.
    """
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def add_refusal(form: BaseForm, error: Refusal) -> None:
    """Puts a refusal at the field it names, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.detail)


View = Callable[..., HttpResponse]


def verb(back: str) -> Callable[[View], View]:
    """A POST that does one thing and returns to page `back` (a URL name with the project's pk), telling what was
    refused.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        @require_POST
        def wrapped(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, pk, **kwargs)
            except Refusal as error:
                messages.error(request, error.detail)
                return redirect(back, pk)

        return wrapped

    return decorate
