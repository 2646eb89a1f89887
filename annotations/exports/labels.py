"""A project's labels as plain rows, read image by image for any format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import splitext
from typing import NamedTuple

from django.utils import timezone
from django.utils.text import slugify

from annotations.formats import LabelledBox, LabelledImage
from annotations.models import Box, LabelClass
from projects.models import Dataset, Image, Project

BATCH = 500  # images a query


class Row(NamedTuple):
    id: int
    dataset_id: int
    name: str
    file: str
    width: int
    height: int


class ProjectLabels:
    """A project's images and boxes as the writers want them. Images added while it is read are left out.

    with_files: names end as the stored pictures do, since the pictures go along.
    """

    def __init__(
        self, project: Project, dataset: Dataset | None, labels: Sequence[LabelClass], *, with_files: bool = False
    ) -> None:
        self.project = project
        self.images = Image.objects.filter(project=project)
        if dataset is not None:
            self.images = self.images.filter(dataset=dataset)
        self.label_names = {label.pk: label.name for label in labels}
        self.with_files = with_files
        self.description = project.name
        self.date = timezone.now()
        self._until: int | None = None
        self._folders: dict[int, str] = {}
        self._twins: set[str] = set()

    @property
    def classes(self) -> list[str]:
        return list(self.label_names.values())

    @property
    def class_ids(self) -> list[int]:
        return list(range(1, len(self.label_names) + 1))

    def heads(self) -> Iterator[LabelledImage]:
        return (self._head(row) for rows in self._batches() for row in rows)

    def __iter__(self) -> Iterator[LabelledImage]:
        for rows in self._batches():
            boxes = self._boxes([row.id for row in rows])
            for row in rows:
                yield self._head(row, tuple(boxes.get(row.id, ())))

    def files(self) -> Iterator[tuple[str, str]]:
        """Each image's name in the export and the name of its stored file."""
        return ((self._name(row), row.file) for rows in self._batches() for row in rows)

    def _batches(self) -> Iterator[list[Row]]:
        self._prepare()
        rows = self.images.filter(pk__lte=self._until).order_by("pk").values_list(*Row._fields)
        last = 0
        while batch := [Row(*row) for row in rows.filter(pk__gt=last)[:BATCH]]:
            last = batch[-1].id
            yield batch

    def _boxes(self, image_ids: Sequence[int]) -> dict[int, list[LabelledBox]]:
        found: dict[int, list[LabelledBox]] = defaultdict(list)
        boxes = Box.objects.filter(image__in=image_ids, label__in=self.label_names).order_by("created_at", "pk")
        for image_id, label_id, x1, y1, x2, y2 in boxes.values_list("image_id", "label_id", "x1", "y1", "x2", "y2"):
            found[image_id].append(LabelledBox(self.label_names[label_id], (x1, y1, x2, y2)))
        return found

    def _head(self, row: Row, boxes: tuple[LabelledBox, ...] = ()) -> LabelledImage:
        return LabelledImage(self._name(row), row.width, row.height, boxes, id=row.id)

    def _name(self, row: Row) -> str:
        """The image's own name; in a folder of its dataset, and one of its own, where others have the same."""
        name = self._plain(row)
        if _stem(name) not in self._twins:
            return name
        folder = self._folders.get(row.dataset_id, f"dataset-{row.dataset_id}")
        if f"{row.dataset_id}/{_stem(name)}" in self._twins:
            return f"{folder}/{row.id}/{name}"
        return f"{folder}/{name}"

    def _plain(self, row: Row) -> str:
        name = row.name.replace("\\", "/").rsplit("/", 1)[-1]
        stored = splitext(row.file)[1].lower()
        if name.strip(". ") == "" or not name.isprintable():
            name = f"image-{row.id}{stored}"
        stem, suffix = splitext(name)
        if self.with_files and suffix.lower().replace("jpeg", "jpg") != stored:
            return f"{stem}{stored}"
        return name

    def _prepare(self) -> None:
        """Once, before the first row: which images belong to this export, and whose names need a folder."""
        if self._until is not None:
            return
        self._until = self.images.order_by("-pk").values_list("pk", flat=True).first() or 0
        slugs: dict[str, int] = {"images": 0, "labels": 0}  # folder names that mean something to YOLO's tools
        for pk, name in Dataset.objects.filter(project=self.project).values_list("pk", "name"):
            slug = slugify(name, allow_unicode=True) or "dataset"
            self._folders[pk] = f"{slug}-{pk}" if slug in slugs else slug
            slugs[slug] = pk
        seen: set[int] = set()
        for rows in self._batches():
            for row in rows:
                stem = _stem(self._plain(row))
                for key in (stem, f"{row.dataset_id}/{stem}"):
                    if hash(key) in seen:
                        self._twins.add(key)
                    seen.add(hash(key))


def _stem(name: str) -> str:
    """What must differ: label files are named after it, and some disks take no notice of case."""
    return splitext(name)[0].casefold()
