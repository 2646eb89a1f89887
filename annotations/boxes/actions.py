"""Verbs on boxes of one image: a write names the version it saw, is all or nothing, and leaves its history."""

from __future__ import annotations

from typing import Any, assert_never

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.boxes import changes as asked
from annotations.boxes.payloads import image_state
from annotations.history import save_history
from annotations.models import Box, BoxHistory, Complete, LabelClass, Origin, Suggestion
from projects import policies
from projects.errors import Conflict, Refused, StaleVersion
from projects.models import Image, User
from projects.policies import Action

Verb = BoxHistory.Verb
REVIEWING = (asked.Accept, asked.Reject, asked.Reopen)


@transaction.atomic
def apply_changes(actor: User, image: Image, *, seen: int, changes: Any) -> Image:
    """Applies `changes` (docs/api.md) to the boxes of `image` and returns it as it stands.

    Raises StaleVersion with the current state when `seen` is not the image's version, Refused for changes that make no sense.
    """
    wanted = asked.parse(changes, width=image.width, height=image.height)
    policies.require(actor, Action.LABEL, image.project)
    if any(isinstance(change, REVIEWING) for change in wanted):
        policies.require(actor, Action.REVIEW, image.project)
    image = Image.objects.select_for_update(of=("self",)).select_related("project", "dataset").get(pk=image.pk)
    if image.version != seen:
        raise StaleVersion(image_state(image))
    _Session(actor, image).apply(wanted)
    return image


