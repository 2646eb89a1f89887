"""Which versions and restores a person may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotations.models import DatasetVersion, Restore
from projects.errors import Refusal
from projects.models import Project


def versions_of(project: Project, *, automatic: bool = True) -> QuerySet[DatasetVersion]:
    """Newest first, without their blocks; automatic: also those that the house made by itself."""
    found = DatasetVersion.objects.filter(project=project).select_related("made_by").defer("blocks")
    return found if automatic else found.filter(reason=DatasetVersion.Reason.MADE)


def get_version(project: Project, pk: int) -> DatasetVersion:
    found = DatasetVersion.objects.filter(project=project, pk=pk).select_related("made_by", "project").first()
    if found is None:
        raise Http404
    return found


def find_version(project: Project, pk: int) -> DatasetVersion:
    """For a request that names one in its body or query: Refusal instead of 404."""
    found = DatasetVersion.objects.filter(project=project, pk=pk).select_related("project").first()
    if found is None:
        raise Refusal(_("This project has no version %(id)s.") % {"id": pk}, field="version")
    return found


def get_restore(project: Project, pk: int) -> Restore:
    rows = Restore.objects.filter(project=project, pk=pk)
    found = rows.select_related("project", "version", "dataset", "created_by", "undoes").first()
    if found is None:
        raise Http404
    return found
