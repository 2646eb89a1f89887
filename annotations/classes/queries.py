"""What is read of classes."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from annotations.models import LabelClass
from projects.models import Project


def counted_classes(project: Project) -> QuerySet[LabelClass]:
    """In their order, each with `n`, the number of its boxes: of their class, which an index holds, not of their own
    id.
    """
    return LabelClass.objects.filter(project=project).annotate(n=Count("boxes__label"))
