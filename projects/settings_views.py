"""A project's settings: its name, datasets, members and invitations; what other apps add comes by settings_sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects import actions, mail, policies
from projects.bin import actions as bin_actions
from projects.errors import Refusal
from projects.forms import ProjectForm, RulesForm
from projects.groups import queries
from projects.models import Role
from projects.people import invitations
from projects.people.invitations import SentInvitation
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, settings_sections, verb

MEMBERS_PER_PAGE = 50


@login_required
def project_settings(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "settings")
    details = {"name": project.name, "description": project.description}
    rows = project.memberships.select_related("user").order_by("id")
    members = page_of(request, rows, per_page=MEMBERS_PER_PAGE)
    given = queries.roles_in(project)
    context |= {
        "form": ProjectForm(initial=details, auto_id="details-%s"),
        "rules_form": RulesForm(initial=asdict(actions.Rules.of(project)), auto_id="rules-%s"),
        "sections": [(section.template, section.context(project)) for section in settings_sections],
        "datasets": project.datasets.annotate(n=Count("images")),
        "members": members,
        "by_groups": queries.words_by_person(project, [member.user_id for member in members]),
        "group_roles": given,
        "group_choices": policies.visible_groups(actor_of(request)).exclude(pk__in=given.values("group")),
        "group_role_choices": [choice for choice in role_words() if choice[0] != Role.OWNER],
        "open_invitations": project.invitations.filter(used_at=None).select_related("created_by").order_by("-id")[:50],
        "now": timezone.now(),
        "mail": mail.is_set(),
        "roles": role_words(),
        "bin_days": settings.BIN_DAYS,
        "new_links": request.session.pop("new_invitations", []),
    }
    return render(request, "projects/settings.html", context)


def role_words() -> list[tuple[Role, Any, str]]:
    """Each role with what it may do, in one sentence."""
    return [
        (Role.VIEWER, Role.VIEWER.label, _("sees everything, changes nothing")),
        (Role.ANNOTATOR, Role.ANNOTATOR.label, _("adds images and draws boxes")),
        (Role.REVIEWER, Role.REVIEWER.label, _("also reviews suggestions and starts runs")),
        (Role.MANAGER, Role.MANAGER.label, _("also manages people, jobs and classes")),
        (Role.OWNER, Role.OWNER.label, _("also manages the project itself, and deletes")),
    ]


@verb("project-settings")
def details(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    actions.update_project(
        actor_of(request), project, name=request.POST.get("name", ""), description=request.POST.get("description", "")
    )
    messages.success(request, _("Saved."))
    return redirect("project-settings", pk)


@verb("project-settings")
def rules(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    policies.require(request.user, Action.JOBS, project)
    form = RulesForm(request.POST)
    if not form.is_valid():
        raise Refusal(" ".join(str(error) for errors in form.errors.values() for error in errors))
    actions.set_rules(actor_of(request), project, actions.Rules(**form.cleaned_data))
    messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#rules")


@verb("project-settings")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the project's name, so that a slip of the hand deletes nothing."""
    project = policies.get_project(request.user, pk)
    if request.POST.get("name", "").strip() != project.name:
        raise Refusal(_("The name you typed is not the project's name: nothing was deleted."))
    bin_actions.delete_project(actor_of(request), project)
    messages.success(request, _("The project “%(name)s” lies in the bin.") % {"name": project.name})
    return redirect(settings.LOGIN_REDIRECT_URL)


@verb("project-settings")
def dataset_new(request: HttpRequest, pk: int) -> HttpResponse:
    dataset = actions.create_dataset(
        actor_of(request), policies.get_project(actor_of(request), pk), name=request.POST.get("name", "")
    )
    messages.success(request, _("Dataset “%(name)s” is ready for images.") % {"name": dataset})
    if request.POST.get("next") == "images":
        return redirect(str(cast(Any, dataset).get_absolute_url()))  # settings say what it is
    return redirect(reverse("project-settings", args=[pk]) + "#datasets")


@verb("project-settings")
def dataset_change(request: HttpRequest, pk: int, dataset: int) -> HttpResponse:
    found = policies.get_dataset(request.user, dataset)
    if found.project_id != pk:
        raise Http404
    if request.POST.get("do") == "delete":
        bin_actions.delete_dataset(actor_of(request), found)
        messages.success(request, _("Dataset “%(name)s” lies in the bin.") % {"name": found.name})
    else:
        actions.rename_dataset(actor_of(request), found, name=request.POST.get("name", ""))
        messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#datasets")


@verb("project-settings")
def member(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    person = get_object_or_404(project.members, pk=user)
    if request.POST.get("do") == "remove":
        actions.remove_member(actor_of(request), project, person)
        if person == request.user:
            messages.success(request, _("You left “%(project)s”.") % {"project": project})
            return redirect(settings.LOGIN_REDIRECT_URL)
        messages.success(request, _("%(person)s is no longer a member.") % {"person": person})
    else:
        actions.set_role(actor_of(request), project, person, request.POST.get("role", ""))
        messages.success(request, _("Saved."))
    return redirect(reverse("project-settings", args=[pk]) + "#members")


@verb("project-settings")
def invitation_new(request: HttpRequest, pk: int) -> HttpResponse:
    """One link for anybody, or one for each address that was pasted."""
    project, actor = policies.get_project(request.user, pk), actor_of(request)
    role, emails = request.POST.get("role", ""), invitations.addresses_in(request.POST.get("emails", ""))
    start = invitations.link_start(request)
    if emails:
        made = invitations.invite_all(actor, project, role=role, emails=emails, origin=start)
    elif request.POST.get("emails", "").strip():
        raise Refusal(_("There is no e-mail address in this text."))
    else:
        made = [SentInvitation(*invitations.invite(actor, project, role=role))]
    return _show_links(request, pk, made)


@verb("project-settings")
def invitation_renew(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    found = get_object_or_404(project.invitations.filter(used_at=None), pk=invitation)
    made = invitations.renew(actor_of(request), found, origin=invitations.link_start(request))
    return _show_links(request, pk, [made])


def _show_links(request: HttpRequest, pk: int, made: Sequence[SentInvitation]) -> HttpResponse:
    """What went by mail is said; the other links wait in the session for the page that shows them once."""
    start = invitations.link_start(request)
    mailed = [one.invitation.email for one in made if one.mailed]
    if mailed:
        words = ngettext("%(n)d invitation is on its way.", "%(n)d invitations are on their way.", len(mailed))
        messages.success(request, words % {"n": len(mailed)})
    request.session["new_invitations"] = [
        {
            "url": invitations.link(start, one.token),
            "email": one.invitation.email,
            "role": str(Role(one.invitation.role).label),
        }
        for one in made
        if not one.mailed
    ]
    return redirect(reverse("project-settings", args=[pk]) + "#members")


@verb("project-settings")
def invitation_revoke(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    found = get_object_or_404(project.invitations.filter(used_at=None), pk=invitation)
    invitations.revoke(actor_of(request), found)
    messages.success(request, _("The link works no more."))
    return redirect(reverse("project-settings", args=[pk]) + "#members")
