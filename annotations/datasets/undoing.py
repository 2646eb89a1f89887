"""The way back of a change, part by part, last one first: what somebody changed since stays as it is."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.datasets.choice import Choice
from annotations.datasets.record import Record
from annotations.gallery.actions import move
from annotations.locking import lock_images
from annotations.models import Box, Complete, DatasetChange, DatasetChangePart, ImageTag
from annotations.unit_of_work import UnitOfWork
from projects.bin.actions import bring_back, delete_dataset, put_away
from projects.errors import Refusal
from projects.jobs.hold import Hold, letting_others_write
from projects.models import BinEntry, Dataset, Image, User


def undo(hold: Hold[DatasetChange], actor: User) -> None:
    """Raises LostJob, and Refusal where what was put away is gone for good. Begun again it goes on."""
    change = hold.job
    hold.report(total=change.count, done=0, stayed=0)
    for part in change.parts.filter(undone=False).order_by("-pk"):
        record = Record.read(part.data)
        if record.entry:
            with hold.beating():
                _bring_back(actor, record.entry)
            _mark(part)
        elif record.made:
            _take_copies_away(hold, actor, part, record)
        else:
            with letting_others_write(), transaction.atomic():
                _move_back(hold, actor, record)
                _take_boxes_away(actor, record)
                _mark(part)
                hold.report(done=change.done + len(record.gone))
    _drop_made(actor, change)


def _drop_made(actor: User, change: DatasetChange) -> None:
    """The dataset that was made for the images, where it is empty again."""
    choice = Choice.read(change.choice)
    made = Dataset.objects.filter(pk=choice.to or 0, name=choice.name, project=change.project).first()
    if change.kind == DatasetChange.Kind.SPLIT and made is not None and not made.images.exists():
        delete_dataset(actor, made)


def _mark(part: DatasetChangePart) -> None:
    part.undone = True
    part.save(update_fields=["undone"])


def _bring_back(actor: User, pk: int) -> None:
    entry = BinEntry.objects.filter(pk=pk).select_related("project").first()
    if entry is not None:  # else somebody brought it back
        bring_back(actor, entry)


def _move_back(hold: Hold[DatasetChange], actor: User, record: Record) -> None:
    change, target = hold.job, Choice.read(hold.job.choice).to
    for dataset, images in record.moved.items():
        home = Dataset.objects.filter(project=change.project, pk=int(dataset)).first()
        if home is None:
            raise Refusal(_("A dataset that the images came from is gone for good."), code="no_dataset")
        still = list(Image.objects.filter(pk__in=images, dataset=target).values_list("pk", flat=True))
        back = move(actor, change.project, still, home).count if still else 0
        hold.report(done=change.done + len(images), stayed=change.stayed + len(images) - back)


def _take_copies_away(hold: Hold[DatasetChange], actor: User, part: DatasetChangePart, record: Record) -> None:
    """Into the bin of the other project, those that nobody changed."""
    change, versions = hold.job, {new: version for _old, new, version in record.made}
    rows = Image.objects.filter(pk__in=versions).select_related("project").order_by("pk")
    same = [image for image in rows if image.version == versions[image.pk]]
    if same:
        put_away(actor, same[0].project, "image", [image.pk for image in same], same[0].name, undone=change.pk)
    _mark(part)
    hold.report(done=change.done + len(versions), stayed=change.stayed + len(versions) - len(same))


def _take_boxes_away(actor: User, record: Record) -> None:
    seen = {UUID(pk): at for pk, at in record.boxes}
    boxes = list(Box.objects.filter(pk__in=seen).select_related("label"))
    marks = list(Complete.objects.filter(pk__in=record.marks).select_related("label"))
    tags = list(ImageTag.objects.filter(pk__in=record.tags).select_related("tag"))
    ids = {box.image_id for box in boxes} | {mark.image_id for mark in marks} | {tag.image_id for tag in tags}
    unit = UnitOfWork(actor, lock_images(ids).values())
    for box in boxes:
        if box.updated_at.isoformat() == seen[box.pk]:
            unit.delete(box)
    for mark in marks:
        unit.not_complete(mark)
    for tag in tags:
        unit.untag(tag)
    unit.write()
