"""Verbs on boxes of one image: a write names the version it saw, is all or nothing, and leaves its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, assert_never
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from annotations.boxes import changes as asked
from annotations.boxes.payloads import Double, ImageRows, image_state, read_rows, with_run
from annotations.geometry import iou
from annotations.models import Box, Complete, LabelClass, Origin, Suggestion
from annotations.unit_of_work import UnitOfWork, box_of
from projects import policies
from projects.errors import Conflict, Refused, StaleVersion
from projects.models import Image, User
from projects.policies import Action

REVIEWING = (asked.Accept, asked.Reject, asked.Reopen)
SAME = 0.8  # IoU from which a drawn box is the suggestion's object


@transaction.atomic
def apply_changes(actor: User, image: Image, *, seen: int, changes: Any) -> ImageRows:
    """Applies `changes` (docs/api.md) to the boxes of `image` and returns it with its rows as they stand.

    A drawn box that lies on an open suggestion of its class answers it; a suggestion that is accepted where such a box
    is already leaves a warning. Raises StaleVersion with the current state when `seen` is not the image's version,
    Refused for changes that make no sense.
    """
    wanted = asked.parse(changes, width=image.width, height=image.height)
    policies.require(actor, Action.LABEL, image.project)
    if any(isinstance(change, REVIEWING) for change in wanted):
        policies.require(actor, Action.REVIEW, image.project)
    # One statement compares the version, counts it up and locks the row for all that follows.
    current = Image.objects.filter(pk=image.pk, version=seen)
    if not current.update(version=F("version") + 1):
        raise StaleVersion(image_state(read_rows(policies.get_image(actor, image.pk))))
    image = copy(image)  # the caller's stays as it was seen
    image.version = seen + 1
    session = _Session(actor, image, wanted)
    if not session.apply(wanted):  # nothing new was said: a retry of what was saved already
        image.version = seen
        Image.objects.filter(pk=image.pk).update(version=seen)
    return session.rows()


class _Session:
    """One write to one locked image: knows its classes, boxes and suggestions, in a query each."""

    def __init__(self, actor: User, image: Image, wanted: Sequence[asked.Change]) -> None:
        self.actor, self.image = actor, image
        self.unit = UnitOfWork(actor, [image], counts_up=False)
        self.warnings: list[Double] = []
        self.labels, self.complete = _classes(image)
        made = {change.id for change in wanted if isinstance(change, (asked.Create, asked.Accept))}
        self.boxes, self.taken = _boxes(image, made)
        self.named = {change.suggestion for change in wanted if isinstance(change, REVIEWING)}
        gone = {change.id for change in wanted if isinstance(change, asked.Delete)}
        self.suggestions = _suggestions(image, self.named, gone)

    def apply(self, wanted: Iterable[asked.Change]) -> bool:
        """Whether anything changed."""
        for change in wanted:
            self._apply_one(change)
        self.unit.write()
        return bool(self.unit.rows)

    def rows(self) -> ImageRows:
        waiting = [one for one in self.suggestions.values() if one.state == Suggestion.State.PENDING]
        return ImageRows(
            image=self.image,
            boxes=list(self.boxes.values()),
            complete=sorted(self.complete),
            suggestions=sorted(waiting, key=lambda one: (-one.probability, one.pk)),
            warnings=self.warnings,
        )

    def _apply_one(self, change: asked.Change) -> None:
        match change:
            case asked.Create():
                self._create(change)
            case asked.Update():
                self._update(change)
            case asked.Delete():
                self._delete(change)
            case asked.SetComplete():
                self._set_complete(change)
            case asked.Accept():
                self._accept(change)
            case asked.Reject():
                self._reject(change)
            case asked.Reopen():
                self._reopen(change)
            case _:
                assert_never(change)

    # --- boxes --------------------------------------------------------------------------------------------------------
    def _create(self, change: asked.Create) -> None:
        label = self._label(change.label)
        there = self.boxes.get(change.id)
        if there is not None and (there.label_id, there.xyxy) == (label.pk, change.xyxy):
            return
        self._must_be_free(change.id)
        box = Box(id=change.id, image=self.image, label=label, author=self.actor)
        box.xyxy = change.xyxy
        self.boxes[box.id] = box
        self.unit.create(box)
        self._answer(box)

    def _answer(self, box: Box) -> None:
        """The open suggestion that a drawn box lies on is answered by it, unless this request says something else of
        it.
        """
        there = [
            (iou(box.xyxy, one.xyxy), -one.pk, one)
            for one in self.suggestions.values()
            if one.state == Suggestion.State.PENDING and one.label_id == box.label_id and one.pk not in self.named
        ]
        near, _pk, suggestion = max(there, default=(0.0, 0, None))
        if suggestion is not None and near >= SAME:
            self.unit.answer(suggestion, box)

    def _update(self, change: asked.Update) -> None:
        box = self._box(change.id)
        before = (box.label_id, box.xyxy)
        if change.label is not None:
            box.label = self._label(change.label)
        if change.xyxy is not None:
            box.xyxy = change.xyxy
        if (box.label_id, box.xyxy) != before:
            self.unit.change(box)

    def _delete(self, change: asked.Delete) -> None:
        box = self.boxes.pop(change.id, None)
        if box is None:  # gone already: what was asked is so
            return
        of = next((suggestion for suggestion in self.suggestions.values() if suggestion.box_id == box.id), None)
        self.unit.delete(box, of)
        if of is not None and box.origin == Origin.PERSON:  # it was answered by this box alone
            self.unit.reopen(of)

    def _set_complete(self, change: asked.SetComplete) -> None:
        label = self._label(change.label)
        if change.value and label.pk not in self.complete:
            self.complete[label.pk] = self.unit.complete(self.image, label)
        elif not change.value and label.pk in self.complete:
            self.unit.not_complete(self.complete.pop(label.pk))

    # --- suggestions --------------------------------------------------------------------------------------------------
    def _accept(self, change: asked.Accept) -> None:
        suggestion = self._suggestion(change.suggestion)
        if suggestion.state == Suggestion.State.ACCEPTED and suggestion.box_id == change.id:
            return
        self._must_be_free(change.id)
        label = self._label(change.label) if change.label is not None else None
        self._must_be_open(suggestion)
        box = box_of(suggestion, self.actor, change.id, label=label)
        box.xyxy = change.xyxy or box.xyxy
        self._warn_of_double(suggestion, box)
        self.boxes[box.id] = box
        self.unit.accept(suggestion, box)

    def _warn_of_double(self, suggestion: Suggestion, box: Box) -> None:
        for other in self.boxes.values():
            if other.label_id == box.label_id and iou(other.xyxy, box.xyxy) >= SAME:
                self.warnings.append(Double(suggestion.pk, box.id, other.id))
                return

    def _reject(self, change: asked.Reject) -> None:
        suggestion = self._suggestion(change.suggestion)
        if suggestion.state == Suggestion.State.REJECTED:
            return
        self._must_be_open(suggestion)
        self.unit.reject(suggestion)

    def _reopen(self, change: asked.Reopen) -> None:
        suggestion = self._suggestion(change.suggestion)
        if suggestion.state == Suggestion.State.PENDING:
            return
        if suggestion.box is not None and suggestion.box.origin == Origin.SUGGESTION:
            self.boxes.pop(suggestion.box.id, None)
        self.unit.reopen(suggestion)

    # --- looking up ---------------------------------------------------------------------------------------------------
    def _label(self, pk: int) -> LabelClass:
        if pk not in self.labels:
            raise Refused(_("This project has no class %(id)s.") % {"id": pk}, field="class")
        return self.labels[pk]

    def _box(self, pk: UUID) -> Box:
        if pk not in self.boxes:
            raise Refused(_("This box is not in the image (any more)."), code="no_box", field="id")
        return self.boxes[pk]

    def _suggestion(self, pk: int) -> Suggestion:
        if pk not in self.suggestions:
            raise Refused(_("This suggestion is not of this image."), field="suggestion")
        return self.suggestions[pk]

    def _must_be_free(self, pk: UUID) -> None:
        if pk in self.taken or pk in self.boxes:
            raise Conflict(_("There is a box with this id already."), code="id_taken", field="id")

    def _must_be_open(self, suggestion: Suggestion) -> None:
        if suggestion.state not in Suggestion.OPEN:
            self.image.version -= 1  # what was counted up is taken back with this transaction
            raise StaleVersion(image_state(read_rows(self.image)))


def _classes(image: Image) -> tuple[dict[int, LabelClass], dict[int, Complete]]:
    """The project's classes, and those that are complete in the image."""
    mark = Complete.objects.filter(image=image, label=OuterRef("pk")).values("pk")
    found = LabelClass.objects.filter(project=image.project_id).order_by().annotate(mark=Subquery(mark))
    labels: dict[int, Any] = {label.pk: label for label in found}
    complete = {
        pk: Complete(pk=label.mark, image=image, label=label) for pk, label in labels.items() if label.mark is not None
    }
    return labels, complete


def _boxes(image: Image, made: set[UUID]) -> tuple[dict[UUID, Box], set[UUID]]:
    """The image's boxes, and which of the ids `made` other images' boxes have."""
    found = Box.objects.filter(Q(image=image) | Q(pk__in=made)).select_related("label", "author")
    boxes = {box.id: box for box in found if box.image_id == image.pk}
    return boxes, {box.id for box in found} - boxes.keys()


def _suggestions(image: Image, named: set[int], gone: set[UUID]) -> dict[int, Suggestion]:
    """Those that wait, those that are named, and those whose box is to go."""
    wanted = Q(state=Suggestion.State.PENDING) | Q(pk__in=named) | Q(box__in=gone)
    found = Suggestion.objects.filter(wanted, image=image)
    return {one.pk: one for one in with_run(found).select_related("label", "box__label")}
