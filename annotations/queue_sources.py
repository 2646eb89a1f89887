"""Work on labels that workers do: imports, exports, changes of many boxes, divisions, restores."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotations.bulk_edits import actions as bulk_edits
from annotations.datasets import actions as datasets
from annotations.exports import actions as exports
from annotations.imports import actions as imports
from annotations.models import BulkEdit, DatasetChange, Export, LabelImport, Restore, SplitChange
from annotations.splits import actions as splits
from projects.jobs.sources import USUAL, Group, Source, Summary, Verb, add
from projects.models import User


def register() -> None:
    of_imports = {Verb.CANCEL: imports.cancel, Verb.RETRY: _import_again}
    add(Source("labels", _("Import of labels"), _import_rows, _of_import, of_imports, _import_offers))
    of_exports = {Verb.CANCEL: exports.cancel, Verb.RETRY: exports.retry}
    add(Source("export", _("Export"), lambda: _rows(Export), _of_export, of_exports))
    of_edits = {Verb.CANCEL: bulk_edits.cancel, Verb.RETRY: bulk_edits.retry}
    add(Source("boxes", _("Change of many boxes"), lambda: _rows(BulkEdit), _of_edit, of_edits))
    of_datasets = {Verb.CANCEL: datasets.cancel, Verb.RETRY: datasets.retry}
    add(Source("dataset", _("Change of a dataset"), lambda: _rows(DatasetChange), _of_edit, of_datasets))
    add(Source("split", _("Division"), lambda: _rows(SplitChange), _plain, {Verb.CANCEL: splits.cancel}))
    add(Source("restore", _("Restore"), lambda: _rows(Restore), _plain))


def _rows(model: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.select_related("project", "created_by")
    return found


def _import_rows() -> QuerySet[LabelImport]:
    found = LabelImport.objects.select_related("project", "dataset", "created_by")
    return found.defer("preview", "counts", "splits", "notices")


def _plain(job: SplitChange | Restore) -> Summary:
    return Summary(str(job), job.project, job.share)


def _of_export(job: Export) -> Summary:
    return Summary(str(job), job.project, job.share, job.problem)


def _of_edit(edit: BulkEdit | DatasetChange) -> Summary:
    return Summary(f"{edit} {edit.get_kind_display()}", edit.project, edit.share, edit.problem)


def _of_import(job: LabelImport) -> Summary:
    problem = str(job.problems[0].get("detail", "")) if job.problems and job.state == LabelImport.State.FAILED else ""
    return Summary(f"{job.name} · {job.phase_label}", job.project, job.share, problem)


def _import_offers(job: LabelImport, group: Group) -> Collection[Verb]:
    """What could not be read is uploaded again."""
    storing = job.step == LabelImport.Step.STORE and bool(job.file)
    return USUAL[group] if group != Group.FAILED or storing else ()


def _import_again(actor: User, job: LabelImport) -> LabelImport:
    return imports.start(actor, job, {})
