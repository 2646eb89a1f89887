"""One write to images that are locked: their changes are applied in order to what was read of them, in a few queries
for all of them, and collected in a unit of work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext as _

from annotations.attribute_values import require_said, said
from annotations.boxes import changes as asked
from annotations.boxes.payloads import Double, ImageRows, with_run
from annotations.flags import NO_EXAMPLE
from annotations.geometry import iou
from annotations.models import Box, Complete, ImageTag, LabelClass, Origin, Suggestion
from annotations.tags.actions import clean_name, find_tags
from annotations.unit_of_work import UnitOfWork, box_of
from projects.errors import Conflict, Refusal
from projects.models import Image, User

REVIEWING = (asked.Accept, asked.Reject, asked.Reopen)
SAME = 0.8  # IoU from which a drawn box is the suggestion's object


class AnsweredSuggestion(Exception):
    """A suggestion of this image was answered by somebody else."""

    def __init__(self, image_id: int) -> None:
        super().__init__(image_id)
        self.image_id = image_id


@dataclass(frozen=True, slots=True)
class WriteContext:
    """What a write has to know, by image. tags: by their names. owners: the image of each box of an id that is there,
    or is being made.
    """

    labels: Mapping[int, LabelClass]
    complete: Mapping[int, dict[int, Complete]]
    boxes: Mapping[int, dict[UUID, Box]]
    suggestions: Mapping[int, dict[int, Suggestion]]
    owners: dict[UUID, int]
    tags: Mapping[int, dict[str, ImageTag]]

    @classmethod
    def read(cls, images: Sequence[Image], wanted: Collection[asked.Change]) -> WriteContext:
        """Four queries. images: of one project. wanted: the changes of all of them."""
        by_id = {image.pk: image for image in images}
        labels: dict[int, LabelClass] = {}
        complete: dict[int, dict[int, Complete]] = defaultdict(dict)
        for row in _classes(images[0].project_id, by_id):
            label = labels.setdefault(row.pk, row)
            if row.mark is not None:
                complete[row.marked][row.pk] = Complete(pk=row.mark, image=by_id[row.marked], label=label)
        made = {change.id for change in wanted if isinstance(change, (asked.Create, asked.Accept))}
        boxes: dict[int, dict[UUID, Box]] = defaultdict(dict)
        owners: dict[UUID, int] = {}
        for box in Box.objects.filter(Q(image__in=by_id) | Q(pk__in=made)).select_related("author"):
            _relate(box, labels)
            boxes[box.image_id][box.id] = box
            owners[box.id] = box.image_id
        suggestions: dict[int, dict[int, Suggestion]] = defaultdict(dict)
        for one in _suggestions(by_id, wanted):
            _relate(one, labels)
            if one.box_id in boxes[one.image_id]:
                one.box = boxes[one.image_id][one.box_id]
            suggestions[one.image_id][one.pk] = one
        tags: dict[int, dict[str, ImageTag]] = defaultdict(dict)
        for found in ImageTag.objects.filter(image__in=by_id).select_related("tag"):
            tags[found.image_id][found.tag.name] = found
        return cls(labels, complete, boxes, suggestions, owners, tags)


def _classes(project: int, images: Collection[int]) -> Iterable[Any]:
    """The project's classes, each once for every one of the images that it is complete in, or once."""
    marks = FilteredRelation("complete", condition=Q(complete__image__in=images))
    rows = LabelClass.objects.filter(project=project).order_by().annotate(marks=marks)
    return rows.annotate(mark=F("marks__pk"), marked=F("marks__image"))


def _suggestions(images: Collection[int], wanted: Collection[asked.Change]) -> Iterable[Suggestion]:
    """Those that wait, those that are named, and those whose box is to go."""
    gone = {change.id for change in wanted if isinstance(change, asked.Delete)}
    state = Q(state=Suggestion.State.PENDING) | Q(pk__in=named_in(wanted)) | Q(box__in=gone)
    return with_run(Suggestion.objects.filter(state, image__in=images))


def _relate(row: Box | Suggestion, labels: Mapping[int, LabelClass]) -> None:
    """Its class is on hand: read with every row, its columns were a tenth of what a save costs."""
    if label := labels.get(row.label_id):
        row.label = label