class _Session:
    """One write to one locked image: knows its classes, boxes and suggestions, and collects the history."""

    def __init__(self, actor: User, image: Image) -> None:
        self.actor, self.image = actor, image
        self.labels = {label.pk: label for label in image.project.classes.all()}
        self.boxes = {box.id: box for box in image.boxes.select_related("label")}
        self.rows: list[BoxHistory] = []

    def apply(self, wanted: list[asked.Change]) -> None:
        self.image.version += 1
        for change in wanted:
            self._apply_one(change)
        if self.rows:
            save_history(self.image.project_id, self.rows)
            Image.objects.filter(pk=self.image.pk).update(version=self.image.version)
        else:  # nothing new was said: a retry of what was saved already
            self.image.version -= 1

    def _apply_one(self, change: asked.Change) -> None:
        match change:
            case asked.Create():
                self._create(change)
            case asked.Update():
                self._update(change)
            case asked.Delete():
                self._delete(change)
            case asked.SetComplete():
                self._complete(change)
            case asked.Accept():
                self._accept(change)
            case asked.Reject():
                self._decide(change.suggestion, Suggestion.State.REJECTED, Verb.REJECTED)
            case asked.Reopen():
                self._reopen(change)
            case _:
                assert_never(change)

    def _label(self, pk: int) -> LabelClass:
        if pk not in self.labels:
            raise Refused(_("This project has no class %(id)s.") % {"id": pk}, field="class")
        return self.labels[pk]

    def _create(self, change: asked.Create) -> None:
        label = self._label(change.label)
        there = Box.objects.filter(pk=change.id).first()
        if there is not None:
            if (there.image_id, there.label_id, there.xyxy) == (self.image.pk, label.pk, change.xyxy):
                return
            raise Conflict(_("There is a box with this id already."), code="id_taken", field="id")
        box = Box(id=change.id, image=self.image, label=label, author=self.actor)
        box.xyxy = change.xyxy
        box.save(force_insert=True)
        self.boxes[box.id] = box
        self._note(Verb.CREATED, box)

    def _update(self, change: asked.Update) -> None:
        box = self._box(change.id)
        before = (box.label_id, box.xyxy)
        if change.label is not None:
            box.label = self._label(change.label)
        if change.xyxy is not None:
            box.xyxy = change.xyxy
        if (box.label_id, box.xyxy) == before:
            return
        box.save(update_fields=["label", "x1", "y1", "x2", "y2", "updated_at"])
        self._note(Verb.CHANGED, box)

    def _delete(self, change: asked.Delete) -> None:
        box = self.boxes.pop(change.id, None)
        if box is None:  # gone already: what was asked is so
            return
        self._note(Verb.DELETED, box)
        box.delete()

    def _complete(self, change: asked.SetComplete) -> None:
        label = self._label(change.label)
        if change.value:
            _row, changed = Complete.objects.get_or_create(image=self.image, label=label, defaults={"by": self.actor})
        else:
            changed = bool(Complete.objects.filter(image=self.image, label=label).delete()[0])
        if changed:
            verb = Verb.COMPLETED if change.value else Verb.REOPENED
            self.rows.append(history.of_image(self.actor, verb, self.image, label))

    def _accept(self, change: asked.Accept) -> None:
        suggestion = self._suggestion(change.suggestion)
        if suggestion.state == Suggestion.State.ACCEPTED and suggestion.box_id == change.id:
            return
        if Box.objects.filter(pk=change.id).exists():
            raise Conflict(_("There is a box with this id already."), code="id_taken", field="id")
        box = box_of(suggestion, self.actor)
        box.id = change.id
        if change.label is not None:
            box.label = self._label(change.label)
        if change.xyxy is not None:
            box.xyxy = change.xyxy
        self._must_be_pending(suggestion)
        box.save(force_insert=True)
        self.boxes[box.id] = box
        decide(suggestion, Suggestion.State.ACCEPTED, self.actor, box=box)
        self._note(Verb.ACCEPTED, box)

    def _decide(self, pk: int, state: str, verb: str) -> None:
        suggestion = self._suggestion(pk)
        if suggestion.state == state:
            return
        self._must_be_pending(suggestion)
        decide(suggestion, state, self.actor)
        self.rows.append(history.of_suggestion(self.actor, verb, self.image, suggestion))

    def _reopen(self, change: asked.Reopen) -> None:
        suggestion = self._suggestion(change.suggestion)
        if suggestion.state == Suggestion.State.PENDING:
            return
        if suggestion.box_id:
            self._delete(asked.Delete(suggestion.box_id))
        decide(suggestion, Suggestion.State.PENDING, None)
        self.rows.append(history.of_suggestion(self.actor, Verb.RECONSIDERED, self.image, suggestion))

    def _box(self, pk: Any) -> Box:
        if pk not in self.boxes:
            raise Refused(_("This box is not in the image (any more)."), code="no_box", field="id")
        return self.boxes[pk]

    def _suggestion(self, pk: int) -> Suggestion:
        found = self.image.suggestions.select_related("label").filter(pk=pk).first()
        if found is None:
            raise Refused(_("This suggestion is not of this image."), field="suggestion")
        return found

    def _must_be_pending(self, suggestion: Suggestion) -> None:
        if suggestion.state != Suggestion.State.PENDING:
            raise StaleVersion(image_state(self.image))

    def _note(self, verb: str, box: Box) -> None:
        self.rows.append(history.of_box(self.actor, verb, self.image, box))


def box_of(suggestion: Suggestion, author: User) -> Box:
    """The box that a person makes of a suggestion by accepting it; not saved."""
    box = Box(image_id=suggestion.image_id, label=suggestion.label, author=author, origin=Origin.SUGGESTION)
    box.xyxy = suggestion.xyxy
    return box


def decide(suggestion: Suggestion, state: str, actor: User | None, *, box: Box | None = None) -> None:
    suggestion.state, suggestion.box = state, box
    suggestion.unseen = False
    suggestion.decided_by, suggestion.decided_at = actor, timezone.now() if actor else None
    Suggestion.objects.filter(pk=suggestion.pk).update(
        state=state, box=box, unseen=False, decided_by=actor, decided_at=suggestion.decided_at, version=F("version") + 1
    )
    suggestion.version += 1
