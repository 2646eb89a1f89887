"""The way to the OpenID provider and back: allauth's views, for the one provider that is set."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.providers.openid_connect import views
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from requests import RequestException

from projects.errors import Conflict
from projects.people import oidc
from projects.web.actor import actor_of

log = logging.getLogger(__name__)


@require_POST
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """With process=connect the provider's account is connected to the person who is signed in."""
    if request.POST.get("process", "login") not in ("login", "connect") or "process" in request.GET:
        raise Http404
    return _passed_on(views.login, request, provider_id)


def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _passed_on(views.callback, request, provider_id)


@login_required
@require_POST
def disconnect(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    _check(provider_id)
    answer: HttpResponseBase = _disconnect(request)
    return answer


@reauthentication_required(app="allauth.socialaccount")
def _disconnect(request: HttpRequest) -> HttpResponseBase:
    try:
        oidc.disconnect(actor_of(request))
    except Conflict as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("Disconnected."))
    return redirect("account")


def _check(provider_id: str) -> None:
    if not oidc.is_set() or provider_id != oidc.provider_id():
        raise Http404


def _passed_on(
    view: Callable[[HttpRequest, str], HttpResponseBase], request: HttpRequest, provider_id: str
) -> HttpResponseBase:
    """A provider that is away, or answers something else than one, is said to be so."""
    _check(provider_id)
    try:
        return view(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:
        log.warning("The OpenID provider %s: %r", provider_id, error)
        return oidc.refusal(request, "failed")
