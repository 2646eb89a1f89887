"""A project's tags among its settings: made, renamed, merged, deleted."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.models import Tag
from annotations.tags import actions
from projects import policies
from projects.errors import Refusal
from projects.forms import split_names
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import verb


@verb("project-settings")
def tag_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    n = actions.make_tags(actor_of(request), project, split_names(request.POST.get("names", "")))
    messages.success(request, ngettext("%(n)d tag added.", "%(n)d tags added.", n) % {"n": n})
    return _back(pk)


@verb("project-settings")
def tag_change(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    """do: save (another name) or delete."""
    found = _tags(request, pk).filter(pk=tag).first()
    if found is None:
        raise Http404
    if request.POST.get("do") == "delete":
        actions.delete_tag(actor_of(request), found)
        messages.success(request, _("The tag “%(name)s” is deleted.") % {"name": found})
    else:
        actions.rename_tag(actor_of(request), found, request.POST.get("name", ""))
        messages.success(request, _("Saved."))
    return _back(pk)


@verb("project-settings")
def tag_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """tag, into: names."""
    policies.require(request.user, Action.CLASSES, policies.get_project(request.user, pk))
    named = {tag.name: tag for tag in _tags(request, pk)}
    tag, into = (named.get(request.POST.get(name, "")) for name in ("tag", "into"))
    if tag is None or into is None or tag == into:
        raise Refusal(_("Choose two tags."), field="into")
    n = actions.merge_tag(actor_of(request), tag, into)
    words = ngettext(
        "“%(name)s” is merged into “%(into)s”: %(n)d image changed.",
        "“%(name)s” is merged into “%(into)s”: %(n)d images changed.",
        n,
    )
    messages.success(request, words % {"name": tag, "into": into, "n": n})
    return _back(pk)


def _tags(request: HttpRequest, project: int) -> QuerySet[Tag]:
    rows = Tag.objects.filter(project__in=policies.visible_projects(request.user), project=project)
    return rows.select_related("project")


def _back(project: int) -> HttpResponse:
    return redirect(reverse("project-settings", args=[project]) + "#tags")
