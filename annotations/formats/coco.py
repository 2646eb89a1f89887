"""COCO detection JSON, both ways. Boxes come back as the very floats that went in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Context, Decimal
from importlib.resources.abc import Traversable
from typing import Any

from annotations.formats.folders import files_under, pieces
from annotations.formats.types import (
    FormatError,
    Labelled,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    Member,
    Notice,
    SizeOf,
    marked,
)
from annotations.geometry import XYXY

XYWH = tuple[Decimal, Decimal, Decimal, Decimal]
EXACT = Context(prec=60)


def members(labelled: Labelled) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names."""
    yield Member("annotations.json", pieces(write(labelled)))


def write(labelled: Labelled) -> Iterator[str]:
    """The file in pieces. Memory stays flat: the images are gone through twice, for `images` and for `annotations`."""
    number = dict(zip(labelled.classes, labelled.class_ids, strict=True))
    categories = [{"id": id, "name": name, "supercategory": ""} for name, id in number.items()]
    info: dict[str, Any] = {"description": labelled.description} if labelled.description else {}
    if labelled.date:
        info |= {"date_created": labelled.date.isoformat(), "year": labelled.date.year}
    yield f'{{"info": {_json(info)},\n"licenses": [],\n"categories": {_json(categories)},\n"images": ['
    comma = "\n"
    for position, image in enumerate(labelled.heads(), start=1):
        yield (
            f'{comma}{{"id": {image.id or position}, "file_name": {_json(image.name)},'
            f' "width": {image.width}, "height": {image.height}}}'
        )
        comma = ",\n"
    yield '],\n"annotations": ['
    comma, serial = "\n", 0
    for position, image in enumerate(labelled, start=1):
        rows = []
        for box in image.boxes:
            serial += 1
            x, y, w, h = to_xywh(box.xyxy)
            rows.append(
                f'{comma}{{"id": {serial}, "image_id": {image.id or position}, "category_id": {number[box.label]},'
                f' "bbox": [{x}, {y}, {w}, {h}], "area": {float(w) * float(h)!r}, "segmentation": [], "iscrowd": 0}}'
            )
            comma = ",\n"
        if rows:
            yield "".join(rows)
    yield "]}\n"


def recognise(root: Traversable) -> bool:
    """Whether a JSON file of images and categories lies here."""
    return any(_is_coco(entry) for path, entry in files_under(root) if path.suffix.lower() == ".json")


def _is_coco(file: Traversable) -> bool:
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        return False
    return isinstance(found, dict) and {"images", "categories"} <= set(found)


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads the COCO file of a folder. Raises FormatError(file, line, what)."""
    for path, entry in files_under(root):
        if path.suffix.lower() == ".json" and _is_coco(entry):
            return parse(entry.read_bytes(), file=str(path))
    raise FormatError("annotations.json", None, marked("There is no COCO file here."))


def parse(text: str | bytes, *, file: str = "annotations.json") -> LabelledSet:
    """Reads one file. Raises FormatError(file, line, what)."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise FormatError(file, error.lineno, marked("This is not JSON: %(reason)s."), {"reason": error.msg}) from error
    except UnicodeDecodeError as error:
        raise FormatError(file, None, marked("This is not text in UTF-8.")) from error
    rows = _Rows(found, file)
    names: dict[int, str] = {}
    for row, category in rows.of("categories"):
        names[rows.integer(category, "id", row)] = rows.text(category, "name", row)
    if len(set(names.values())) < len(names):
        raise FormatError(file, None, marked("Two categories have the same name."))
    heads: dict[int, LabelledImage] = {}
    for row, image in rows.of("images"):
        id = rows.integer(image, "id", row)
        if id in heads:
            raise FormatError(file, None, marked("%(row)s: the id %(id)s is there twice."), {"row": row, "id": id})
        width, height = rows.integer(image, "width", row), rows.integer(image, "height", row)
        heads[id] = LabelledImage(rows.text(image, "file_name", row), width, height, id=id)
    boxes: dict[int, list[LabelledBox]] = {id: [] for id in heads}
    crowds = 0
    for row, annotation in rows.of("annotations"):
        id, category_id = rows.integer(annotation, "image_id", row), rows.integer(annotation, "category_id", row)
        if id not in boxes:
            raise FormatError(file, None, marked("%(row)s: there is no image %(id)s."), {"row": row, "id": id})
        if category_id not in names:
            raise FormatError(
                file, None, marked("%(row)s: there is no category %(id)s."), {"row": row, "id": category_id}
            )
        if annotation.get("iscrowd"):
            crowds += 1
        else:
            boxes[id].append(LabelledBox(names[category_id], to_xyxy(rows.bbox(annotation, row))))
    images = (LabelledImage(head.name, head.width, head.height, tuple(boxes[id]), id=id) for id, head in heads.items())
    notices = (
        [Notice(file, None, marked("%(n)s crowds are left out: they are no boxes of single objects."), {"n": crowds})]
        if crowds
        else []
    )
    return LabelledSet(tuple(names.values()), tuple(images), tuple(notices), class_ids=tuple(names))


def to_xywh(xyxy: XYXY) -> XYWH:
    """Corners as left, top, width, height, in pixels.

    The sizes are decimal differences of the shortest decimals of the corners: what is written adds up exactly, which
    binary differences often do not.
    """
    x1, y1, x2, y2 = (Decimal(repr(value)) for value in xyxy)
    return x1, y1, EXACT.subtract(x2, x1), EXACT.subtract(y2, y1)


def to_xyxy(xywh: XYWH) -> XYXY:
    x, y, w, h = xywh
    return float(x), float(y), float(EXACT.add(x, w)), float(EXACT.add(y, h))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Rows:
    """The lists of a COCO file, and their fields, checked as they are taken."""

    def __init__(self, found: Any, file: str) -> None:
        self.file = file
        if not isinstance(found, dict):
            raise FormatError(file, None, marked("A COCO file is one JSON object."))
        self.found = found

    def of(self, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        rows = self.found.get(key)
        if not isinstance(rows, list):
            raise FormatError(self.file, None, marked("The list “%(key)s” is missing."), {"key": key})
        for position, row in enumerate(rows):
            name = f"{key}[{position}]"
            if not isinstance(row, dict):
                raise FormatError(self.file, None, marked("%(row)s: this is not an object."), {"row": name})
            yield name, row

    def integer(self, row: dict[str, Any], key: str, name: str) -> int:
        value = row.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise FormatError(
                self.file, None, marked("%(row)s: “%(key)s” must be a whole number."), {"row": name, "key": key}
            )
        return value

    def text(self, row: dict[str, Any], key: str, name: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value:
            raise FormatError(self.file, None, marked("%(row)s: “%(key)s” must be a text."), {"row": name, "key": key})
        return value

    def bbox(self, row: dict[str, Any], name: str) -> XYWH:
        value = row.get("bbox")
        numbers = value if isinstance(value, list) else []
        if len(numbers) != 4 or not all(isinstance(n, int | Decimal) for n in numbers):
            raise FormatError(self.file, None, marked("%(row)s: “bbox” must be four numbers."), {"row": name})
        if numbers[2] < 0 or numbers[3] < 0:
            raise FormatError(self.file, None, marked("%(row)s: “bbox” has a negative size."), {"row": name})
        x, y, w, h = map(Decimal, numbers)
        return x, y, w, h
