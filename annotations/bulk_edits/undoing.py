"""The way back of a change, part by part, last one first: what somebody changed since stays as it is."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.bulk_edits.record import Record, unpacked
from annotations.comments import actions as comments
from annotations.locking import lock_images
from annotations.models import Box, BulkEdit, BulkEditPart, Comment, Complete, Suggestion, WorkJob
from annotations.unit_of_work import UnitOfWork
from annotations.work import reviewing, rules
from projects.bin.actions import bring_back
from projects.errors import Refusal
from projects.jobs.hold import Hold, letting_others_write
from projects.models import BinEntry, User

STANDING = (Suggestion.State.ACCEPTED, Suggestion.State.PENDING)


def undo(hold: Hold[BulkEdit], actor: User) -> None:
    """Raises LostJob, and Refusal where a merged class is gone for good. Begun again it goes on."""
    edit = hold.job
    parts = edit.parts.filter(undone=False).order_by("-pk")
    hold.report(total=edit.count, done=0, stayed=0)
    for part in parts.iterator(chunk_size=20):
        if entry := part.data.get("bin"):
            with hold.beating():
                _bring_class_back(actor, edit, entry)
            part.undone = True
            part.save(update_fields=["undone"])
        else:
            with letting_others_write(), transaction.atomic():
                _take_back(hold, actor, part)


def _bring_class_back(actor: User, edit: BulkEdit, entry_id: int) -> None:
    entry = BinEntry.objects.filter(pk=entry_id, project=edit.project).first()
    if entry is not None:
        bring_back(actor, entry)
    if not edit.project.classes.filter(pk=edit.choice["label"]).exists():
        raise Refusal(_("The merged class was deleted for good: what was merged stays so."))


def _take_back(hold: Hold[BulkEdit], actor: User, part: BulkEditPart) -> None:
    edit, record = hold.job, Record.read(part.data)
    step = _Step(actor, edit, record)
    back = step.relabel() + step.restore()
    step.mark()
    step.unit.write()
    step.put_suggestions_back(edit.choice.get("to", 0))
    for job in WorkJob.objects.filter(pk__in=record.jobs):
        job.classes.remove(edit.choice["to"])
    if record.returned:
        reviewing.take_return_back(actor, edit.project, [reviewing.ReturnedImage(*one) for one in record.returned])
    for comment in Comment.objects.filter(pk__in=record.comments).select_related("image__project"):
        comments.delete(actor, comment)
    part.undone = True
    part.save(update_fields=["undone"])
    asked = len(record.relabelled) + len(record.deleted)
    hold.report(done=edit.done + record.count, stayed=edit.stayed + asked - back)


class _Step:
    """One transaction's way back."""

    def __init__(self, actor: User, edit: BulkEdit, record: Record) -> None:
        self.record = record
        self.labels = {label.pk: label for label in edit.project.classes.all()}
        self.reach = rules.within_reach(actor, edit.project)
        self.relabelled = {UUID(pk): (before, after) for pk, before, after in record.relabelled}
        people = [*(row["author"] for row in record.deleted), *(by for _image, _label, by in record.marks)]
        known = User.objects.filter(pk__in=[pk for pk in people if pk is not None])
        self.people = set(known.values_list("pk", flat=True))
        images: set[int] = set(Box.objects.filter(pk__in=self.relabelled).values_list("image_id", flat=True))
        images |= {row["image"] for row in record.deleted}
        images |= {image for image, _label, _by in record.marks}
        self.unit = UnitOfWork(actor, lock_images(images).values())

    def relabel(self) -> int:
        """Boxes that still have the class that they were given get their own back; how many."""
        there = Box.objects.filter(self.reach, pk__in=self.relabelled, image__in=self.unit.images)
        back = 0
        for box in there.select_related("label"):
            before, after = self.relabelled[box.pk]
            if box.label_id == after and before in self.labels:
                box.label = self.labels[before]
                self.unit.change(box)
                back += 1
        return back

    def restore(self) -> int:
        """Boxes that were deleted are there again, with their ids, authors and dates; how many."""
        boxes = [unpacked(row) for row in self.record.deleted]
        taken = set(Box.objects.filter(pk__in=[box.pk for box in boxes]).values_list("pk", flat=True))
        back = 0
        for box in boxes:
            if box.pk in taken or box.image_id not in self.unit.images or box.label_id not in self.labels:
                continue
            box.label = self.labels[box.label_id]
            box.author_id = box.author_id if box.author_id in self.people else None
            self.unit.restore(box)
            back += 1
        return back

    def mark(self) -> None:
        there = set(Complete.objects.filter(image__in=self.unit.images).values_list("image_id", "label_id"))
        for image, label, by in self.record.marks:
            if image in self.unit.images and label in self.labels and (image, label) not in there:
                mark = self.unit.complete(self.unit.images[image], self.labels[label])
                mark.by_id = by if by in self.people else None

    def put_suggestions_back(self, target: int) -> None:
        """Of boxes that are written again: suggestions have those that they had become, and the class that they had;
        one that a box had answered is answered again. target: the class that they were given.
        """
        unit = UnitOfWork(self.unit.actor, ())
        of = {row["suggestion"]: UUID(row["id"]) for row in self.record.deleted if row["suggestion"]}
        there = set(Box.objects.filter(pk__in=of.values()).values_list("pk", flat=True))
        for pk in Suggestion.objects.filter(pk__in=of, box=None, state__in=STANDING).values_list("pk", flat=True):
            if of[pk] in there:
                unit.relink(pk, of[pk])
        before = {pk: label for pk, label in self.record.suggestions}  # noqa: C416 -- pairs as lists
        for pk in Suggestion.objects.filter(pk__in=before, label=target).values_list("pk", flat=True):
            unit.move_suggestions([pk], before[pk])
        unit.write()
