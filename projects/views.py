"""Pages of people and projects: the list, first steps, the account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from projects import actions, policies, tokens
from projects.errors import Refused
from projects.forms import AccountForm, PersonForm
from projects.language import remember
from projects.models import Image, Invitation, Project, ProjectFigures, User
from projects.shell import add_refusal, page_of

PREVIEWS = 4


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    rows = policies.visible_projects(request.user)
    search = _searched(request)
    if search:
        rows = rows.filter(name__icontains=search)
    previews = {
        f"preview{n}": Subquery(Image.objects.filter(project=OuterRef("pk")).order_by("id").values("pk")[n : n + 1])
        for n in range(PREVIEWS)
    }
    page = page_of(request, rows.annotate(**previews), per_page=12)
    counts = _project_counts([project.pk for project in page])
    cards = [
        {
            "project": project,
            "previews": [pk for n in range(PREVIEWS) if (pk := getattr(project, f"preview{n}"))],
            **counts[project.pk],
        }
        for project in page
    ]
    return render(request, "projects/list.html", {"page": page, "cards": cards, "search": search})


def _project_counts(ids: list[int]) -> dict[int, dict[str, int]]:
    """Images, labelled images, boxes and pending suggestions of each project, in three queries.

    Of large projects what the worker counted last (annotations.figures): they are told to a minute or so.
    """
    found = {pk: {"images": 0, "labelled": 0, "boxes": 0, "pending": 0} for pk in ids}
    kept = ProjectFigures.objects.filter(project__in=ids, counted_at__isnull=False).values_list("project", "data")
    large = {pk: {name: data[name] for name in ("images", "labelled", "boxes", "pending")} for pk, data in kept}
    for pk, figures in large.items():
        found[pk] |= figures
    small = found.keys() - large.keys()
    for pk, n in Image.objects.filter(project__in=small).order_by().values_list("project").annotate(n=Count("pk")):
        found[pk]["images"] = n
    of_page = Project.objects.filter(pk__in=small).order_by()
    # By its classes a project's boxes and suggestions are counted in their indexes alone: no row is looked at.
    boxes = {"boxes": Count("classes__boxes__label"), "labelled": Count("classes__boxes__image", distinct=True)}
    for row in of_page.annotate(**boxes).values("pk", *boxes):
        found[row.pop("pk")] |= row
    waiting = of_page.filter(classes__suggestions__state="pending")
    for pk, n in waiting.values_list("pk").annotate(n=Count("classes__suggestions__label")):
        found[pk]["pending"] = n
    return found


def _searched(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()  # PostgreSQL takes no NUL


# --- first steps ------------------------------------------------------------------------------------------------------
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator, by the one-time link that the first start prints."""
    invitation = Invitation.objects.all().find(token)
    if invitation is None or invitation.project_id is not None:
        return render(request, "projects/dead_link.html", status=404)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.create_first_administrator(token, **form.cleaned_data)
        except Refused as error:
            add_refusal(form, error)
        else:
            login(request, user)
            return redirect("projects")
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
        except Refused as error:
            if signed_in:
                messages.error(request, error.detail)
            else:
                add_refusal(form, error)
        else:
            if not signed_in:
                login(request, user)
            messages.success(request, _("Welcome to %(project)s.") % {"project": invitation.project})
            return redirect("project", invitation.project.pk)
    return render(request, "projects/invite.html", {"form": form, "invitation": invitation})


# --- the account ------------------------------------------------------------------------------------------------------
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
        "tokens": tokens.visible(user),
        "secret": request.session.pop("new_token", None),
        "crumb": _("Account"),
    }
    return render(request, "projects/account.html", context)


@login_required
@require_POST
def token_new(request: HttpRequest) -> HttpResponse:
    """The key waits in the session for the page that shows it once."""
    _row, request.session["new_token"] = tokens.create(_user(request))
    return redirect(reverse("account") + "#tokens")


@login_required
@require_POST
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    tokens.revoke(_user(request), key)
    messages.success(request, _("The token works no more."))
    return redirect(reverse("account") + "#tokens")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The switch in the header; a signed-in person's choice is kept with the account."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "projects")
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            actions.update_account(_user(request), name=_user(request).name, language=chosen)
        remember(response, chosen)
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
