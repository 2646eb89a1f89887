"""The labels of some images into the database: boxes, marks and suggestions, each once however often they come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from annotations.attributes import Attribute, Values
from annotations.bulk import insert_rows
from annotations.flags import NO_EXAMPLE, bits_of
from annotations.formats import LabelledBox, LabelledImage
from annotations.geometry import XYXY, Place, iou
from annotations.imports import notices
from annotations.imports.choices import ALL, FILE, Choices
from annotations.imports.fitting import OtherShapeError, fit
from annotations.locking import lock_images
from annotations.models import Box, Complete, ImageTag, ImportedImage, LabelClass, LabelImport, Suggestion, Tag
from annotations.tags.names import clean_tag
from annotations.unit_of_work import UnitOfWork
from labelhub.live.notify import project_group, wake_on_commit
from projects.models import Image

NEAR = 0.05  # pixels between the edges of one box in two files: formats write parts of the image, and round
SAME = 0.8  # IoU from which a prediction is of an object that has its box, and a box answers a suggestion
UNSURE = 0.5  # the probability of a prediction without a score

SUGGESTION_COLUMNS = (
    "batch_id", "image_id", "label_id", "x1", "y1", "x2", "y2", "probability", "score", "source", "sure", "evidence",
    "state", "version", "unseen", "created_at",
)  # fmt: skip


class Item(NamedTuple):
    """A labelled image, and the project's image that it is."""

    labelled: LabelledImage
    image: int


class WriteResult(NamedTuple):
    """What came of it: to be added to the counts and the problems of the import."""

    counts: Counter[str]
    problems: list[notices.Row]


@dataclass(slots=True)
class Labels:
    """What an import writes into images, as it was chosen. suggests: whether anything waits that a box could answer.
    tags: of the project, by name.
    """

    job: LabelImport
    choices: Choices
    labels: Mapping[str, LabelClass]
    suggests: bool
    tags: Mapping[str, Tag] = field(default_factory=dict)

    @classmethod
    def of(cls, job: LabelImport) -> Labels:
        choices = Choices(**job.choices)
        labels = choices.labels(job.project)
        waiting = Suggestion.objects.filter(label__in=labels.values(), state=Suggestion.State.PENDING)
        return cls(job, choices, labels, waiting.exists(), {tag.name: tag for tag in job.project.tags.all()})

    def write(self, items: Sequence[Item]) -> WriteResult:
        """All labels of these images, in a transaction of the caller's."""
        images = lock_images({item.image for item in items})
        write = _Write(self, images)
        for item in items:
            if item.image in images:  # else it was deleted just now
                write.add(item.labelled, images[item.image])
        write.finish()
        return WriteResult(write.counts, write.problems)


