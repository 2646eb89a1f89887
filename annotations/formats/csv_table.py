"""CSV, both ways: a row for each box, and one without a box for each image that has none.

Whoever opens it in a spreadsheet must not run what a file or a class is called: names that begin like a formula have an
apostrophe before them, which is taken off again when read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable

from annotations.attributes import text_of, typed
from annotations.flags import flags_in
from annotations.formats.addresses import picture_address, picture_name
from annotations.formats.csv_columns import ATTRIBUTE, columns_of, corners_of, is_table, rows_of
from annotations.formats.folders import Tree, pieces
from annotations.formats.numbers import number, numbers, pixels, plain
from annotations.formats.reading import UNKNOWN_SIZE, Findings, Place
from annotations.formats.text import relative, split_word
from annotations.formats.types import (
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    SizeOf,
    counted,
    marked,
)

HEADER = (
    "image",
    "image_width",
    "image_height",
    "split",
    "complete",
    "label",
    "left",
    "top",
    "right",
    "bottom",
    "score",
    "flags",
    "tags",
)
BETWEEN_TAGS = ";"
FORMULA = "=+-@\t\r'"
MARK = "\ufeff"  # without it, spreadsheets take UTF-8 for something else

ONLY_CLASS = "object"
NO_CLASSES = counted(
    "The table names no classes: its %(n)s box is of the class “%(label)s”.",
    "The table names no classes: all %(n)s boxes are of the class “%(label)s”.",
)
PARTS = counted(
    "All corners of %(n)s table are from 0 to 1: they were read as parts of the images.",
    "All corners of %(n)s tables are from 0 to 1: they were read as parts of the images; this is the first.",
)


def members(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names."""
    yield Member("labels.csv", pieces(write(labelled)))


def write(labelled: LabelSource) -> Iterator[str]:
    """The file, image by image."""
    names = list(dict.fromkeys(one.name for asked in labelled.attributes.values() for one in asked))
    yield MARK + _line((*HEADER, *(ATTRIBUTE + name for name in names)))
    for image in labelled:
        complete = "" if image.complete is None else str(int(image.complete))
        head = (_safe(image.name), image.width, image.height, image.split, complete)
        tags = _safe(BETWEEN_TAGS.join(image.tags))
        held = io.StringIO()
        out = csv.writer(held)
        for box in (*image.boxes, *image.predictions):
            score = "" if box.score is None else repr(float(box.score))
            said = dict(box.attributes)
            values = [_safe(text_of(said[name])) if name in said else "" for name in names]
            place = (_safe(box.label), *map(plain, box.xyxy), score, " ".join(box.flags), tags)
            out.writerow((*head, *place, *values))
        if not (image.boxes or image.predictions):
            out.writerow((*head, "", "", "", "", "", "", "", tags, *([""] * len(names))))
        yield held.getvalue()


def _line(cells: Sequence[str]) -> str:
    held = io.StringIO()
    csv.writer(held).writerow(cells)
    return held.getvalue()


