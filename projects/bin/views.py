"""Pages of the bin: of a project, and of projects."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from projects import policies
from projects.bin import actions
from projects.bin.contents import kept_until, waiting_words, words
from projects.bin.kinds import kinds
from projects.models import BinEntry
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb


@login_required
def project_bin(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "settings", Action.MANAGE)
    page = page_of(request, project.bin.select_related("deleted_by"))
    rows = [
        (
            entry,
            kinds[entry.kind],
            words(entry),
            waiting_words(entry) if entry.waits_for else "",
            kept_until(entry.deleted_at),
        )
        for entry in page
    ]
    context |= {"page": page, "rows": rows, "days": settings.BIN_DAYS, "kept": BinEntry.State.KEPT}
    return render(request, "projects/bin.html", context)


@verb("project-bin")
def project_bin_change(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    found = policies.get_bin_entry(request.user, entry)
    if found.project_id != pk:
        raise Http404
    if request.POST.get("do") == "purge":
        actions.purge(actor_of(request), found)
        messages.success(request, _("“%(name)s” is gone for good.") % {"name": found.name})
        return redirect("project-bin", pk)
    left = actions.restore(actor_of(request), found)
    now = BinEntry.objects.filter(pk=found.pk).first()
    if now is not None and now.state == BinEntry.State.EMPTYING:
        messages.info(request, _("“%(name)s” is coming back; this takes a while.") % {"name": found.name})
    elif now is not None:
        words = ngettext(
            "“%(name)s” is back, but %(n)d row stays in the bin. %(why)s",
            "“%(name)s” is back, but %(n)d rows stay in the bin. %(why)s",
            left,
        )
        messages.warning(request, words % {"name": found.name, "n": left, "why": waiting_words(now)})
    else:
        messages.success(request, _("“%(name)s” is back.") % {"name": found.name})
    return redirect("project-bin", pk)


@login_required
def deleted_projects(request: HttpRequest) -> HttpResponse:
    page = page_of(request, policies.deleted_projects(request.user))
    rows = [(project, kept_until(project.deleted_at)) for project in page]
    return render(request, "projects/deleted.html", {"page": page, "rows": rows, "days": settings.BIN_DAYS})


@login_required
@require_POST
def deleted_project_change(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_deleted_project(request.user, pk)
    if request.POST.get("do") == "purge":
        actions.purge_project(actor_of(request), project)
        messages.success(request, _("“%(name)s” is gone for good.") % {"name": project.name})
        return redirect("deleted-projects")
    actions.restore_project(actor_of(request), project)
    messages.success(request, _("“%(name)s” is back.") % {"name": project.name})
    return redirect(settings.LOGIN_REDIRECT_URL)
