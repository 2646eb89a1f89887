"""Two classes become one: boxes, suggestions, what is complete, jobs; the class that was merged lies in the bin."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotations.attributes import united
from annotations.bulk_edits.parts import AT_ONCE, Act, choice_of, go_through, put_into, take_away, unmark, write_part
from annotations.bulk_edits.record import Record
from annotations.bulk_edits.selection import doubles
from annotations.locking import BATCH, lock_images
from annotations.models import Box, BulkEdit, Complete, LabelClass, Suggestion, WorkJob
from annotations.unit_of_work import UnitOfWork
from projects.bin.actions import put_away
from projects.jobs.hold import Hold, letting_others_write
from projects.models import BinEntry, User

KEPT_STATES = (Suggestion.State.PENDING, Suggestion.State.ACCEPTED)


def merge(hold: Hold[BulkEdit], actor: User, source: LabelClass, target: LabelClass) -> None:
    """Begun again it goes on: each step finds what is left of it. Raises LostJob."""
    target.attributes = [one.row() for one in united(target.asked, source.asked)]
    target.save(update_fields=["attributes"])  # what boxes of the other class say is asked for still
    boxes = Box.objects.filter(label=source)
    go_through(hold, actor, boxes, _joining(hold.job, target))
    _move_suggestions(hold, source, target)
    _reopen(hold, actor, source, target)
    _move_jobs(hold, source, target)
    go_through(hold, actor, boxes, _joining(hold.job, target))  # what somebody drew meanwhile
    with hold.beating():
        if not _entries(hold.job).exists():
            put_away(actor, source.project, "class", [source.pk], source.name, id=source.pk, merged=True)
    note_bin(hold)


def note_bin(hold: Hold[BulkEdit]) -> None:
    """Where the merged class lies. Apart, for a worker may have died between the two."""
    entry = _entries(hold.job).last()
    if entry is not None and not hold.job.parts.filter(data__has_key="bin").exists():
        write_part(hold, Record(bin=entry.pk), 0)


def _joining(edit: BulkEdit, target: LabelClass) -> Act:
    keep_one = choice_of(edit).keep_one

    def join(unit: UnitOfWork, boxes: list[Box]) -> Record:
        record = Record()
        mine = Box.objects.filter(pk__in=[box.pk for box in boxes])
        twice = set(doubles(mine, target.pk).values_list("pk", flat=True)) if keep_one else set()
        for box in boxes:
            if box.pk in twice:
                take_away(unit, record, box)
            else:
                put_into(unit, record, box, target)
        return record

    return join


def _move_suggestions(hold: Hold[BulkEdit], source: LabelClass, target: LabelClass) -> None:
    """Those that wait, and those that became boxes. A no to one class is none to both: it goes to the bin with its
    class.
    """
    rows = Suggestion.objects.filter(label=source, state__in=KEPT_STATES)
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with letting_others_write(), transaction.atomic():
            unit = UnitOfWork(None, ())
            unit.move_suggestions(ids, target.pk)
            unit.write()
            write_part(hold, Record(suggestions=[[pk, source.pk] for pk in ids]), 0)


def marks_to_reopen(source: LabelClass, target: LabelClass) -> QuerySet[Complete]:
    """An image is complete for both classes as one where it was so for each."""
    both = Complete.objects.filter(image=OuterRef("image"), label=source)
    return Complete.objects.filter(~Exists(both), label=target)


def _reopen(hold: Hold[BulkEdit], actor: User, source: LabelClass, target: LabelClass) -> None:
    rows = marks_to_reopen(source, target)
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with letting_others_write(), transaction.atomic():
            images = lock_images(Complete.objects.filter(pk__in=ids).values_list("image", flat=True))
            unit, record = UnitOfWork(actor, images.values()), Record()
            for mark in rows.filter(pk__in=ids, image__in=images).select_related("label"):
                unmark(unit, record, mark)
            unit.write()
            write_part(hold, record, 0)


def _move_jobs(hold: Hold[BulkEdit], source: LabelClass, target: LabelClass) -> None:
    """Jobs that look for the one class look for the other from now on."""
    asking = WorkJob.objects.filter(classes=source).exclude(classes=target)
    with transaction.atomic():
        jobs = list(asking)
        for job in jobs:
            job.classes.add(target)
        write_part(hold, Record(jobs=[job.pk for job in jobs]), 0)


def _entries(edit: BulkEdit) -> QuerySet[BinEntry]:
    """By now nothing but history and answers of old hangs on the class."""
    return BinEntry.objects.filter(project=edit.project_id, kind="class", numbers=[edit.choice["label"]])
