"""Labels out of the bin: onto images where some are already, with history, so that open editors hear of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from annotations.attributes import pairs_of
from annotations.locking import lock_images
from annotations.models import (
    Box,
    CheckImage,
    Comment,
    Complete,
    ImageTag,
    ImportedImage,
    LabelClass,
    Replica,
    Suggestion,
    WorkImage,
)
from annotations.unit_of_work import UnitOfWork
from projects.bin import placing
from projects.bin.kinds import came_back
from projects.bin.placing import Fit, RestoreResult
from projects.models import Image, User


def register() -> None:
    placing.fits[Box] = _fit_boxes
    placing.fits[Suggestion] = _fit_suggestions
    placing.fits[Complete] = placing.once(Complete, "image_id", "label_id", equal=True)
    placing.fits[WorkImage] = placing.once(WorkImage, "image_id", equal=False)
    placing.fits[CheckImage] = placing.once(CheckImage, "image_id", equal=True)
    placing.fits[Replica] = placing.once(Replica, "image_id", "person_id", equal=False)
    placing.fits[ImportedImage] = placing.once(ImportedImage, "job_id", "image_id", equal=False)
    placing.fits[ImageTag] = placing.once(ImageTag, "image_id", "tag_id", equal=True)
    came_back.extend([_move_comments, _tell_history])


def _fit_boxes(rows: list[Box], so_far: RestoreResult) -> Fit:
    """A box that came to another image gives way to its equal; one whose id was used again gets a new one."""
    fit, moved = Fit(), so_far.moved[Box]
    there = Box.objects.filter(image__in={box.image_id for box in rows if box.pk in moved})
    equals = {_what(box): box.pk for box in there}
    taken = set(Box.objects.filter(pk__in=[box.pk for box in rows]).values_list("pk", flat=True))
    for box in rows:
        if box.pk in moved and (twin := equals.get(_what(box))):
            fit.joined[box.pk] = twin
            continue
        if box.pk in taken:
            was, box.pk = box.pk, uuid4()
            fit.joined[was] = box.pk
        fit.rows.append(box)
    return fit


def _what(box: Box) -> tuple[Any, ...]:
    return box.image_id, box.label_id, box.xyxy, box.flags, pairs_of(box.attributes)


def _fit_suggestions(rows: list[Suggestion], so_far: RestoreResult) -> Fit:
    """One box answers one suggestion."""
    wanted = {row.box_id for row in rows} - {None}
    taken = set(Suggestion.objects.filter(box__in=wanted).values_list("box_id", flat=True))
    for row in rows:
        if row.box_id in taken:
            row.box_id = None
    return Fit(rows)


def _move_comments(_actor: User | None, restored: RestoreResult) -> None:
    """Comments name their boxes by id alone."""
    for comment in restored.rows.get(Comment, ()):
        assert isinstance(comment, Comment)
        if now := restored.joined[Box].get(comment.box):
            Comment.objects.filter(pk=comment.pk).update(box=now)


def _tell_history(actor: User | None, restored: RestoreResult) -> None:
    """Of labels that came to images which were there before; an image that came with them has its history."""
    whole = {image.pk for image in restored.rows.get(Image, ())}
    boxes = [box for box in restored.rows.get(Box, ()) if isinstance(box, Box) and box.image_id not in whole]
    marks = [mark for mark in restored.rows.get(Complete, ()) if isinstance(mark, Complete)]
    marks = [mark for mark in marks if mark.image_id not in whole and mark.pk in restored.moved[Complete]]
    if not boxes and not marks:
        return
    rows: list[Box | Complete] = [*boxes, *marks]
    labels = LabelClass.objects.in_bulk({row.label_id for row in rows})
    for row in rows:
        row.label = labels[row.label_id]
    unit = UnitOfWork(actor, lock_images({row.image_id for row in rows}).values())
    for box in boxes:
        unit.bring_back(box)
    for mark in marks:
        unit.mark_brought_back(mark)
    unit.write()