def recognise(root: Traversable) -> bool:
    return bool(_files(Tree(root)))


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads all tables of a folder as one set. Raises FormatError(file, line, what).

    size_of: asked where no column says an image's size.
    """
    tree = Tree(root)
    files = _files(tree)
    if not files:
        raise FormatError("labels.csv", None, marked("There is no table of boxes here: see its columns in the guide."))
    findings = Findings(tree.legacy)
    reader = _Reader(tree, size_of, findings)
    for file in files:
        reader.read(file)
    return findings.labelled(reader.classes, reader.images)


class _Reader:
    def __init__(self, tree: Tree, size_of: SizeOf, findings: Findings) -> None:
        self.tree = tree
        self.size_of = size_of
        self.findings = findings
        self.classes: dict[str, None] = {}
        self._names: dict[str, str] = {}  # by what the table says: it says it once a box
        self._heads: dict[str, LabelledImage] = {}
        self._boxes: dict[str, list[LabelledBox]] = {}

    @property
    def images(self) -> Iterator[LabelledImage]:
        for name, head in self._heads.items():
            boxes = self._boxes[name]
            drawn = tuple(box for box in boxes if box.score is None)
            yield replace(head, boxes=drawn, predictions=tuple(box for box in boxes if box.score is not None))

    def read(self, file: str) -> None:
        text = self.tree.text(file)
        place = Place(file, 1)
        boxes: dict[str, list[LabelledBox]] = {}
        try:
            columns = columns_of(text)
            for line, row in rows_of(text):
                place = Place(file, line)
                if any(cell.strip() for cell in row):
                    self._row(dict(zip(columns, row, strict=False)), place, len(row) == len(columns), boxes)
        except csv.Error as error:
            raise FormatError(*place, marked("This is no table: %(reason)s."), {"reason": str(error)}) from error
        if columns[: len(HEADER)] != [*HEADER] and _are_parts(boxes):  # our own are always pixels
            self.findings.tell(Place(file), PARTS)
            boxes = {name: self._in_pixels(name, own, Place(file)) for name, own in boxes.items()}
        for name, own in boxes.items():
            self._boxes[name] += own

    def _row(self, row: dict[str, str], place: Place, whole_row: bool, boxes: dict[str, list[LabelledBox]]) -> None:
        given = _unsafe(row.get("image", ""))
        name = self._names.get(given)
        if name is None:
            written = picture_name(given) if picture_address(given) else relative(given)
            name = self._names[given] = self.tree.picture(written, place.file) or written
        if not name:
            self.findings.refuse("", place, marked("This row names no image."))
            return
        if not whole_row:
            self.findings.refuse(name, place, marked("This row has not as many cells as the header."))
            row.setdefault("label", "")
        if name not in self._heads:
            self._heads[name] = replace(self._head(row, name), address=picture_address(given))
            self._boxes[name] = []
        if box := self._box(row, name, place):
            self.classes[box.label] = None
            boxes.setdefault(name, []).append(box)

    def _head(self, row: dict[str, str], name: str) -> LabelledImage:
        width, height = (pixels(row.get(side, "")) for side in ("image_width", "image_height"))
        if not (width and height):
            width, height = self.size_of(name) or (0, 0)
        complete = {"1": True, "true": True, "0": False, "false": False}.get(row.get("complete", "").strip().lower())
        split = split_word(row.get("split", ""))
        tags = tuple(tag.strip() for tag in _unsafe(row.get("tags", "")).split(BETWEEN_TAGS) if tag.strip())
        number = len(self._heads) + 1
        return LabelledImage(name, width, height, split=split, complete=complete, id=number, tags=tags)

    def _box(self, row: dict[str, str], name: str, place: Place) -> LabelledBox | None:
        label = _unsafe(row.get("label", "")).strip()
        cells, are_corners = corners_of(row)
        if not label and not any(cells):
            return None
        if "label" not in row:
            label = ONLY_CLASS
            self.findings.tell(place, NO_CLASSES, {"label": label})
        sides = numbers([*cells])
        given = row.get("score", "").strip().replace(",", ".")
        score = number(given) if given else None
        if not label:
            self.findings.refuse(name, place, marked("This box has no class."))
        elif sides is None or len(sides) != 4:
            self.findings.refuse(name, place, marked("A box needs four numbers."))
        elif given and (score is None or not 0 <= score <= 1):
            what = marked("The probability %(score)s is not between 0 and 1.")
            self.findings.refuse(name, place, what, {"score": given})
        else:
            x1, y1, x2, y2 = sides
            if not are_corners:
                x2, y2 = x1 + x2, y1 + y2
            if x1 < x2 and y1 < y2:
                flags = flags_in(dict.fromkeys(row.get("flags", "").split(), True))
                said = {
                    key.removeprefix(ATTRIBUTE): _unsafe(cell) for key, cell in row.items() if key.startswith(ATTRIBUTE)
                }
                return LabelledBox(label, (x1, y1, x2, y2), score, flags, typed(said))
            self.findings.refuse(name, place, marked("This box has no area."))
        return None

    def _in_pixels(self, name: str, boxes: list[LabelledBox], place: Place) -> list[LabelledBox]:
        width, height = self._heads[name].width, self._heads[name].height
        if not (width and height):
            self.findings.refuse(name, place, UNKNOWN_SIZE, {"name": name})
        return [
            replace(box, xyxy=(x1 * width, y1 * height, x2 * width, y2 * height))
            for box in boxes
            for x1, y1, x2, y2 in (box.xyxy,)
        ]


def _are_parts(boxes: Mapping[str, list[LabelledBox]]) -> bool:
    """Whether all corners of a table are from 0 to 1, but for what rounding adds: so small are no boxes in pixels."""
    return bool(boxes) and all(-0.01 <= side <= 1.01 for own in boxes.values() for box in own for side in box.xyxy)


def _files(tree: Tree) -> list[str]:
    found = []
    for path in tree.named(".csv", ".tsv"):
        try:
            columns = columns_of(tree.text(path)[:100_000])
        except (FormatError, csv.Error):
            continue
        if is_table(columns):
            found.append(path)
    return found


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA and text else text


def _unsafe(text: str) -> str:
    return text[1:] if text[:1] == "'" and len(text) > 1 and text[1] in FORMULA else text
