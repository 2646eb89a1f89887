"""How much each project has stored, by what it is; each app adds what it keeps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from projects.models import Image, Project

MOST = 200  # projects that are listed
Sizes = Mapping[int, tuple[int, int]]  # files and bytes by project


@dataclass(frozen=True, slots=True)
class Part:
    """title: lazily translated."""

    title: Any
    sizes: Callable[[], Sizes]


parts: list[Part] = []


@dataclass(frozen=True, slots=True)
class Cell:
    """share: percent of the largest project's bytes; start: of those before it in the bar."""

    files: int
    bytes: int
    start: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    project: Project
    cells: list[Cell]
    bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """rows: the largest projects first. whole: of all projects, also those that are not listed."""

    rows: list[Row]
    whole: list[Cell]
    bytes: int
    projects: int


def sizes_of(rows: QuerySet[Any], project: str = "project") -> Sizes:
    """Of rows with a field `bytes`."""
    found = rows.order_by().values_list(project).annotate(Count("pk"), Sum("bytes"))
    return {pk: (files, size or 0) for pk, files, size in found}


def register() -> None:
    from django.utils.translation import gettext_lazy as _

    parts.append(Part(_("Images"), lambda: sizes_of(Image.objects.all())))


def find() -> Holdings:
    """A query for each part, and one for the projects' names."""
    found = [part.sizes() for part in parts]
    totals = {pk: sum(sizes.get(pk, (0, 0))[1] for sizes in found) for pk in {pk for sizes in found for pk in sizes}}
    largest = sorted(totals, key=lambda pk: (-totals[pk], pk))[:MOST]
    projects = Project.objects.in_bulk(largest)
    most = max(totals.values(), default=0)
    rows = [Row(projects[pk], _cells(found, pk, most), totals[pk]) for pk in largest if pk in projects]
    whole = [Cell(sum(n for n, _b in sizes.values()), sum(b for _n, b in sizes.values())) for sizes in found]
    return Holdings(rows, whole, sum(totals.values()), len(totals))


def _cells(found: list[Sizes], pk: int, most: int) -> list[Cell]:
    cells: list[Cell] = []
    start = 0.0
    for sizes in found:
        files, size = sizes.get(pk, (0, 0))
        share = 100 * size / most if most else 0.0
        cells.append(Cell(files, size, round(start, 2), round(share, 2)))
        start += share
    return cells


def disk() -> tuple[int, int] | None:
    """Bytes that are free and that there are, where files lie on a disk of this machine."""
    if settings.BUCKET:
        return None
    try:
        usage = shutil.disk_usage(settings.DATA_DIR)
    except OSError:
        return None
    return usage.free, usage.total
