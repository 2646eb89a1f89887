"""Class models and trained detectors that a person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import Http404

from projects import policies
from projects.models import Project
from training.models import ModelVersion

if TYPE_CHECKING:
    from projects.policies import Person


def visible_models(user: Person) -> QuerySet[ModelVersion]:
    """Model versions of the projects that the user is a member of.

    Their runs come without results, which hold every class's.
    """
    return (
        ModelVersion.objects.filter(project__in=policies.visible_projects(user))
        .select_related("run")
        .defer("run__result")
    )


def get_model(user: Person, pk: int) -> ModelVersion:
    """One model version, or 404 for strangers."""
    model = visible_models(user).select_related("project", "run__created_by").filter(pk=pk).first()
    if model is None:
        raise Http404
    return model


def trained_detectors(project: Project) -> QuerySet[ModelVersion]:
    """The detectors that runs of this project trained, newest first."""
    return ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.DETECTOR)
