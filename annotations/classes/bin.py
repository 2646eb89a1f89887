"""Classes in the bin: boxes go with a row of history each, so that open editors hear of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from annotations.locking import BATCH, lock_images
from annotations.models import Box, BoxHistory, Comment, Complete, LabelClass, Suggestion
from annotations.unit_of_work import UnitOfWork
from labelhub.live.notify import project_group, wake_on_commit
from projects.bin import contents, filling, placing
from projects.bin.images import free_name
from projects.bin.kinds import Kind, kinds, nothing_to_check
from projects.bin.placing import Fit, RestoreResult
from projects.models import BinEntry

HISTORY_BATCH = 1000  # rows of history whose key is emptied at once: a class may have hundreds of thousands


def register() -> None:
    kinds["class"] = Kind(gettext_lazy("Class"), "tag", LabelClass, _parts, nothing_to_check)
    placing.fits[LabelClass] = _fit
    contents.counted.extend(model._meta.label for model in (Box, Suggestion, Comment))


def _parts(entry: BinEntry) -> Iterator[None]:
    """Boxes first, each with its row of history; then what hangs on the class by thousands; the class itself last."""
    (pk,) = entry.numbers
    while boxes := list(Box.objects.filter(label=pk).select_related("label", "suggestion").order_by("pk")[:BATCH]):
        _put_boxes_away(entry, boxes)
        yield
    hanging: list[QuerySet[Suggestion] | QuerySet[Complete]] = [
        Suggestion.objects.filter(label=pk),
        Complete.objects.filter(label=pk),
    ]
    for rows in hanging:
        while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                filling.part(entry, rows.filter(pk__in=pks))
            yield
    history = BoxHistory._base_manager.filter(label=pk).order_by("pk")
    while pks := list(history.values_list("pk", flat=True)[:HISTORY_BATCH]):
        with transaction.atomic():
            filling.untied_part(entry, history.filter(pk__in=pks), "label")
        yield
    with transaction.atomic():
        filling.part(entry, LabelClass.objects.filter(pk=pk))
        wake_on_commit(project_group(entry.project_id))
    yield


@transaction.atomic
def _put_boxes_away(entry: BinEntry, boxes: list[Box]) -> None:
    unit = UnitOfWork(entry.deleted_by, lock_images({box.image_id for box in boxes}).values())
    for box in boxes:
        unit.delete(box, getattr(box, "suggestion", None))
    filling.part(entry, Box.objects.filter(pk__in=[box.pk for box in boxes]))
    unit.write()


def _fit(rows: list[LabelClass], _so_far: RestoreResult) -> Fit:
    """Under a free name, without its hotkey where another class has it now."""
    for row in rows:
        others = LabelClass.objects.filter(project=row.project_id)
        row.name = free_name(row.name, others.values_list("name", flat=True), 80)
        if others.exclude(hotkey="").filter(hotkey=row.hotkey).exists():
            row.hotkey = ""
        wake_on_commit(project_group(row.project_id))
    return Fit(rows)
