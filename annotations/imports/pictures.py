"""Where the pictures are that labels speak of: in what came with them, or in the project already."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from annotations.imports import notices
from annotations.imports.archive import Archive
from annotations.imports.names import Names
from projects.hashing import sha256_of_bytes
from projects.images.pictures import Head, PictureError, head_of
from projects.models import Dataset, Image


class KnownImage(NamedTuple):
    """An image of the project. width, height: pixels."""

    id: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """Of a picture: its path in the archive, or else the image that it is. exact: found by its whole name."""

    path: str | None = None
    image: KnownImage | None = None
    exact: bool = True


class Pictures:
    """Finds pictures by the names that labels give them: what came along first, then the dataset, then the project."""

    def __init__(self, archive: Archive, dataset: Dataset) -> None:
        self.archive, self.dataset = archive, dataset
        self._found: dict[str, Place | None] = {}
        self._heads: dict[str, Head | PictureError] = {}

    def find(self, name: str) -> Place | None:
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def size_of(self, name: str) -> tuple[int, int] | None:
        """Pixels of the upright picture, by its header or as the project has it; None where it is not to be had."""
        place = self.find(name)
        if place is None:
            return None
        if place.image is not None:
            return place.image.width, place.image.height
        try:
            head = self.head(place.path or "")
        except PictureError:
            return None
        return head.width, head.height

    def why_unknown(self, name: str) -> tuple[str, dict[str, object]]:
        """The marked sentence that says why nobody knows the size of a picture, with its data."""
        if self.find(name) is not None:
            return notices.DAMAGED, {}
        for names in (self._brought, self._in_dataset, self._in_project):
            if len(several := [path for path, _value in names.fitting(name)]) > 1:  # type: ignore[attr-defined]
                return notices.SEVERAL, {"name": name, "first": several[0], "second": several[1]}
        return notices.NO_PICTURE, {"name": name}

    def head(self, path: str) -> Head:
        """What the header of a picture that came along says. Raises PictureError."""
        if path not in self._heads:
            try:
                with self.archive.pictures[path].stream() as file:
                    self._heads[path] = head_of(file)
            except PictureError as error:
                self._heads[path] = error
        head = self._heads[path]
        if isinstance(head, PictureError):
            raise head
        return head

    def first_alike(self, path: str) -> str:
        """The first picture of the archive that has the same bytes; often itself."""
        return self._alike.get(path, path)

    def _find(self, name: str) -> Place | None:
        if (path := self._brought.find(name)) is not None:
            return Place(path=path.value, exact=path.exact)
        image = self._in_dataset.find(name) or self._in_project.find(name)
        return Place(image=image.value, exact=image.exact) if image else None

    @cached_property
    def _alike(self) -> dict[str, str]:
        """By size and checksum, which a zip has, and then by their bytes."""
        same: dict[object, list[str]] = {}
        for path, file in self.archive.pictures.items():
            if file.entry is not None:
                same.setdefault((file.entry.info.file_size, file.entry.info.CRC), []).append(path)
        found: dict[str, str] = {}
        for paths in same.values():
            first: dict[str, str] = {}
            for path in paths if len(paths) > 1 else ():
                with suppress(PictureError):
                    found[path] = first.setdefault(sha256_of_bytes(self.archive.pictures[path].read_bytes()), path)
        return found

    @cached_property
    def _brought(self) -> Names[str]:
        return Names((path, path) for path in self.archive.pictures)

    @cached_property
    def _in_dataset(self) -> Names[KnownImage]:
        return _names(self.dataset.images.all())

    @cached_property
    def _in_project(self) -> Names[KnownImage]:
        return _names(Image.objects.filter(project=self.dataset.project_id))


def known_by_hash(dataset: Dataset, hashes: list[str]) -> dict[str, KnownImage]:
    """Images of the same bytes, in the dataset or else anywhere in its project."""
    rows = Image.objects.filter(project=dataset.project_id, sha256__in=hashes).order_by("-pk")
    found: dict[str, KnownImage] = {}
    for sha256, of, *row in rows.values_list("sha256", "dataset_id", "pk", "width", "height"):
        if sha256 not in found or of == dataset.pk:
            found[sha256] = KnownImage(*row)
    return found


def _names(images: object) -> Names[KnownImage]:
    rows = images.order_by("pk").values_list("name", "pk", "width", "height")  # type: ignore[attr-defined]
    return Names((name, KnownImage(*rest)) for name, *rest in rows.iterator())
