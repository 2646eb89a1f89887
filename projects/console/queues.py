"""The page of the queues: who takes work, what runs, what waits, what failed; tried again or cancelled by its
action.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django_q.models import Failure

from labelhub import health
from projects.console.site import Page, pages, render
from projects.errors import Refusal
from projects.jobs import sources
from projects.jobs.sources import Group, Verb
from projects.web.actor import actor_of

BROKEN = 20
TITLES = {
    Group.RUNNING: gettext_lazy("At work"),
    Group.WAITING: gettext_lazy("In the queue"),
    Group.FAILED: gettext_lazy("Failed"),
}


@require_GET
def queues(request: HttpRequest) -> HttpResponseBase:
    found = sources.find()
    alive = {worker["name"] for worker in health.workers() if worker["alive"]}
    context: dict[str, Any] = {
        "title": _("Queues"),
        "queues": [(name, counts, name in alive) for name, counts in health.queues().items()],
        "groups": [(TITLES[group], found[group]) for group in Group],
        "broken": _broken(),
        "order": settings.QUEUES,
    }
    return render(request, "projects/console/queues.html", **context)


def _broken() -> list[Failure]:
    """Messages whose function ended by an error that nobody caught; the log has its words, the row only a pickle."""
    rows = Failure.objects.defer("args", "kwargs", "result").order_by("-stopped")
    return list(rows[:BROKEN])


def verb(request: HttpRequest, key: str, pk: int, verb: str) -> HttpResponseBase:
    """Asks before it cancels; acts on a post."""
    line = sources.get(key, pk)
    if request.method != "POST":
        if verb != Verb.CANCEL:
            return HttpResponse(status=405)
        return render(request, "projects/console/queue_cancel.html", title=_("Cancel"), line=line)
    try:
        sources.act(actor_of(request), line, verb)
    except Refusal as error:
        messages.error(request, f"{line.source.title} · {line.shown.name}: {error.detail}")
    else:
        done = _("Cancelled: %(name)s") if verb == Verb.CANCEL else _("In the queue again: %(name)s")
        messages.success(request, done % {"name": line.shown.name})
    return redirect("admin:queues")


pages.append(Page("queues", "queues/", queues, gettext_lazy("Queues"), 1))
pages.append(Page("queue-verb", "queues/<slug:key>/<int:pk>/<slug:verb>/", verb))
