"""A project's labels as plain rows, read image by image for any format."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.utils import timezone

from annotations.attributes import asked_of
from annotations.exports.selection import Selection, complete_for
from annotations.file_names import FileNames
from annotations.flags import names_of
from annotations.formats import LabelledBox, LabelledImage
from annotations.tags.actions import tags_of
from projects.models import Dataset, Image

BATCH = 500  # images a query


class Row(NamedTuple):
    id: int
    dataset_id: int
    name: str
    file: str
    width: int
    height: int
    split: str


class ProjectLabels:
    """A project's images and boxes as the writers want them, the images being those of the moment when it is first
    gone through: whoever goes on labelling meanwhile brings none in and takes none out.

    done: how many images were gone through in the last pass that takes long, out of `total`.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.label_names = {label.pk: label.name for label in selection.classes}
        self.attributes = {label.name: label.asked for label in selection.classes if label.attributes}
        self.with_files = selection.choice.pictures  # names end as the stored pictures do, since these go along
        self.tags = tuple(selection.project.tags.order_by("name").values_list("name", flat=True))
        self.description = selection.project.name
        self.model = "LabelHub"
        self.date = timezone.now()
        self.done = 0
        self._ids: array[int] | None = None  # eight bytes an image
        self._in_use: list[int] = []
        self._names = FileNames((), with_files=self.with_files)

    def has_images(self) -> bool:
        return self.selection.images().exists()

    def count_images(self) -> int:
        return self.selection.images().count()

    @property
    def total(self) -> int:
        return len(self._ids or ())

    @property
    def classes(self) -> list[str]:
        return list(self.label_names.values())

    @property
    def class_keys(self) -> list[int]:
        return list(self.label_names)

    @property
    def class_ids(self) -> list[int]:
        return [label.number for label in self.selection.classes]

    def heads(self) -> Iterator[LabelledImage]:
        for rows in self._batches():
            ids = [row.id for row in rows]
            tags, unfinished = self._tags(ids), self._unfinished(ids)
            yield from (self._head(row, tags, unfinished) for row in rows)

    def __iter__(self) -> Iterator[LabelledImage]:
        self.done = 0
        for rows in self._batches():
            ids = [row.id for row in rows]
            tags = self._tags(ids)
            boxes, predictions, unfinished = self._boxes(ids), self._predictions(ids), self._unfinished(ids)
            for row in rows:
                yield replace(
                    self._head(row, tags, unfinished),
                    boxes=tuple(boxes.get(row.id, ())),
                    predictions=tuple(predictions.get(row.id, ())),
                )
            self.done += len(rows)

    def files(self) -> Iterator[tuple[str, str]]:
        """Each image's name in the export and the name of its stored file."""
        self.done = 0
        for rows in self._batches():
            for row in rows:
                self.done += 1
                yield self._names.name(row), row.file

    def _batches(self) -> Iterator[list[Row]]:
        self._prepare()
        assert self._ids is not None
        for first in range(0, len(self._ids), BATCH):
            wanted = Image.objects.filter(pk__in=self._ids[first : first + BATCH]).order_by("pk")
            yield [Row(*row) for row in wanted.values_list(*Row._fields)]

    def _boxes(self, image_ids: Sequence[int]) -> dict[int, list[LabelledBox]]:
        found: dict[int, list[LabelledBox]] = defaultdict(list)
        boxes = self.selection.boxes().filter(image__in=image_ids).order_by("created_at", "pk")
        columns = ("image_id", "label_id", "flags", "attributes", "x1", "y1", "x2", "y2")
        for image_id, label_id, flags, values, x1, y1, x2, y2 in boxes.values_list(*columns):
            name, said = self.label_names[label_id], tuple(names_of(flags)) if flags else ()
            held = asked_of(values, self.attributes.get(name, ())) if values else ()
            found[image_id].append(LabelledBox(name, (x1, y1, x2, y2), flags=said, attributes=held))
        return found

    def _predictions(self, image_ids: Sequence[int]) -> dict[int, list[LabelledBox]]:
        found: dict[int, list[LabelledBox]] = defaultdict(list)
        if not self.selection.choice.predictions:
            return found
        rows = self.selection.suggestions().filter(image__in=image_ids).order_by("-probability", "pk")
        for image_id, label_id, score, *xyxy in rows.values_list(
            "image_id", "label_id", "probability", "x1", "y1", "x2", "y2"
        ):
            x1, y1, x2, y2 = xyxy
            found[image_id].append(LabelledBox(self.label_names[label_id], (x1, y1, x2, y2), score))
        return found

    def _unfinished(self, image_ids: Sequence[int]) -> set[int]:
        if not self.selection.choice.unfinished:
            return set()
        finished = complete_for(Image.objects.filter(pk__in=image_ids), self._in_use).order_by()
        return set(image_ids) - set(finished.values_list("pk", flat=True))

    def _tags(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        return {pk: tuple(names) for pk, names in tags_of(ids).items()} if self.tags else {}

    def _head(self, row: Row, tags: Mapping[int, tuple[str, ...]], unfinished: Container[int]) -> LabelledImage:
        name, done, said = self._names.name(row), row.id not in unfinished, tags.get(row.id, ())
        return LabelledImage(name, row.width, row.height, (), (), row.split, done, row.id, said)

    def _prepare(self) -> None:
        """Once, before the first row: which images belong to this export, and whose names need a folder."""
        if self._ids is not None:
            return
        self._in_use = self.selection.in_use()
        self._ids = array("q", self.selection.images().order_by("pk").values_list("pk", flat=True).iterator())
        datasets = Dataset.objects.filter(project=self.selection.project).values_list("pk", "name")
        self._names = FileNames(datasets, with_files=self.with_files)
        for rows in self._batches():
            self._names.learn(rows)
