"""The page of where a person is signed in: which browsers, when last, and an end to one or to all others."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from projects.people import sessions
from projects.people.devices import device, is_small
from projects.web.actor import actor_of
from projects.web.page import page_of


@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    """This session first, then the last used."""
    here = request.session.session_key
    rows = sorted(sessions.visible(actor_of(request)), key=lambda row: row.session_id != here)
    shown = page_of(request, rows)
    found = [(row, device(row.agent), is_small(row.agent), row.session_id == here) for row in shown]
    context = {"rows": found, "page": shown, "others": len(rows) > 1, "crumb": _("Where you are signed in")}
    return render(request, "projects/sessions.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    sessions.end(actor_of(request), pk)
    messages.success(request, _("Signed out there."))
    return redirect("sessions")


@login_required
@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    count = sessions.end_all(actor_of(request), kept=request.session.session_key)
    words = ngettext("Signed out in %(n)d other place.", "Signed out in %(n)d other places.", count)
    messages.success(request, words % {"n": count})
    return redirect("sessions")
