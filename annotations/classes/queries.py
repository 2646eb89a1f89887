"""What is read of classes."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from annotations.flags import Flag
from annotations.models import LabelClass, Suggestion
from projects.models import Project


def is_used(label: LabelClass, *, but: QuerySet[Suggestion]) -> bool:
    """Whether anything is of the class, in this app or one above, other than these suggestions and history."""
    for relation in LabelClass._meta.related_objects:
        rows = relation.related_model._default_manager.filter(**{relation.field.name: label})
        if relation.related_model is Suggestion:
            rows = rows.exclude(pk__in=but)
        if rows.exists():
            return True
    return False


def counted_classes(project: Project) -> QuerySet[LabelClass]:
    """In their order, each with `n`, the number of its boxes: of their class, which an index holds, not of their own
    id.
    """
    return LabelClass.objects.filter(project=project).annotate(
        n=Count("boxes__label", filter=Q(boxes__flags__lt=Flag.IGNORE))
    )
