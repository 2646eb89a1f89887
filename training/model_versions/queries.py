"""Class models and trained detectors that a person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max, QuerySet
from django.http import Http404

from annotations.models import LabelClass
from projects import policies
from projects.models import Project
from training.models import ModelVersion, Promotion

if TYPE_CHECKING:
    from projects.policies import Person


def visible_models(user: Person) -> QuerySet[ModelVersion]:
    """Model versions of the projects that the user is a member of.

    Their runs come without results, which hold every class's.
    """
    return (
        ModelVersion.objects.filter(project__in=policies.visible_projects(user))
        .select_related("run", "label", "dataset_version")
        .defer("run__result", "dataset_version__blocks")
    )


def get_model(user: Person, pk: int) -> ModelVersion:
    """One model version, or 404 for strangers."""
    model = visible_models(user).select_related("project", "run__created_by").filter(pk=pk).first()
    if model is None:
        raise Http404
    return model


def class_models(project: Project) -> QuerySet[ModelVersion]:
    """The few-shot class models whose class is still there, newest first."""
    return ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.FEWSHOT, label__isnull=False)


def current_models(project: Project) -> dict[int, ModelVersion]:
    """By class the version that people promoted last, or its newest. Two queries, and one more for the rows."""
    newest = class_models(project).order_by().values("label").annotate(newest=Max("id")).values_list("label", "newest")
    promoted = Promotion.objects.filter(label__project=project).order_by("id").values_list("label", "model")
    chosen = dict(newest) | dict(promoted)
    found = class_models(project).filter(pk__in=chosen.values()).select_related("label")
    return {model.label_id: model for model in found if model.label_id is not None}


def current_model(label: LabelClass) -> ModelVersion | None:
    """The version of one class, as current_models has it."""
    promoted = label.promotions.select_related("model").first()
    return promoted.model if promoted else label.models.first()


def model_before(label: LabelClass) -> ModelVersion | None:
    """The version that was made before a class's present one."""
    now = current_model(label)
    return label.models.filter(pk__lt=now.pk).first() if now else None


def trained_detectors(project: Project) -> QuerySet[ModelVersion]:
    """The detectors that runs of this project trained, newest first."""
    return ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.DETECTOR)
