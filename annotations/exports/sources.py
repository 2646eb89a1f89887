"""Where the labels of an export come from: the project as it is now, or one of its versions."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import slugify

from annotations.exports.choice import ExportChoice
from annotations.exports.labels import ProjectLabels
from annotations.exports.selection import Selection
from annotations.models import DatasetVersion
from annotations.versions.labels import VersionLabels
from annotations.versions.queries import find_version
from projects.models import Project

Labels = ProjectLabels | VersionLabels


@dataclass(frozen=True, slots=True)
class Source:
    """labels: what the writers of formats are given. stem: what the file's name begins with."""

    labels: Labels
    stem: str
    version: DatasetVersion | None = None


def source_of(project: Project, choice: ExportChoice) -> Source:
    """Raises Refusal where there is no such class, dataset or version."""
    if choice.version is None:
        return of_now(Selection.of(project, choice))
    version = find_version(project, choice.version)
    labels = VersionLabels(
        version,
        classes=choice.classes,
        dataset=choice.dataset,
        split=choice.split,
        unfinished=choice.unfinished,
        with_files=choice.pictures,
    )
    names = {row["id"]: row["name"] for row in version.datasets}
    return Source(labels, _stem(project, choice.dataset, names.get(choice.dataset or 0, ""), str(version)), version)


def of_now(selection: Selection) -> Source:
    dataset = selection.dataset
    stem = _stem(selection.project, dataset.pk if dataset else None, dataset.name if dataset else "")
    return Source(ProjectLabels(selection), stem)


def _stem(project: Project, dataset: int | None, name: str, *more: str) -> str:
    slug = slugify(project.name, allow_unicode=True) or f"project-{project.pk}"
    of = [slugify(name, allow_unicode=True) or f"dataset-{dataset}"] if dataset is not None else []
    return "-".join([slug, *more, *of])
