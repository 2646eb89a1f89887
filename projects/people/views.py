"""Pages of people: first start, invitation, account, tokens, language."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import LoginView
from allauth.account.views import password_reset as allauth_password_reset
from allauth.mfa.base.views import IndexView as TwoFactorIndex
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from projects import mail
from projects.errors import Refusal
from projects.models import Invitation, User
from projects.people import actions, oidc, sessions, tokens, two_factor
from projects.people.forms import AccountForm, PersonForm
from projects.people.language import remember
from projects.web.page import add_refusal


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """allauth's page; before there is anybody who could sign in, where the first administrator's link is."""
    if not User.objects.exists():
        return render(
            request,
            "projects/first_start.html",
            {"address": request.build_absolute_uri(resolve_url(settings.LOGIN_REDIRECT_URL))},
        )
    page: HttpResponseBase = _sign_in(request)
    return page


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's page, with the way to the OpenID provider where one is set."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**more)
        return found | oidc.way_in()


_sign_in = SignIn.as_view()


class TwoFactor(TwoFactorIndex):  # type: ignore[misc]
    """allauth's page, which also says whether the operator demands it."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**more)
        return found | {"demanded": two_factor.is_demanded(_user(self.request))}


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """allauth's page where mail is set; elsewhere one that says who helps."""
    page: HttpResponseBase = allauth_password_reset(request) if mail.is_set() else _forgotten(request)
    return page


_forgotten = TemplateView.as_view(template_name="account/forgotten.html")


def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator, by the one-time link that the first start prints."""
    invitation = Invitation.objects.all().find(token)
    if invitation is None or invitation.project_id is not None:
        return render(request, "projects/dead_link.html", status=404)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.create_first_administrator(token, **form.cleaned_data)
        except Refusal as error:
            add_refusal(form, error)
        else:
            login(request, user)
            return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "projects/setup.html", {"form": form})


def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Joins a signed-in person, or makes an account and joins it."""
    invitation = Invitation.objects.select_related("project", "created_by").all().find(token)
    if invitation is None or invitation.project is None:
        return render(request, "projects/dead_link.html", status=404)
    signed_in = request.user if request.user.is_authenticated else None
    form = PersonForm(request.POST or None, initial={"email": invitation.email})
    if request.method == "POST" and (signed_in or form.is_valid()):
        try:
            fields = {"user": signed_in} if signed_in else form.cleaned_data
            user = actions.accept_invitation(token, **fields)
        except Refusal as error:
            if signed_in:
                messages.error(request, error.detail)
            else:
                add_refusal(form, error)
        else:
            if not signed_in:
                login(request, user)
            messages.success(request, _("Welcome to %(project)s.") % {"project": invitation.project})
            return redirect(str(cast(Any, invitation.project).get_absolute_url()))  # settings say what it is
    return render(request, "projects/invite.html", {"form": form, "invitation": invitation})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    now = {"name": user.name, "language": user.language or request.LANGUAGE_CODE}
    form = AccountForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        actions.update_account(user, **form.cleaned_data)
        response = redirect("account")
        remember(response, form.cleaned_data["language"])
        messages.success(request, _("Saved."))
        return response
    context = {
        "form": form,
        "tokens": tokens.visible(user).count(),
        "two_factor": two_factor.is_on(user),
        "sessions": len(sessions.visible(user)),
        "connection": oidc.connection_of(user),
        **oidc.way_in(),
        "crumb": _("Account"),
    }
    return render(request, "projects/account.html", context)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The switch in the header; a signed-in person's choice is kept with the account."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else settings.LOGIN_REDIRECT_URL)
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            actions.update_account(_user(request), name=_user(request).name, language=chosen)
        remember(response, chosen)
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