class _Write:
    """One transaction's worth of it: what is there already is read in a question each."""

    def __init__(self, labels: Labels, images: Mapping[int, Image]) -> None:
        self.choices, self.labels = labels.choices, labels.labels
        self.job = labels.job
        self.images = images
        self.unit = UnitOfWork(self.job.created_by, images.values())
        self.counts: Counter[str] = Counter()
        self.problems: list[notices.Row] = []
        self.rows = _rows_of(self.job, images)
        self.tags = labels.tags
        self.tagged = _tagged(images) if self.tags else set()
        self.given: list[tuple[ImportedImage, ImageTag]] = []
        self.asked: dict[int, dict[str, Attribute]] = {}
        self.marks: dict[int, list[Complete]] = defaultdict(list)
        self.offers: list[tuple[object, ...]] = []
        self.boxes = _by_place(Box.objects.filter(image__in=images, label__in=self.labels.values()))
        self.waiting = _waiting(images, self.labels.values()) if labels.suggests else {}
        marks = Complete.objects.filter(image__in=images) if self.choices.complete in (FILE, ALL) else ()
        self.complete = {(mark.image_id, mark.label_id) for mark in marks}
        self.predicted = self._predicted() if self.job.batch_id else {}

    def add(self, labelled: LabelledImage, image: Image) -> None:
        size = image.width, image.height
        try:
            fitted = fit(labelled, size)
        except OtherShapeError:
            self.problems.append(notices.other_size(labelled, size, None))
            return
        self.counts["images"] += 1
        self.counts["outside"] += len(fitted.lost) + len(fitted.lost_predictions)
        row = self.rows.setdefault(image.pk, ImportedImage(job=self.job, image=image))
        row.labelled = True
        for box in fitted.image.boxes:
            if label := self.labels.get(box.label):
                self._box(row, image, label, box)
        if self.job.batch_id:
            for box in fitted.image.predictions:
                if label := self.labels.get(box.label):
                    self._prediction(image, label, box.xyxy, UNSURE if box.score is None else box.score)
        if labelled.tags:
            self._tag(row, image, labelled.tags)
        labelled_by_people = bool(labelled.boxes) or not labelled.predictions
        if (self.choices.complete == ALL and labelled_by_people) or (
            self.choices.complete == FILE and labelled.complete
        ):
            self._mark(image, fitted.image.left_out)

    def _tag(self, row: ImportedImage, image: Image, names: Sequence[str]) -> None:
        for name in names:
            tag = self.tags.get(clean_tag(name))
            if tag is None:
                self.counts["tags_left"] += 1
            elif (image.pk, tag.pk) not in self.tagged:
                self.tagged.add((image.pk, tag.pk))
                self.given.append((row, self.unit.tag(image, tag)))
                self.counts["tags"] += 1

    def finish(self) -> None:
        self.unit.write()
        if self.offers:
            insert_rows(Suggestion, SUGGESTION_COLUMNS, self.offers)
            wake_on_commit(project_group(self.job.project_id))
        for pk, marks in self.marks.items():
            self.rows[pk].marks = [*self.rows[pk].marks, *(mark.pk for mark in marks)]
        for row, given in self.given:
            row.tags = [*row.tags, given.pk]
        columns = ("job_id", "image_id", "added", "labelled", "boxes", "marks", "tags")
        new = [row for row in self.rows.values() if row.pk is None]
        insert_rows(ImportedImage, columns, [[getattr(row, name) for name in columns] for row in new])
        known = [row for row in self.rows.values() if row.pk is not None]
        ImportedImage.objects.bulk_update(known, ["labelled", "boxes", "marks", "tags"])

    def _box(self, row: ImportedImage, image: Image, label: LabelClass, box: LabelledBox) -> None:
        flags, there = bits_of(box.flags), self.boxes[image.pk, label.pk]
        xyxy = box.xyxy
        if _is_among(xyxy, there):
            self.counts["there"] += 1
            return
        there.append(xyxy)
        pk = self.unit.bring(image, label, xyxy, flags, self._said(label, box) if box.attributes else {})
        row.boxes.append(pk.hex)
        self.counts["boxes"] += 1
        if not flags & NO_EXAMPLE:
            self._answer(image, label, pk, xyxy)

    def _said(self, label: LabelClass, box: LabelledBox) -> Values:
        asked = self.asked.setdefault(label.pk, {one.name: one for one in label.asked})
        found = {name: asked[name].read(value) for name, value in box.attributes if name in asked}
        said = {name: value for name, value in found.items() if value is not None}
        self.counts["attributes_left"] += len(box.attributes) - len(said)
        return said

    def _answer(self, image: Image, label: LabelClass, pk: UUID, xyxy: XYXY) -> None:
        """A suggestion that lies there is answered, as by a box that a person draws."""
        waiting = self.waiting.get((image.pk, label.pk), [])
        best = max(waiting, key=lambda one: iou(one.xyxy, xyxy), default=None)
        if best is not None and iou(best.xyxy, xyxy) >= SAME:
            waiting.remove(best)
            box = Box(id=pk, image=image, label=label)
            box.xyxy = xyxy
            self.unit.answer(best, box)

    def _prediction(self, image: Image, label: LabelClass, xyxy: XYXY, score: float) -> None:
        there = self.predicted[image.pk, label.pk]
        boxed = any(iou(xyxy, box) >= SAME for box in self.boxes[image.pk, label.pk])
        if boxed or _is_among(xyxy, there):
            self.counts["predictions_there"] += 1
            return
        there.append(xyxy)
        score = min(max(score, 0.0), 1.0)
        source = self.job.batch.model[:40] if self.job.batch else ""
        about = (self.job.batch_id, image.pk, label.pk, *xyxy, score, score, source)
        self.offers.append((*about, False, [], Suggestion.State.PENDING.value, 1, False, self.unit.now))
        self.counts["predictions"] += 1

    def _mark(self, image: Image, left_out: Sequence[str]) -> None:
        """Not where a box is missing that would be of a class here: its object would be taken for background."""
        if any(not name or name in self.labels for name in left_out):
            self.counts["partial"] += 1
            return
        for label in {label.pk: label for label in self.labels.values()}.values():
            if (image.pk, label.pk) not in self.complete:
                self.complete.add((image.pk, label.pk))
                self.marks[image.pk].append(self.unit.complete(image, label))
                self.counts["marks"] += 1

    def _predicted(self) -> defaultdict[Place, list[XYXY]]:
        """Boxes that the same model has suggested already, unless its import was undone."""
        assert self.job.batch is not None
        rows = Suggestion.objects.filter(image__in=self.images, batch__model=self.job.batch.model)
        return _by_place(rows.exclude(state=Suggestion.State.WITHDRAWN).filter(label__in=self.labels.values()))


def in_transactions(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Items in their order, as many at once as have `most` rows together; one that has more is alone."""
    part: list[Item] = []
    rows = 0
    for item in items:
        own = max(1, len(item.labelled.boxes) + len(item.labelled.predictions))
        if part and rows + own > most:
            yield part
            part, rows = [], 0
        part.append(item)
        rows += own
    if part:
        yield part


def _is_among(xyxy: XYXY, there: Sequence[XYXY]) -> bool:
    if xyxy in there:
        return True
    x1, y1, x2, y2 = xyxy
    return any(
        abs(x1 - other[0]) <= NEAR
        and abs(y1 - other[1]) <= NEAR
        and abs(x2 - other[2]) <= NEAR
        and abs(y2 - other[3]) <= NEAR
        for other in there
    )


def _rows_of(job: LabelImport, images: Iterable[int]) -> dict[int, ImportedImage]:
    return {row.image_id: row for row in ImportedImage.objects.filter(job=job, image__in=images)}


def _tagged(images: Iterable[int]) -> set[tuple[int, int]]:
    return set(ImageTag.objects.filter(image__in=images).order_by().values_list("image_id", "tag_id"))


def _by_place(rows: object) -> defaultdict[Place, list[XYXY]]:
    found: defaultdict[Place, list[XYXY]] = defaultdict(list)
    values = rows.order_by().values_list("image_id", "label_id", "x1", "y1", "x2", "y2")  # type: ignore[attr-defined]
    for image, label, *xyxy in values:
        found[image, label].append(tuple(xyxy))
    return found


def _waiting(images: Iterable[int], labels: Iterable[LabelClass]) -> dict[Place, list[Suggestion]]:
    found: dict[Place, list[Suggestion]] = defaultdict(list)
    rows = Suggestion.objects.filter(image__in=images, label__in=labels, state=Suggestion.State.PENDING)
    for one in rows.select_for_update(of=("self",), no_key=True).select_related("label"):
        found[one.image_id, one.label_id].append(one)
    return found
