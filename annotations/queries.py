"""What a person may see of classes, boxes and suggestions: 404 for strangers, built on `projects.policies`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from annotations.models import Box, LabelClass, Suggestion
from projects.models import Project
from projects.policies import visible_projects

if TYPE_CHECKING:
    from projects.policies import Person


def visible_boxes(user: Person) -> QuerySet[Box]:
    return Box.objects.filter(image__project__in=visible_projects(user)).select_related("image")


def visible_suggestions(user: Person) -> QuerySet[Suggestion]:
    return Suggestion.objects.filter(image__project__in=visible_projects(user)).select_related("image")


def get_box(user: Person, pk: UUID) -> Box:
    box = visible_boxes(user).filter(pk=pk).first()
    if box is None:
        raise Http404
    return box


def get_suggestion(user: Person, pk: int) -> Suggestion:
    suggestion = visible_suggestions(user).filter(pk=pk).first()
    if suggestion is None:
        raise Http404
    return suggestion


def get_class(project: Project, pk: int) -> LabelClass:
    """A class of a project that the person was found to see."""
    label = project.classes.filter(pk=pk).first()
    if label is None:
        raise Http404
    label.project = project
    return label
