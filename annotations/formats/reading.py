"""What a reader gathers on its way: classes in order, images by name, what was reduced, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from annotations.attributes import Attribute
from annotations.formats.types import LabelledImage, LabelledSet, Notice, counted, marked

OUTLINES = counted(
    "%(n)s outline became the box around it.",
    "%(n)s outlines became the boxes around them; this is the first.",
)
ROTATED = counted(
    "%(n)s rotated box became the upright box around it.",
    "%(n)s rotated boxes became the upright boxes around them; this is the first.",
)
NO_SCORE = counted(
    "%(n)s prediction has no score, and 0.5 was taken.",
    "%(n)s predictions have no score, and 0.5 was taken; this is the first.",
)
LEGACY = counted(
    "%(n)s file is not in UTF-8: it was read as %(encoding)s.",
    "%(n)s files are not in UTF-8: they were read as %(encoding)s; this is the first.",
)
UNKNOWN_SIZE = marked("The size of this image is not known, so its boxes cannot be placed.")


class Place(NamedTuple):
    """Where something is in what was given. line: from 1, or None where lines mean nothing."""

    file: str
    line: int | None = None


class Findings:
    """Notices, one of each kind with how often and where first, and problems, each with its image."""

    def __init__(self, legacy: Mapping[str, str] | None = None) -> None:
        """legacy: encodings of files, as `folders.Tree` gathers them."""
        self._legacy = legacy if legacy is not None else {}
        self._counted: dict[str, tuple[Place, int, Mapping[str, object]]] = {}
        self.problems: list[Notice] = []
        self._broken: set[str] = set()

    def tell(self, place: Place, what: str, data: Mapping[str, object] | None = None, *, n: int = 1) -> None:
        first, known, given = self._counted.get(what, (place, 0, data or {}))
        self._counted[what] = (first, known + n, given)

    def refuse(self, image: str, place: Place, what: str, data: Mapping[str, object] | None = None) -> None:
        """The labels of this image cannot be read."""
        self.problems.append(Notice(place.file, place.line, what, data or {}))
        self._broken.add(image)

    @property
    def notices(self) -> tuple[Notice, ...]:
        counted = [
            Notice(place.file, place.line, what, {**data, "n": n}) for what, (place, n, data) in self._counted.items()
        ]
        for encoding in dict.fromkeys(self._legacy.values()):
            files = [file for file, own in self._legacy.items() if own == encoding]
            counted.append(Notice(files[0], None, LEGACY, {"n": len(files), "encoding": encoding.upper()}))
        return tuple(counted)

    def labelled(
        self,
        classes: Iterable[str],
        images: Iterable[LabelledImage],
        class_ids: Iterable[int] = (),
        model: str = "",
        attributes: Mapping[str, tuple[Attribute, ...]] | None = None,
    ) -> LabelledSet:
        """The set of the images that are whole."""
        good = tuple(image for image in images if image.name not in self._broken)
        found = (tuple(classes), good, self.notices, tuple(self.problems), model, tuple(class_ids))
        return LabelledSet(*found, attributes=attributes or {})


class Images:
    """Images as they come, once each by name."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.by_name: dict[str, LabelledImage] = {}

    def add(self, image: LabelledImage, place: Place) -> None:
        """Of two with the same name neither is taken: nobody knows which boxes are right."""
        if image.name in self.by_name:
            self.findings.refuse(
                image.name, place, marked("The image %(name)s is there twice."), {"name": image.name}
            )  # fmt: skip
        self.by_name[image.name] = replace(image, id=image.id or len(self.by_name) + 1)
