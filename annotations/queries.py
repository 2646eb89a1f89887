"""What a person may see of classes, boxes and suggestions: 404 for strangers, built on `projects.policies`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from annotations.models import Box, Complete, LabelClass, LabelImport, Suggestion, SuggestionBatch
from projects.models import Image, Project
from projects.policies import visible_projects

if TYPE_CHECKING:
    from projects.policies import Person


def visible_boxes(user: Person) -> QuerySet[Box]:
    return Box.objects.filter(image__project__in=visible_projects(user)).select_related("image__project")


def visible_suggestions(user: Person) -> QuerySet[Suggestion]:
    return Suggestion.objects.filter(image__project__in=visible_projects(user)).select_related("image__project")


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


def suggestions_of(project: Project) -> QuerySet[Suggestion]:
    """A project's suggestions: by its classes, as the index has them."""
    return Suggestion.objects.filter(label__in=list(project.classes.values_list("pk", flat=True)))


def suggestion_ids(project: Project) -> QuerySet[Suggestion, int]:
    """Ids of a project's suggestions, the most probable first."""
    return suggestions_of(project).order_by("-probability", "id").values_list("pk", flat=True)


def suggestions_above(
    project: Project,
    least: float,
    *,
    run: int | None = None,
    batch: int | None = None,
    label: int | None = None,
    sure: bool = False,
) -> QuerySet[Suggestion]:
    """Those of a probability of at least `least`; of one run, one batch or one class, or only what runs call sure,
    where that is named.
    """
    rows = Suggestion.objects.filter(image__project=project, probability__gte=least)
    narrow = {"batch__run": run, "batch": batch, "label": label, "sure": sure or None}
    return rows.filter(**{key: value for key, value in narrow.items() if value is not None})


def get_batch(project: Project, *, run: int) -> SuggestionBatch:
    """What a run of a project that the person was found to see has suggested."""
    batch = SuggestionBatch.objects.filter(project=project, run=run).select_related("project").first()
    if batch is None:
        raise Http404
    return batch


def visible_label_imports(project: Project) -> QuerySet[LabelImport]:
    """Those of a project that the person was found to see."""
    return LabelImport.objects.filter(project=project).select_related("project", "dataset", "created_by", "batch")


def get_label_import(project: Project, pk: int) -> LabelImport:
    found = visible_label_imports(project).filter(pk=pk).first()
    if found is None:
        raise Http404
    found.project = project  # which knows the person's role
    return found


def untouched(images: QuerySet[Image]) -> QuerySet[Image]:
    """Those that nobody has said anything of: no box, and complete for no class."""
    boxed, complete = Box.objects.filter(image=OuterRef("pk")), Complete.objects.filter(image=OuterRef("pk"))
    return images.filter(~Exists(boxed), ~Exists(complete))


def get_class(project: Project, pk: int) -> LabelClass:
    """A class of a project that the person was found to see."""
    label = project.classes.filter(pk=pk).first()
    if label is None:
        raise Http404
    label.project = project
    return label
