"""What every format reads and writes: images with boxes of named classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from annotations.attributes import Attribute, Pairs
from annotations.geometry import XYXY


def marked(text: str) -> str:
    """Marks a sentence for the translators; the edge translates it (formats know nothing of languages)."""
    return text


SINGULAR: dict[str, str] = {}  # of sentences that count, by the one for many


def counted(one: str, many: str) -> str:
    """The same for a sentence that counts `n`; returns the one for many, which stands for both."""
    SINGULAR[many] = one
    return many


SPLITS = ("train", "val", "test")

# (width, height) in pixels of an image by its name; None where it is not known.
SizeOf = Callable[[str], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box of a class. xyxy: pixels of the upright image, corners left, top, right, bottom.

    score: 0..1, of a prediction; None for a person's box. flags: some of annotations.flags.NAMES, in their order.
    attributes: by name; where a format has texts alone, so has its reader.
    """

    label: str
    xyxy: XYXY
    score: float | None = None
    flags: tuple[str, ...] = ()
    attributes: Pairs = ()


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image and its boxes.

    name: a relative path with "/", once in a set. width, height: pixels, 0 where nobody says it. predictions: boxes of
    an outside model. split: one of SPLITS, or "". complete: True where all its boxes are drawn, None where nothing is
    said of it. left_out: the class of each of its boxes that cannot be taken over, "" where nobody knows it: such an
    image is not complete, whatever is said. id: of the source, 0 where that has no whole number; no part of equality.
    tags: of the whole image. address: http(s), where its picture can be fetched, if the labels say so; no part of
    equality either.
    """

    name: str
    width: int
    height: int
    boxes: tuple[LabelledBox, ...] = ()
    predictions: tuple[LabelledBox, ...] = ()
    split: str = ""
    complete: bool | None = None
    id: int = field(default=0, compare=False)
    tags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    address: str = field(default="", compare=False)


class LabelSource(Protocol):
    """What a writer is given. It may be gone through more than once, so that a writer never holds it all."""

    @property
    def classes(self) -> Sequence[str]: ...

    @property
    def class_ids(self) -> Sequence[int]:
        """The classes' own numbers, for formats that write them; as many as classes."""
        ...

    @property
    def attributes(self) -> Mapping[str, Sequence[Attribute]]:
        """What classes ask of their boxes; not each class need be here."""
        ...

    @property
    def tags(self) -> Sequence[str]:
        """All that images may have."""
        ...

    @property
    def description(self) -> str:
        """What the file says of itself, such as the name of the project; may be empty."""
        ...

    @property
    def model(self) -> str:
        """Whose predictions these are; may be empty."""
        ...

    @property
    def date(self) -> datetime | None:
        """When it was so, for formats that write it."""
        ...

    def __iter__(self) -> Iterator[LabelledImage]: ...

    def heads(self) -> Iterator[LabelledImage]:
        """The same images in the same order, without their boxes and predictions."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a file that people must know. The fields are those of FormatError."""

    file: str
    line: int | None
    what: str
    data: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return said(self.file, self.line, self.what, self.data)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What a reader returns; it is `LabelSource` too.

    class_ids: of the file; 1, 2, 3 where the format has none. notices: what was reduced or passed over. problems: what
    makes the labels of one image unreadable: that image is left out, the others are here. model: whose predictions
    these are, where the file says it. by_number: whether class_ids are the classes' numbers in their project, and their
    names say nothing.
    """

    classes: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    notices: tuple[Notice, ...] = ()
    problems: tuple[Notice, ...] = ()
    model: str = ""
    class_ids: tuple[int, ...] = ()
    by_number: bool = field(default=False, compare=False)
    description: str = field(default="", compare=False)
    date: datetime | None = field(default=None, compare=False)
    attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict, compare=False)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for image in self.images for tag in image.tags))

    def __post_init__(self) -> None:
        if len(self.class_ids) != len(self.classes):
            object.__setattr__(self, "class_ids", tuple(range(1, len(self.classes) + 1)))

    def __iter__(self) -> Iterator[LabelledImage]:
        return iter(self.images)

    def heads(self) -> Iterator[LabelledImage]:
        return (replace(image, boxes=(), predictions=()) for image in self.images)


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
        return said(self.file, self.line, self.what, self.data)


def said(file: str, line: int | None, what: str, data: Mapping[str, object]) -> str:
    """A sentence with its place, in English."""
    place = file if line is None else f"{file}:{line}"
    return f"{place}: {what % data}"
