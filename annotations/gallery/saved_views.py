"""Verbs on a person's saved views: names for sets of filters, their own in each project."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from projects import policies
from projects.errors import Refusal
from projects.models import Project, SavedView, User
from projects.policies import Action

MOST = 30
LONGEST = 60


@transaction.atomic
def save(actor: User, project: Project, *, name: str, query: str) -> SavedView:
    """A name that is there already gets the new filters."""
    policies.require(actor, Action.READ, project)
    name = " ".join(name.split())[:LONGEST]
    if not name:
        raise Refusal(_("A name is needed."), field="name")
    if len(query) > (SavedView._meta.get_field("query").max_length or 0):
        raise Refusal(_("These filters are too long to be saved."), field="query")
    mine = SavedView.objects.filter(project=project, user=actor)
    if mine.exclude(name=name).count() >= MOST:
        raise Refusal(_("You have %(n)d views here already: delete one first.") % {"n": MOST}, field="name")
    return mine.update_or_create(project=project, user=actor, name=name, defaults={"query": query})[0]


def delete(actor: User, view: SavedView) -> None:
    policies.require(actor, Action.READ, view.project)
    SavedView.objects.filter(pk=view.pk, user=actor).delete()
