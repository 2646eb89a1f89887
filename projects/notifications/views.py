"""Pages of notifications: what there is, the way to each, and which kinds a person wants."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from projects import mail
from projects.models import NotificationKind
from projects.notifications import actions, queries
from projects.notifications.forms import NotificationForm
from projects.notifications.words import LOOKS, address, sentence
from projects.web.actor import actor_of
from projects.web.page import page_of

PER_PAGE = 30


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    user = actor_of(request)
    only_unread = request.GET.get("unread") == "1"
    rows = queries.visible(user).select_related("actor", "project")
    page = page_of(request, rows.filter(read_at=None) if only_unread else rows, PER_PAGE)
    context = {
        "page": page,
        "rows": [(row, LOOKS[row.kind].icon, sentence(row)) for row in page],
        "only_unread": only_unread,
        "unread": queries.unread(user),
        "crumb": _("Notifications"),
    }
    return render(request, "projects/notifications.html", context)


@login_required
@require_safe
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to what it tells of; it is read then."""
    row = queries.get_notification(actor_of(request), pk)
    actions.mark_read(actor_of(request), [row.pk])
    where = address(row)
    return redirect(where) if where else redirect("notifications")


@login_required
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    """The one that is named, or all."""
    named = request.POST.get("id", "")
    actions.mark_read(actor_of(request), [int(named)] if named.isdecimal() and len(named) < 19 else None)
    return redirect("notifications")


@login_required
def notification_settings(request: HttpRequest) -> HttpResponse:
    user = actor_of(request)
    wanted = [kind for kind in NotificationKind.values if kind not in user.muted]
    form = NotificationForm(request.POST or None, initial={"kinds": wanted, "digest": user.digest})
    if request.method == "POST" and form.is_valid():
        actions.choose(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("notification-settings")
    context = {"form": form, "mail": mail.is_set(), "crumb": _("Notifications")}
    return render(request, "projects/notification_settings.html", context)
