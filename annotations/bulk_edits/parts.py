"""A change of many boxes, in transactions of at most 200 rows, each with a record of what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from annotations.bulk_edits.choice import Choice
from annotations.bulk_edits.record import Record, packed
from annotations.comments import actions as comments
from annotations.locking import lock_images
from annotations.models import Box, BulkEdit, BulkEditPart, Complete, LabelClass, Origin, WorkImage
from annotations.unit_of_work import UnitOfWork
from annotations.work import reviewing
from projects.jobs.hold import Hold, letting_others_write
from projects.models import User

AT_ONCE = 100  # boxes of one transaction: each is a row of its own and one of history
SENT_AT_ONCE = 40  # a comment, a mark and the image's state, each with its history

Act = Callable[[UnitOfWork, list[Box]], Record]


def go_through(hold: Hold[BulkEdit], actor: User, rows: QuerySet[Box], act: Act, at_once: int = AT_ONCE) -> None:
    """Calls `act` on all of `rows`, part by part in the order of their images. Raises LostJob.

    Begun again it finds only what is left, where a box that was changed is no longer one of `rows`.
    """
    after: Q | None = None
    while True:
        left = rows if after is None else rows.filter(after)
        part = list(left.order_by("image_id", "pk").values_list("image_id", "pk")[:at_once])
        if not part:
            return
        last_image, last_box = part[-1]
        after = Q(image__gte=last_image) & ~Q(image=last_image, pk__lte=last_box)
        with letting_others_write(), transaction.atomic():
            images = lock_images({image for image, _pk in part})
            # Once more, now that nobody else changes them: whose box became another meanwhile keeps it.
            found = rows.filter(pk__in=[pk for _image, pk in part], image__in=images)
            boxes = list(found.select_related("label", "suggestion__label").order_by("image_id", "pk"))
            unit = UnitOfWork(actor, images.values())
            record = act(unit, boxes)
            unit.write()
            write_part(hold, record, len(part), stayed=len(part) - record.count)


def write_part(hold: Hold[BulkEdit], record: Record, size: int, *, stayed: int = 0) -> None:
    """Within the transaction that did what the record says."""
    edit = hold.job
    if said := record.stored():
        BulkEditPart.objects.create(edit=edit, data=said)
    hold.report(done=edit.done + size, count=edit.count + record.count, stayed=edit.stayed + stayed)


def unchanged(boxes: Sequence[Box], edit: BulkEdit) -> list[Box]:
    """Those that nobody changed since the person saw them, where each was named."""
    seen = choice_of(edit).seen
    return [box for box in boxes if not seen or seen.get(box.pk) == box.updated_at]


def relabelling(edit: BulkEdit, label: LabelClass) -> Act:
    def relabel(unit: UnitOfWork, boxes: list[Box]) -> Record:
        record = Record()
        for box in unchanged(boxes, edit):
            put_into(unit, record, box, label)
        return record

    return relabel


def put_into(unit: UnitOfWork, record: Record, box: Box, label: LabelClass) -> None:
    """Its attributes stay as they are, also those that the class does not ask for: undone, nothing is lost."""
    record.relabelled.append([box.pk.hex, box.label_id, label.pk])
    box.label = label
    unit.change(box)


def deletion(edit: BulkEdit) -> Act:
    def delete(unit: UnitOfWork, boxes: list[Box]) -> Record:
        record = Record()
        for box in unchanged(boxes, edit):
            take_away(unit, record, box)
        return record

    return delete


def take_away(unit: UnitOfWork, record: Record, box: Box) -> None:
    of = getattr(box, "suggestion", None)
    record.deleted.append(packed(box, of.pk if of else None))
    unit.delete(box, of)
    if of is not None and box.origin == Origin.PERSON:  # it was answered by this box alone
        unit.reopen(of)


def sending_back(edit: BulkEdit) -> Act:
    """Each box gets a comment. Its image goes back to who submitted it; where it is in no job, it is no longer
    complete.
    """
    text, project = choice_of(edit).comment, edit.project
    sent = {pk for part in edit.parts.all() for pk in part.data.get("sent", ())}

    def send_back(unit: UnitOfWork, boxes: list[Box]) -> Record:
        actor = unit.actor
        assert actor is not None
        wanted = [box for box in unchanged(boxes, edit) if box.pk.hex not in sent]
        record = Record(sent=[box.pk.hex for box in wanted])
        ids = {box.image_id for box in wanted}
        record.returned = [list(one) for one in reviewing.return_images(actor, project, ids, text)]
        for box in wanted:
            image = unit.images[box.image_id]
            image.project = project
            record.comments.append(comments.add(actor, image, text=text, box=box.pk).pk)
        at_work = set(WorkImage.objects.filter(image__in=ids, state__in=WorkImage.OPEN).values_list("image", flat=True))
        places = {(box.image_id, box.label_id) for box in wanted if box.image_id not in at_work}
        marks = Complete.objects.filter(image__in=ids, label__in={label for _image, label in places})
        for mark in marks.select_related("label"):
            if (mark.image_id, mark.label_id) in places:
                unmark(unit, record, mark)
        return record

    return send_back


def unmark(unit: UnitOfWork, record: Record, mark: Complete) -> None:
    record.marks.append([mark.image_id, mark.label_id, mark.by_id])
    unit.not_complete(mark)


def choice_of(edit: BulkEdit) -> Choice:
    return Choice.read(edit.choice)
