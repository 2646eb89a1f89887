"""How the gallery's tests name images: by the first letter of their names."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from annotations.gallery.filters import GalleryFilter, narrowed
from projects.models import Project


def shown(project: Project, query: str) -> str:
    wanted = GalleryFilter.parse(QueryDict(query))
    names = narrowed(project, wanted, project.created_by).values_list("name", flat=True)
    return "".join(name[0] for name in names)


def ids(world: dict[str, Any], names: str) -> list[int]:
    return [world[name].pk for name in names]