def named_in(wanted: Iterable[asked.Change]) -> set[int]:
    """Ids of the suggestions that changes speak of."""
    return {change.suggestion for change in wanted if isinstance(change, REVIEWING)}


def _facts(box: Box) -> tuple[Any, ...]:
    """What people may change of a box."""
    return (box.label_id, box.xyxy, box.flags, box.attributes)


class Session:
    """What one image gets in one write: knows its classes, boxes and suggestions."""

    def __init__(self, actor: User, unit: UnitOfWork, image: Image, found: WriteContext, named: set[int]) -> None:
        self.actor, self.unit, self.image, self.named = actor, unit, image, named
        self.warnings: list[Double] = []
        self.labels, self.owners = found.labels, found.owners
        self.complete, self.boxes = found.complete[image.pk], found.boxes[image.pk]
        self.suggestions, self.tags = found.suggestions[image.pk], found.tags[image.pk]

    def apply(self, wanted: Iterable[asked.Change]) -> None:
        """Collects the changes in the unit of work, which the caller writes.

        Raises AnsweredSuggestion where a suggestion has its answer already, Refusal for what makes no sense.
        """
        for change in wanted:
            self._apply_one(change)

    def rows(self) -> ImageRows:
        waiting = [one for one in self.suggestions.values() if one.state == Suggestion.State.PENDING]
        return ImageRows(
            image=self.image,
            boxes=list(self.boxes.values()),
            complete=sorted(self.complete),
            suggestions=sorted(waiting, key=lambda one: (-one.probability, one.pk)),
            warnings=self.warnings,
            tags=sorted(self.tags),
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
            case asked.SetTag():
                self._set_tag(change)
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
        box = Box(id=change.id, image=self.image, label=label, author=self.actor, flags=change.flags)
        box.xyxy, box.attributes = change.xyxy, said(label, change.attributes, {})
        if there is not None and _facts(there) == _facts(box):
            return
        self._must_be_free(change.id)
        self._keep(box)
        self.unit.create(box)
        if not box.flags & NO_EXAMPLE:
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
        before = _facts(box)
        if change.label is not None:
            box.label = self._label(change.label)
        if change.attributes is not None or box.label_id != before[0]:
            box.attributes = said(box.label, change.attributes, box.attributes)
        if change.xyxy is not None:
            box.xyxy = change.xyxy
        if change.flags is not None:
            box.flags = change.flags
        if _facts(box) != before:
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
            require_said(label, (box for box in self.boxes.values() if box.label_id == label.pk))
            self.complete[label.pk] = self.unit.complete(self.image, label)
        elif not change.value and label.pk in self.complete:
            self.unit.not_complete(self.complete.pop(label.pk))

    def _set_tag(self, change: asked.SetTag) -> None:
        name = clean_name(change.tag)
        if change.value and name not in self.tags:
            tag = find_tags(self.actor, self.image.project, [name])[name]
            self.tags[name] = self.unit.tag(self.image, tag)
        elif not change.value and name in self.tags:
            self.unit.untag(self.tags.pop(name))

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
        if change.attributes is not None:
            box.attributes = said(box.label, change.attributes, {})
        self._warn_of_double(suggestion, box)
        self._keep(box)
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
            raise Refusal(_("This project has no class %(id)s.") % {"id": pk}, field="class")
        return self.labels[pk]

    def _box(self, pk: UUID) -> Box:
        if pk not in self.boxes:
            raise Refusal(_("This box is not in the image (any more)."), code="no_box", field="id")
        return self.boxes[pk]

    def _suggestion(self, pk: int) -> Suggestion:
        if pk not in self.suggestions:
            raise Refusal(_("This suggestion is not of this image."), field="suggestion")
        return self.suggestions[pk]

    def _must_be_free(self, pk: UUID) -> None:
        if pk in self.boxes or self.owners.get(pk, self.image.pk) != self.image.pk:
            raise Conflict(_("There is a box with this id already."), code="id_taken", field="id")

    def _must_be_open(self, suggestion: Suggestion) -> None:
        if suggestion.state not in Suggestion.OPEN:
            raise AnsweredSuggestion(self.image.pk)

    def _keep(self, box: Box) -> None:
        self.boxes[box.id] = box
        self.owners[box.id] = self.image.pk
