"""What every format reads and writes: images with boxes of named classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from annotations.geometry import XYXY


def marked(text: str) -> str:
    """Marks a sentence for the translators; the edge translates it (formats know nothing of languages)."""
    return text


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box of a class. xyxy: pixels of the upright image, corners left, top, right, bottom."""

    label: str
    xyxy: XYXY


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image and its boxes.

    name: a relative path with "/", once in a set. width, height: pixels. id: of the source, no part of equality.
    """

    name: str
    width: int
    height: int
    boxes: tuple[LabelledBox, ...] = ()
    id: int = field(default=0, compare=False)


class Labelled(Protocol):
    """What a writer is given. It may be gone through more than once, so that a writer never holds it all."""

    @property
    def classes(self) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[LabelledImage]: ...

    def heads(self) -> Iterator[LabelledImage]:
        """The same images in the same order, without their boxes."""
        ...


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What a reader returns. left_out: rows that are no boxes of single objects (crowds of COCO)."""

    classes: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    left_out: int = 0

    def __iter__(self) -> Iterator[LabelledImage]:
        return iter(self.images)

    def heads(self) -> Iterator[LabelledImage]:
        return (replace(image, boxes=()) for image in self.images)


class Member(NamedTuple):
    """A file on its way into an archive. path: relative, with "/"."""

    path: str
    chunks: Iterable[bytes]


class FormatError(Exception):
    """A file that cannot be read as what it should be.

    what: a marked sentence with %(name)s places, which `data` fills. line: from 1, or None where lines mean nothing.
    """

    def __init__(self, file: str, line: int | None, what: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(file, line, what)
        self.file = file
        self.line = line
        self.what = what
        self.data = dict(data or {})

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what % self.data}"
