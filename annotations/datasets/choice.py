"""What is asked of many images: which of them, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from annotations.gallery.filters import GalleryFilter, narrowed
from projects.models import Image, Project, User

MOST = 2000  # images that a choice names one by one


@dataclass(frozen=True, slots=True)
class Choice:
    """kind: of DatasetChange. datasets: ids of those that the images lie in; all of the project where none is named.

    images: ids, where they are named one by one. filter: what stands after the `?` of the gallery. to: id of the
    dataset that they get into. name: of a dataset that is to be made for them.
    """

    kind: str
    datasets: tuple[int, ...] = ()
    images: tuple[int, ...] = ()
    filter: str = ""
    to: int | None = None
    name: str = ""

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Choice:
        return cls(**{**stored, "datasets": tuple(stored["datasets"]), "images": tuple(stored["images"])})


def images_of(actor: User, project: Project, choice: Choice) -> QuerySet[Image]:
    """In the order of their numbers."""
    rows = narrowed(project, GalleryFilter.parse(QueryDict(choice.filter)), actor)
    if choice.datasets:
        rows = rows.filter(dataset__in=choice.datasets)
    if choice.images:
        rows = rows.filter(pk__in=choice.images)
    return rows.order_by("pk")
