"""Exports as streams: a project's labels out of the database and into a file, a batch at a time, with flat memory."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from posixpath import splitext  # pathlib would intern the name of every image
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.text import slugify

from annotations.formats import LabelledBox, LabelledImage, Member, coco, yolo
from annotations.models import Box, LabelClass
from projects.files import chunks_of
from projects.models import Dataset, Image, Project

BATCH = 500  # images a query
PIECE = 64 * 1024  # bytes, about, of a piece on the wire
FORMATS = ("coco", "yolo")


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. name: what the browser saves it as."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


class Row(NamedTuple):
    id: int
    dataset_id: int
    name: str
    file: str
    width: int
    height: int


def export(
    project: Project,
    *,
    format: str,
    dataset: Dataset | None = None,
    classes: Sequence[LabelClass] = (),
    images: bool = False,
) -> Download:
    """The boxes of a project, or of one dataset, of all classes or of `classes`; every image is in it, with boxes or without.

    images: whether the pictures come along. Nothing is read from the database before the first piece is asked for.
    """
    stem = "-".join(
        [
            slugify(project.name, allow_unicode=True) or f"project-{project.pk}",
            *([slugify(dataset.name, allow_unicode=True) or f"dataset-{dataset.pk}"] if dataset else []),
            format,
            timezone.localdate().isoformat(),
        ]
    )
    wanted = classes or list(project.classes.all())
    labels = ProjectLabels(project, dataset, wanted, with_files=images)
    if format == "coco" and not images:
        return Download(f"{stem}.json", "application/json", _pieces(_coco(labels)))
    return Download(f"{stem}.zip", "application/zip", zipped(_members(labels, format)))


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
        self._until: int | None = None
        self._folders: dict[int, str] = {}
        self._twins: set[str] = set()

    @property
    def classes(self) -> list[str]:
        return list(self.label_names.values())

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


def _coco(labels: ProjectLabels) -> Iterator[str]:
    now = timezone.now()
    return coco.write(
        labels, info={"description": labels.project.name, "date_created": now.isoformat(), "year": now.year}
    )


def _members(labels: ProjectLabels, format: str) -> Iterator[Member]:
    if format == "coco":
        yield Member("annotations.json", _pieces(_coco(labels)))
    else:
        yield from yolo.write(labels)
    if labels.with_files:
        yield from _pictures(labels)


def _pictures(labels: ProjectLabels) -> Iterator[Member]:
    """The stored pictures; one that the storage has lost is named in a list, and does not cost the others."""
    storage = Image._meta.get_field("file").storage
    lost = []
    for name, file in labels.files():
        try:
            opened = storage.open(file, "rb")
        except FileNotFoundError:
            lost.append(name)
        else:
            yield Member(f"images/{name}", chunks_of(opened))
    if lost:
        yield Member("missing-images.txt", ("".join(f"{name}\n" for name in lost).encode(),))


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Small strings gathered into pieces worth sending."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    if held:
        yield "".join(held).encode()


class _Sink(io.RawIOBase):
    """Takes what zipfile writes and hands it on; it cannot seek, so zipfile writes sizes behind each file."""

    def __init__(self) -> None:
        super().__init__()
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def take(self) -> bytes:
        taken, self.held = bytes(self.held), bytearray()
        return taken


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """A zip as it grows: no temporary file, and no more of it in memory than a piece."""
    sink = _Sink()
    now = timezone.localtime().timetuple()[:6]
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for member in members:
            info = zipfile.ZipInfo(member.path, date_time=now)
            picture = member.path.startswith("images/")
            info.compress_type = zipfile.ZIP_STORED if picture else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=not picture) as file:
                for chunk in member.chunks:
                    file.write(chunk)
                    if len(sink.held) >= PIECE:
                        yield sink.take()
            if len(sink.held) >= PIECE:
                yield sink.take()
    yield sink.take()
