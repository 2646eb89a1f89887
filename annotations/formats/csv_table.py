"""CSV, both ways: a row for each box, and one without a box for each image that has none.

Whoever opens it in a spreadsheet must not run what a file or a class is called: names that begin like a formula have an
apostrophe before them, which is taken off again when read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable

from annotations.attributes import text_of, typed
from annotations.flags import flags_in
from annotations.formats.folders import Tree, pieces
from annotations.formats.numbers import number, numbers, plain
from annotations.formats.reading import Findings, Place
from annotations.formats.text import decoded, relative, split_word, whole
from annotations.formats.types import (
    FormatError,
    Labelled,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    Member,
    SizeOf,
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
ATTRIBUTE = "attribute:"  # what a column of values is called before the attribute's name
BETWEEN_TAGS = ";"
FORMULA = "=+-@\t\r'"
MARK = "\ufeff"  # without it, spreadsheets take UTF-8 for something else

# Other tools' names of the columns. "width" and "height" are the box's where "x" and "y" stand, else the image's.
OTHER_NAMES = {
    "filename": "image", "file_name": "image", "file": "image", "path": "image", "image_path": "image", "name": "image",
    "img_width": "image_width", "img_height": "image_height", "subset": "split", "set": "split",
    "class": "label", "class_name": "label", "category": "label", "label_name": "label",
    "xmin": "left", "ymin": "top", "xmax": "right", "ymax": "bottom", "x1": "left", "y1": "top", "x2": "right",
    "y2": "bottom", "x_min": "left", "y_min": "top", "x_max": "right", "y_max": "bottom",
    "bbox_x": "x", "bbox_y": "y", "bbox_width": "w", "bbox_height": "h", "confidence": "score", "probability": "score",
}  # fmt: skip
CORNERS = ("left", "top", "right", "bottom")
SIDES = ("x", "y", "w", "h")
KEYLESS = ("image", *CORNERS, "label")  # as keras-retinanet has it, without a header
LEGACY = marked("%(n)s files are not in UTF-8: they were read as Korean text (CP949); this is the first.")


def members(labelled: Labelled) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names."""
    yield Member("labels.csv", pieces(write(labelled)))


