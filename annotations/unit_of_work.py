"""The one writer of boxes, of what became of suggestions, of what people call complete, and of tags: with versions and
history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db.models import F
from django.utils import timezone

from annotations import history
from annotations.attributes import Values, fitted
from annotations.bulk import insert_rows, update_rows
from annotations.geometry import XYXY
from annotations.models import Box, BoxHistory, Complete, ImageTag, LabelClass, Origin, Suggestion, Tag
from projects.models import Image, User

Verb, State = BoxHistory.Verb, Suggestion.State
CHANGED_COLUMNS = ("label_id", "x1", "y1", "x2", "y2", "flags", "attributes", "updated_at")


BROUGHT_COLUMNS = (
    "id", "image_id", "label_id", "x1", "y1", "x2", "y2", "flags", "attributes", "author_id", "origin", "created_at",
    "updated_at",
)  # fmt: skip


class _Brought(NamedTuple):
    """A box of an import on its way into the table."""

    id: UUID
    image: Image
    label: LabelClass
    xyxy: XYXY
    flags: int
    attributes: Values


class UnitOfWork:
    """The changes of one transaction: collected one by one, written together in a handful of queries by `write`.

    images: the rows that it may touch, locked (annotations.locking.lock_images) unless `counts_up` was done by the
    caller. counts_up: whether images that were touched get their next version; a run that takes back its own
    suggestions leaves the versions alone, so that nobody's save becomes stale by it.
    """

    def __init__(self, actor: User | None, images: Iterable[Image], *, counts_up: bool = True) -> None:
        self.actor, self.counts_up = actor, counts_up
        self.now: datetime = timezone.now()
        self.images = {image.pk: image for image in images}
        self.rows: list[BoxHistory] = []
        self._of_new: list[tuple[BoxHistory, Suggestion]] = []  # rows about suggestions that have no number yet
        self._created: dict[UUID, Box] = {}
        self._brought: list[_Brought] = []
        self._changed: dict[UUID, Box] = {}
        self._deleted: set[UUID] = set()
        self._new: list[Suggestion] = []
        self._decided: dict[int, Suggestion] = {}
        self._moved: dict[int, list[int]] = defaultdict(list)  # numbers of suggestions, by their new class
        self._relinked: dict[int, UUID] = {}
        self._complete: dict[tuple[int, int], Complete] = {}
        self._incomplete: set[int] = set()
        self._tagged: dict[tuple[int, int], ImageTag] = {}
        self._untagged: set[int] = set()

    # --- boxes --------------------------------------------------------------------------------------------------------
    def create(self, box: Box) -> None:
        self._created[box.pk] = box
        self._note_box(Verb.CREATED, box)

    def restore(self, box: Box) -> None:
        """A box that was there before, with its id, its author and the date it was made, where these are known."""
        self._created[box.pk] = box
        self._note_box(Verb.RESTORED, box)

    def bring(self, image: Image, label: LabelClass, xyxy: XYXY, flags: int, attributes: Values) -> UUID:
        """A box that an import brings, of which there may be a great many; its id."""
        made = _Brought(uuid4(), image, label, xyxy, flags, attributes)
        self._brought.append(made)
        return made.id

    def change(self, box: Box) -> None:
        """`box` has its new corners, class, flags and attributes already."""
        if box.pk not in self._created:
            self._changed[box.pk] = box
        box.updated_at = self.now
        self._note_box(Verb.CHANGED, box)

    def delete(self, box: Box, of: Suggestion | None = None) -> None:
        """of: the suggestion that it came of, where there is one."""
        self._changed.pop(box.pk, None)
        if self._created.pop(box.pk, None) is None:
            self._deleted.add(box.pk)
        self._note_box(Verb.DELETED, box, of)

    def bring_back(self, box: Box) -> None:
        """The box is in its table again, as it was, out of the bin."""
        self._note_box(Verb.CREATED, box)

    # --- what comes along with an image from another project; its history comes along, too ------------------------
    def carry(self, box: Box) -> None:
        self._created[box.pk] = box

    def carry_mark(self, mark: Complete) -> None:
        self._complete[mark.image_id, mark.label_id] = mark

    def carry_tag(self, found: ImageTag) -> None:
        self._tagged[found.image_id, found.tag_id] = found

    # --- suggestions --------------------------------------------------------------------------------------------------
    def accept(self, suggestion: Suggestion, box: Box, *, unseen: bool = False) -> None:
        """Makes `box` (see box_of) of it. unseen: among many others, without being looked at."""
        self._created[box.pk] = box
        self._decide(suggestion, State.ACCEPTED, box=box, unseen=unseen)
        self._note_box(Verb.ACCEPTED, box, suggestion)

    def answer(self, suggestion: Suggestion, box: Box) -> None:
        """A person drew `box` where it was suggested: that is a yes, and no second box is made."""
        self._decide(suggestion, State.ACCEPTED, box=box)
        self._note_box(Verb.ANSWERED, box, suggestion)

    def reject(self, suggestion: Suggestion) -> None:
        self._decide(suggestion, State.REJECTED)
        self._note_suggestion(Verb.REJECTED, suggestion)

    def reopen(self, suggestion: Suggestion) -> None:
        """Takes a decision back. A box that was made of it goes; one that a person drew stays."""
        self._delete_made(suggestion)
        self._decide(suggestion, State.PENDING)
        self._note_suggestion(Verb.RECONSIDERED, suggestion)

    def withdraw(self, suggestion: Suggestion) -> None:
        """It is no longer offered, and the box that was made of it goes."""
        self._delete_made(suggestion)
        self._decide(suggestion, State.WITHDRAWN)
        self._note_suggestion(Verb.WITHDRAWN, suggestion)

    def offer_again(self, suggestion: Suggestion) -> None:
        """What was withdrawn waits for an answer again."""
        self._decide(suggestion, State.PENDING)
        self._note_suggestion(Verb.OFFERED, suggestion)

    def move_suggestions(self, numbers: Iterable[int], label_id: int) -> None:
        """Suggestions to another class, with their answers: two classes become one, or two again."""
        self._moved[label_id].extend(numbers)

    def relink(self, number: int, box: UUID) -> None:
        """The suggestion is answered by a box again that had been deleted; the box is there by now."""
        self._relinked[number] = box

    # --- what is complete ---------------------------------------------------------------------------------------------
    def complete(self, image: Image, label: LabelClass) -> Complete:
        """Every object of the class has its box in the image. Not for what is complete already."""
        mark = self._complete[image.pk, label.pk] = Complete(image=image, label=label, by=self.actor)
        self.rows.append(history.of_image(self.actor, Verb.COMPLETED, image, label))
        return mark

    def not_complete(self, mark: Complete) -> None:
        if self._complete.pop((mark.image_id, mark.label_id), None) is None:
            self._incomplete.add(mark.pk)
        self.rows.append(history.of_image(self.actor, Verb.REOPENED, self.images[mark.image_id], mark.label))

    def mark_brought_back(self, mark: Complete) -> None:
        """The mark is in its table again, out of the bin."""
        self.rows.append(history.of_image(self.actor, Verb.COMPLETED, self.images[mark.image_id], mark.label))

    # --- tags ---------------------------------------------------------------------------------------------------------
    def tag(self, image: Image, tag: Tag) -> ImageTag:
        """Not for an image that has it already."""
        found = self._tagged[image.pk, tag.pk] = ImageTag(image=image, tag=tag)
        self.rows.append(history.of_tag(self.actor, Verb.TAGGED, image, tag.name))
        return found

    def untag(self, found: ImageTag) -> None:
        if self._tagged.pop((found.image_id, found.tag_id), None) is None:
            self._untagged.add(found.pk)
        self.rows.append(history.of_tag(self.actor, Verb.UNTAGGED, self.images[found.image_id], found.tag.name))

    # --- writing ------------------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Writes all of it; nothing where nothing was said. Within a transaction of the caller's."""
        self._write_moved()
        if not self.rows and not self._brought and not self._carries:
            return
        self._write_versions()
        if self._deleted:
            Box.objects.filter(pk__in=self._deleted).delete()
        if self._created:
            Box.objects.bulk_create(self._created.values())
        if self._changed:
            self._write_changed()
        self._write_suggestions()
        if self._incomplete:
            Complete.objects.filter(pk__in=self._incomplete).delete()
        if self._complete:
            Complete.objects.bulk_create(self._complete.values())
        if self._untagged:
            ImageTag.objects.filter(pk__in=self._untagged).delete()
        if self._tagged:
            ImageTag.objects.bulk_create(self._tagged.values())
        for row, suggestion in self._of_new:
            row.suggestion = suggestion.pk
        self._write_brought()
        history.save_history(next(iter(self.images.values())).project_id, self.rows)

    @property
    def _carries(self) -> bool:
        return bool(self._created or self._complete or self._tagged)

    def _write_versions(self) -> None:
        if self.counts_up:
            touched = {row.image_number for row in self.rows} | {box.image.pk for box in self._brought}
            Image.objects.filter(pk__in=touched).update(version=F("version") + 1)
            for pk in touched:
                self.images[pk].version += 1
        for row in self.rows:
            row.version = self.images[row.image_number].version

    def _write_brought(self) -> None:
        """As plain rows: with an instance of each box an import takes four times as long."""
        author = self.actor.pk if self.actor else None
        end = (author, Origin.IMPORT.value, self.now, self.now)
        rows = [
            (box.id, box.image.pk, box.label.pk, *box.xyxy, box.flags, box.attributes, *end) for box in self._brought
        ]
        insert_rows(Box, BROUGHT_COLUMNS, rows)
        history.save_brought(author, self.now, self._brought)

    def _write_changed(self) -> None:
        boxes = self._changed.values()
        update_rows(
            Box, CHANGED_COLUMNS, ([box.pk, *(getattr(box, name) for name in CHANGED_COLUMNS)] for box in boxes)
        )

    def _write_moved(self) -> None:
        for label, numbers in self._moved.items():
            Suggestion.objects.filter(pk__in=numbers).update(label=label, version=F("version") + 1)
        for number, box in self._relinked.items():
            Suggestion.objects.filter(pk=number).update(box=box, state=State.ACCEPTED, version=F("version") + 1)

    def _write_suggestions(self) -> None:
        if self._new:
            Suggestion.objects.bulk_create(self._new)
        alike: dict[tuple[Any, ...], list[Suggestion]] = defaultdict(list)
        for suggestion in self._decided.values():
            alike[suggestion.state, suggestion.unseen, suggestion.decided_by_id].append(suggestion)
        for (state, unseen, person), found in alike.items():
            one = {"box": found[0].box_id} if len(found) == 1 else {"box": None}
            Suggestion.objects.filter(pk__in=[suggestion.pk for suggestion in found]).update(
                state=state,
                unseen=unseen,
                decided_by=person,
                decided_at=found[0].decided_at,
                version=F("version") + 1,
                **one,
            )
            if len(found) > 1 and state == State.ACCEPTED:
                Suggestion.objects.bulk_update(found, ["box"])

    # --- one step -----------------------------------------------------------------------------------------------------
    def _decide(self, suggestion: Suggestion, state: str, *, box: Box | None = None, unseen: bool = False) -> None:
        suggestion.state, suggestion.box, suggestion.unseen = state, box, unseen
        answered = self.actor is not None and state != State.PENDING
        suggestion.decided_by = self.actor if answered else None
        suggestion.decided_at = self.now if answered else None
        if suggestion.pk is None:
            self._new.append(suggestion)
        elif suggestion.pk not in self._decided:
            suggestion.version += 1
            self._decided[suggestion.pk] = suggestion

    def _delete_made(self, suggestion: Suggestion) -> None:
        if suggestion.box is not None and suggestion.box.origin == Origin.SUGGESTION:
            self.delete(suggestion.box, suggestion)

    def _note_box(self, verb: str, box: Box, suggestion: Suggestion | None = None) -> None:
        row = history.of_box(self.actor, verb, self.images[box.image_id], box, suggestion=suggestion)
        self.rows.append(row)
        if suggestion is not None and suggestion.pk is None:
            self._of_new.append((row, suggestion))

    def _note_suggestion(self, verb: str, suggestion: Suggestion) -> None:
        self.rows.append(history.of_suggestion(self.actor, verb, self.images[suggestion.image_id], suggestion))


def box_of(suggestion: Suggestion, author: User, pk: UUID, *, label: LabelClass | None = None) -> Box:
    """The box that a person makes of a suggestion by accepting it, of its class or of another; not saved."""
    label = label or suggestion.label
    box = Box(id=pk, image_id=suggestion.image_id, label=label, author=author, origin=Origin.SUGGESTION)
    box.attributes = fitted(label.asked, {})
    box.xyxy = suggestion.xyxy
    return box
