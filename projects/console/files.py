"""The administration's pages of what is stored: whether files are whole, and how much each project has."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from projects.console.site import Page, pages, render
from projects.errors import Refusal
from projects.models import StorageCheck
from projects.storage import actions, holdings
from projects.web.actor import actor_of

CHECKS = 10
PROBLEMS = {"missing": gettext_lazy("missing"), "empty": gettext_lazy("empty"), "changed": gettext_lazy("broken")}


def files(request: HttpRequest) -> HttpResponseBase:
    """A post has a worker look at all files."""
    if request.method == "POST":
        try:
            actions.start(actor_of(request))
        except Refusal as error:
            messages.error(request, error.detail)
        return redirect("admin:files")
    rows = StorageCheck.objects.select_related("created_by").defer("faults", "orphans")
    checks = list(rows[:CHECKS])
    wanted = request.GET.get("check", "")
    ended = StorageCheck.objects.filter(state=StorageCheck.State.DONE)
    shown = ended.filter(pk=int(wanted)).first() if wanted.isascii() and wanted.isdigit() else ended.first()
    context: dict[str, Any] = {
        "title": _("Files"),
        "checks": checks,
        "live": next((check for check in checks if check.is_live), None),
        "shown": shown,
        "faults": [(*_row(fault["row"]), fault["name"], PROBLEMS[fault["problem"]]) for fault in shown.faults]
        if shown
        else [],
    }
    return render(request, "projects/console/files.html", **context)


def _row(label: str) -> tuple[str, str]:
    """What a fault's row is called, and its page in the administration, "" where it has none."""
    name, _space, pk = label.rpartition(" ")
    model = apps.get_model(name)
    shown = admin.site.is_registered(model)
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return f"{model._meta.verbose_name} {pk}", reverse(page, args=[pk]) if shown else ""


@require_POST
def delete_orphans(request: HttpRequest, pk: int) -> HttpResponseBase:
    gone = actions.delete_orphans(actor_of(request), get_object_or_404(StorageCheck, pk=pk))
    messages.success(request, _("Files deleted: %(n)d") % {"n": gone})
    return redirect("admin:files")


@require_GET
def orphans(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Asks before they are deleted."""
    check = get_object_or_404(StorageCheck, pk=pk)
    return render(request, "projects/console/orphans.html", title=_("Delete files that nothing names"), check=check)


@require_GET
def storage(request: HttpRequest) -> HttpResponseBase:
    found = holdings.find()
    titles = [part.title for part in holdings.parts]
    context = {
        "found": found,
        "titles": titles,
        "whole": zip(titles, found.whole, strict=True),
        "disk": holdings.disk(),
    }
    return render(request, "projects/console/storage.html", title=_("Storage"), **context)


pages.append(Page("storage", "storage/", storage, gettext_lazy("Storage"), 2))
pages.append(Page("files", "files/", files, gettext_lazy("Files"), 3))
pages.append(Page("orphans", "files/<int:pk>/orphans/", orphans))
pages.append(Page("orphans-delete", "files/<int:pk>/orphans/delete/", delete_orphans))