def write(labelled: Labelled) -> Iterator[str]:
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
    findings = Findings()
    reader = _Reader(tree, size_of, findings)
    for file in files:
        reader.read(file)
    return findings.labelled(reader.classes, reader.images.values())


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
    def images(self) -> dict[str, LabelledImage]:
        return {name: self._whole(head, self._boxes[name]) for name, head in self._heads.items()}

    def read(self, file: str) -> None:
        text, legacy = _text(self.tree, file)
        if legacy:
            self.findings.tell(Place(file), LEGACY)
        place = Place(file, 1)
        try:
            columns = _columns(text)
            for line, row in _rows(text):
                place = Place(file, line)
                if any(cell.strip() for cell in row):
                    self._row(dict(zip(columns, row, strict=False)), place, len(row) == len(columns))
        except csv.Error as error:
            raise FormatError(*place, marked("This is no table: %(reason)s."), {"reason": str(error)}) from error

    def _row(self, row: dict[str, str], place: Place, whole_row: bool) -> None:
        written = relative(_unsafe(row.get("image", "")))
        name = self._names.get(written)
        if name is None:
            name = self._names[written] = self.tree.picture(written, place.file) or written
        if not name:
            self.findings.refuse("", place, marked("This row names no image."))
            return
        if not whole_row:
            self.findings.refuse(name, place, marked("This row has not as many cells as the header."))
        if name not in self._heads:
            width, height = (max(0, whole(row.get(side, "")) or 0) for side in ("image_width", "image_height"))
            if not (width and height):
                width, height = self.size_of(name) or (0, 0)
            complete = {"1": True, "true": True, "0": False, "false": False}.get(
                row.get("complete", "").strip().lower()
            )
            split = split_word(row.get("split", ""))
            tags = tuple(tag.strip() for tag in _unsafe(row.get("tags", "")).split(BETWEEN_TAGS) if tag.strip())
            self._heads[name] = LabelledImage(
                name, width, height, split=split, complete=complete, id=len(self._heads) + 1, tags=tags
            )
            self._boxes[name] = []
        if box := self._box(row, name, place):
            self.classes[box.label] = None
            self._boxes[name].append(box)

    def _box(self, row: dict[str, str], name: str, place: Place) -> LabelledBox | None:
        label = _unsafe(row.get("label", "")).strip()
        keys = CORNERS if "left" in row else SIDES
        cells = [row.get(key, "").strip() for key in keys]
        if not label and not any(cells):
            return None
        sides = numbers([cell.replace(",", ".") for cell in cells])
        given = row.get("score", "").strip().replace(",", ".")
        score = number(given) if given else None
        if not label:
            self.findings.refuse(name, place, marked("This box has no class."))
        elif sides is None:
            self.findings.refuse(name, place, marked("A box needs four numbers."))
        elif given and (score is None or not 0 <= score <= 1):
            what = marked("The probability %(score)s is not between 0 and 1.")
            self.findings.refuse(name, place, what, {"score": given})
        else:
            x1, y1, x2, y2 = sides
            if keys == SIDES:
                x2, y2 = x1 + x2, y1 + y2
            if x1 < x2 and y1 < y2:
                flags = flags_in(dict.fromkeys(row.get("flags", "").split(), True))
                said = {
                    key.removeprefix(ATTRIBUTE): _unsafe(cell) for key, cell in row.items() if key.startswith(ATTRIBUTE)
                }
                return LabelledBox(label, (x1, y1, x2, y2), score, flags, typed(said))
            self.findings.refuse(name, place, marked("This box has no area."))
        return None

    def _whole(self, head: LabelledImage, boxes: Sequence[LabelledBox]) -> LabelledImage:
        drawn = tuple(box for box in boxes if box.score is None)
        found = tuple(box for box in boxes if box.score is not None)
        return replace(head, boxes=drawn, predictions=found)


def _files(tree: Tree) -> list[str]:
    found = []
    for path in tree.named(".csv", ".tsv"):
        try:
            columns = _columns(_text(tree, path)[0][:100_000])
        except (FormatError, csv.Error):
            continue
        if "image" in columns and "label" in columns and (set(CORNERS) <= set(columns) or set(SIDES) <= set(columns)):
            found.append(path)
    return found


def _text(tree: Tree, path: str) -> tuple[str, bool]:
    """The text, and whether it is in the encoding that Korean spreadsheets write."""
    raw = tree.files[path].read_bytes()
    try:
        return decoded(raw, path), False
    except FormatError:
        try:
            return raw.decode("cp949"), True
        except UnicodeDecodeError as error:
            raise FormatError(path, None, marked("This is not text in UTF-8.")) from error


def _columns(text: str) -> list[str]:
    """The columns by our names."""
    first = next(_cells(text), (1, []))[1]
    if _is_keyless(first):
        return list(KEYLESS)
    keys = (_key(cell.strip()) for cell in first)
    named = [OTHER_NAMES.get(key, key) for key in keys]
    ours = {"width": "w", "height": "h"} if "x" in named else {"width": "image_width", "height": "image_height"}
    return [ours.get(key, key) for key in named]


def _key(cell: str) -> str:
    """Names of attributes stay as they are."""
    if cell.lower().startswith(ATTRIBUTE):
        return ATTRIBUTE + cell[len(ATTRIBUTE) :]
    return re.sub(r"[\s-]+", "_", cell.lower())


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows behind the header, each with the line on which it ends."""
    for place, (line, row) in enumerate(_cells(text)):
        if place or _is_keyless(row):
            yield line, row


def _is_keyless(first: Sequence[str]) -> bool:
    return len(first) == len(KEYLESS) and numbers(list(first[1:5])) is not None


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.partition("\n")[0]
    found = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    for row in found:
        yield found.line_num, row


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA and text else text


def _unsafe(text: str) -> str:
    return text[1:] if text[:1] == "'" and len(text) > 1 and text[1] in FORMULA else text
