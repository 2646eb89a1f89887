"""Pages of webhooks: those of a project, and one with the log of what was sent to it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from projects.errors import Refusal
from projects.models import Event, Webhook
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import add_refusal, open_project, page_of, verb
from projects.webhooks import actions
from projects.webhooks.forms import WebhookForm


@login_required
def webhook_list(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one's secret waits in the session for the one page that shows it."""
    project, context = open_project(request, pk, "settings", needs=Action.MANAGE)
    form = WebhookForm(request.POST or None, initial={"events": Event.values})
    if request.method == "POST" and form.is_valid():
        try:
            hook, secret = actions.create_webhook(actor_of(request), project, **form.cleaned_data)
        except Refusal as error:
            add_refusal(form, error)
        else:
            request.session["webhook_secret"] = secret
            return redirect("webhook", pk, hook.pk)
    more = {"form": form, "webhooks": project.webhooks.all(), "events": Event.choices}
    return render(request, "projects/webhooks.html", context | more | {"chosen": form["events"].value() or []})


@login_required
def webhook(request: HttpRequest, pk: int, hook: int) -> HttpResponse:
    project, context = open_project(request, pk, "settings", needs=Action.MANAGE)
    found = actions.get_webhook(actor_of(request), project, hook)
    form = WebhookForm(request.POST or None, initial={"url": found.url, "events": found.events})
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_webhook(actor_of(request), found, **form.cleaned_data)
        except Refusal as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", pk, hook)
    more = {
        "hook": found,
        "form": form,
        "events": Event.choices,
        "chosen": form["events"].value() or [],
        "page": page_of(request, found.deliveries.all()),
        "secret": request.session.pop("webhook_secret", None),
    }
    return render(request, "projects/webhook.html", context | more)


@login_required
@require_POST
def webhook_verb(request: HttpRequest, pk: int, hook: int, name: str) -> HttpResponse:
    """What the buttons of a webhook's page do."""
    found = _hook(request, pk, hook)
    try:
        if name == "ping":
            actions.ping(actor_of(request), found)
            messages.success(request, _("A test is on its way."))
        elif name == "secret":
            request.session["webhook_secret"] = actions.renew_secret(actor_of(request), found)
        else:
            actions.update_webhook(actor_of(request), found, active=name == "on")
    except Refusal as error:
        messages.error(request, error.detail)
    return redirect("webhook", pk, hook)


@verb("webhooks")
def webhook_delete(request: HttpRequest, pk: int, hook: int) -> HttpResponse:
    actions.delete_webhook(actor_of(request), _hook(request, pk, hook))
    messages.success(request, _("The webhook is gone."))
    return redirect("webhooks", pk)


@login_required
@require_POST
def webhook_redeliver(request: HttpRequest, pk: int, hook: int, delivery: int) -> HttpResponse:
    try:
        actions.redeliver(actor_of(request), _hook(request, pk, hook), delivery)
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("It is sent once more."))
    return redirect("webhook", pk, hook)


def _hook(request: HttpRequest, pk: int, hook: int) -> Webhook:
    project, _context = open_project(request, pk, "settings", needs=Action.MANAGE)
    return actions.get_webhook(actor_of(request), project, hook)
