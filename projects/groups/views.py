"""Pages of groups: those that a person keeps or is in, and one with its people."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from projects import policies
from projects.errors import Refusal
from projects.groups import actions, queries
from projects.models import User
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import page_of, verb

PER_PAGE = 50


@login_required
def group_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        try:
            return redirect("group", actions.make_group(actor, name=request.POST.get("name", "")).pk)
        except Refusal as error:
            messages.error(request, error.detail)
    context = {
        "page": page_of(request, queries.groups_of(actor), PER_PAGE),
        "may_make": policies.leads_people(actor),
        "crumb": _("Groups"),
    }
    return render(request, "projects/groups.html", context)


@login_required
def group(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    found = policies.get_group(actor, pk)
    keeps = found.keeper_id == actor.pk or actor.is_superuser
    members = found.memberships.select_related("user").order_by("user__name", "user__email")
    context = {
        "group": found,
        "page": page_of(request, members, PER_PAGE),
        "keeps": keeps,
        "inside": members.filter(user=actor).exists(),
        "addable": queries.addable(actor, found)[: actions.MOST_PEOPLE] if keeps else [],
        "roles": queries.roles_seen(actor, found),
        "crumb": found.name,
    }
    return render(request, "projects/group.html", context)


@login_required
@require_POST
def group_change(request: HttpRequest, pk: int) -> HttpResponse:
    """do: add, remove (or leave), rename, delete."""
    actor = actor_of(request)
    found = policies.get_group(actor, pk)
    try:
        match request.POST.get("do"):
            case "add":
                actions.add_person(actor, found, _person(request))
            case "remove":
                actions.remove_person(actor, found, _person(request))
            case "delete":
                actions.delete_group(actor, found)
                messages.success(request, _("The group “%(name)s” is deleted.") % {"name": found.name})
            case "rename":
                actions.change_group(actor, found, name=request.POST.get("name", ""))
                messages.success(request, _("Saved."))
            case _:
                raise Http404
    except Refusal as error:
        messages.error(request, error.detail)
    return redirect("group", pk) if policies.visible_groups(actor).filter(pk=pk).exists() else redirect("groups")


@verb("project-settings")
def group_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a group into the project."""
    project, actor = policies.get_project(request.user, pk), actor_of(request)
    policies.require(actor, Action.PEOPLE, project)
    wanted = request.POST.get("group", "")
    if not wanted.isdecimal() or not policies.visible_groups(actor).filter(pk=wanted).exists():
        raise actions.unknown_group()
    actions.set_group_role(actor, project, policies.get_group(actor, int(wanted)), request.POST.get("role", ""))
    messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#groups")


@verb("project-settings")
def group_role_change(request: HttpRequest, pk: int, group: int) -> HttpResponse:
    project, actor = policies.get_project(request.user, pk), actor_of(request)
    policies.require(actor, Action.PEOPLE, project)
    given = get_object_or_404(queries.roles_in(project), group=group)
    if request.POST.get("do") == "remove":
        actions.remove_group(actor, project, given)
        messages.success(request, _("“%(group)s” is out of the project.") % {"group": given.group})
    else:
        actions.set_group_role(actor, project, given.group, request.POST.get("role", ""))
        messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#groups")


def _person(request: HttpRequest) -> User:
    number = request.POST.get("user", "")
    return get_object_or_404(User, pk=int(number)) if number.isdecimal() and len(number) < 19 else User()
