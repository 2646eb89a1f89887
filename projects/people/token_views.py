"""The page of a person's API tokens: what there is, a new one, one that is revoked."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from knox.models import AuthToken

from projects.errors import Refusal
from projects.models import Scope
from projects.people import tokens
from projects.people.forms import TokenForm
from projects.web.actor import actor_of
from projects.web.page import add_refusal


@login_required
def token_list(request: HttpRequest) -> HttpResponse:
    """The new token's text waits in the session for the one page that shows it."""
    form = TokenForm(request.POST or None, initial={"days": "90", "scopes": [Scope.READ, Scope.WRITE, Scope.EXPORT]})
    if request.method == "POST" and form.is_valid():
        try:
            _row, request.session["new_token"] = tokens.create(actor_of(request), **form.wanted())
        except Refusal as error:
            add_refusal(form, error)
        else:
            return redirect("tokens")
    rows = tokens.visible(actor_of(request))
    for row in rows:
        row.held, row.is_over = _held(row), row.expiry is not None and row.expiry <= timezone.now()
    context = {
        "form": form,
        "scopes": _scopes(),
        "chosen": form["scopes"].value() or [],
        "tokens": rows,
        "secret": request.session.pop("new_token", None),
        "crumb": _("API tokens"),
    }
    return render(request, "projects/tokens.html", context)


@login_required
@require_POST
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    tokens.revoke(actor_of(request), key)
    messages.success(request, _("The token works no more."))
    return redirect("tokens")


def _scopes() -> list[tuple[str, str, str]]:
    """Value, name and a sentence of each."""
    said = {
        Scope.READ: _("See projects, images, boxes and runs."),
        Scope.WRITE: _("Upload, label, review and start runs."),
        Scope.EXPORT: _("Download labels, images and models."),
        Scope.MANAGE: _("Change classes, members and tokens, and delete."),
    }
    return [(scope.value, str(scope.label), text) for scope, text in said.items()]


def _held(row: AuthToken) -> list[str]:
    held = tokens.scopes_of(row)
    return [str(scope.label) for scope in Scope if scope.value in held]
