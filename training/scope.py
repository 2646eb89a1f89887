"""The images that a run is to fill."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from projects.models import Dataset, Image, Project


def scope_images(project: Project, dataset: Dataset | None, images: Sequence[int] | None) -> QuerySet[Image]:
    """The images that a run is to fill: those named, or a dataset's, or the whole project's."""
    found = project.images.all()
    if images is not None:
        return found.filter(pk__in=images)
    return found.filter(dataset=dataset) if dataset else found
