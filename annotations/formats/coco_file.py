"""One COCO file as rows: ids in any spelling, boxes as the very floats that went in, outlines as boxes around them.

Annotations become small as soon as each is parsed, so that a large file does not stand in memory as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, NamedTuple

from annotations.attributes import Attribute, Pairs, described, is_name, pairs_of, scalar
from annotations.flags import flags_in
from annotations.formats.json_text import parsed
from annotations.formats.numbers import decimal, pixels, whole
from annotations.formats.outlines import around, around_runs, pairs, runs, turned
from annotations.formats.text import decoded
from annotations.formats.types import FormatError, marked
from annotations.geometry import XYXY

XYWH = tuple[Decimal, Decimal, Decimal, Decimal]
EXACT = Context(prec=60)

FOUR_NUMBERS = marked("%(row)s: “bbox” must be four numbers.")
NEGATIVE = marked("%(row)s: “bbox” has a negative size.")
NO_AREA = marked("%(row)s: “bbox” has no area.")
BAD_OUTLINE = marked("%(row)s: “segmentation” is no outline.")
BAD_SCORE = marked("%(row)s: “score” must be between 0 and 1.")

Key = int | str


class Annotation(NamedTuple):
    """A row of "annotations". what: the marked sentence that says what is wrong with it, "" where nothing is."""

    image: Key | None
    category: Key | None
    xyxy: XYXY = (0.0, 0.0, 0.0, 0.0)
    what: str = ""
    flags: tuple[str, ...] = ()
    outlined: bool = False
    rotated: bool = False
    score: float | None = None
    attributes: Pairs = ()
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class CocoFile:
    """What a file says. categories: names by id. attributes: what the file says that classes ask for, by their names.
    rows: what the list of annotations is called.
    """

    file: str
    categories: dict[Key, str]
    images: list[tuple[str, Key, dict[str, Any]]]
    annotations: list[Annotation]
    attributes: dict[str, tuple[Attribute, ...]]
    rows: str = "annotations"


def parse_file(raw: str | bytes, file: str) -> CocoFile:
    """Raises FormatError."""
    found = parsed(raw if isinstance(raw, str) else decoded(raw, file)[0], file, small)
    if not isinstance(found, dict):
        raise FormatError(file, None, marked("A COCO file is one JSON object."))
    images = [(row, _key_of(image, row, file), image) for row, image in _objects(found, "images", file)]
    _once([(id, image.get("file_name")) for _row, id, image in images], file)
    annotations = found.get("annotations", [])
    if not isinstance(annotations, list):
        raise FormatError(file, None, marked("The list “%(key)s” is missing."), {"key": "annotations"})
    for position, annotation in enumerate(annotations):
        if not isinstance(annotation, Annotation):
            what = (
                marked("%(row)s: “image_id” is missing.")
                if isinstance(annotation, dict)
                else marked("%(row)s: this is not an object.")
            )
            raise FormatError(file, None, what, {"row": f"annotations[{position}]"})
    return CocoFile(file, _categories(found, file), images, annotations, dict(_asked(found)))


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


def text_of(value: object) -> str:
    """A name: text, or a number that was meant as one; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def small(row: dict[str, Any]) -> Any:
    """An annotation in its small form, and any other object as it is."""
    if "image_id" not in row:
        return row
    image, category = key(row["image_id"]), key(row.get("category_id"))
    score = None
    if row.get("score") is not None:
        number = decimal(row["score"])
        if number is None or not 0 <= number <= 1:
            return Annotation(image, category, what=BAD_SCORE)
        score = float(number)
    outline, box = row.get("segmentation"), row.get("bbox")
    try:
        xyxy = _box(box) if box else _outline(outline)
    except _Bad as error:
        return Annotation(image, category, what=error.what)
    attributes = row.get("attributes")
    degrees = decimal(attributes.get("rotation")) if isinstance(attributes, dict) else None
    if degrees:
        middle = ((xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2)
        xyxy = turned(xyxy, float(degrees) % 360, about=middle)
    given = attributes if isinstance(attributes, dict) else {}
    said = {name: value for name, one in given.items() if is_name(name) and (value := scalar(one)) is not None}
    return Annotation(
        image, category, xyxy, flags=_flags(row, given), outlined=bool(outline), rotated=bool(degrees), score=score,
        attributes=pairs_of(said), file_name=text_of(row.get("file_name")),
    )  # fmt: skip


def _flags(row: Mapping[str, Any], attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """What is a crowd to COCO is one here, unless its attributes call it an ignore region."""
    said = flags_in({str(name): value for name, value in attributes.items()})
    crowd = row.get("iscrowd") in (1, True, "1") and "ignore" not in said
    return flags_in(dict.fromkeys((*said, "crowd"), True)) if crowd else said


class _Bad(Exception):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def _box(box: object) -> XYXY:
    numbers = [decimal(value) for value in box] if isinstance(box, list) else []
    x, y, w, h = numbers if len(numbers) == 4 else [None] * 4
    if x is None or y is None or w is None or h is None:
        raise _Bad(FOUR_NUMBERS)
    if w < 0 or h < 0:
        raise _Bad(NEGATIVE)
    if not w or not h:
        raise _Bad(NO_AREA)
    return to_xyxy((x, y, w, h))


def _outline(outline: object) -> XYXY:
    """The box around a mask as run lengths, or around polygons: lists of x, y, x, y ..., or one such list."""
    if not outline:
        raise _Bad(FOUR_NUMBERS)
    try:
        found = _mask(outline) if isinstance(outline, dict) else _polygons(outline)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise _Bad(BAD_OUTLINE) from error
    if found is None:
        raise _Bad(BAD_OUTLINE)
    if found[0] >= found[2] or found[1] >= found[3]:
        raise _Bad(NO_AREA)
    return found


def _polygons(outline: object) -> XYXY | None:
    if not isinstance(outline, list):
        raise TypeError
    parts = outline if isinstance(outline[0], list) else [outline]
    return around(point for part in parts for point in pairs([float(value) for value in part]))


def _mask(outline: Mapping[str, Any]) -> XYXY | None:
    height, width = map(pixels, outline["size"])
    counts = outline["counts"]
    lengths = list(runs(counts)) if isinstance(counts, str) else [_run(count) for count in counts]
    if not height or min(lengths, default=0) < 0 or sum(lengths) > height * width:
        raise ValueError
    return around_runs(lengths, height)


def _run(count: object) -> int:
    """Raises ValueError."""
    found = whole(count)  # `int` of a decimal takes for ever beyond all measure
    if found is None:
        raise ValueError(count)
    return found


def key(value: object) -> Key | None:
    """An id as files write it: a whole number in any spelling, or a text."""
    number = whole(value)
    if number is not None:
        return number
    return value.strip() or None if isinstance(value, str) else None


def _key_of(row: dict[str, Any], name: str, file: str) -> Key:
    found = key(row.get("id"))
    if found is None:
        raise FormatError(file, None, marked("%(row)s: “id” must be a whole number or a text."), {"row": name})
    return found


def _once(ids: list[tuple[Key, object]], file: str) -> None:
    names: dict[Key, object] = {}
    for id, name in ids:
        if id in names:
            raise FormatError(
                file,
                None,
                marked("The image id %(id)s is there twice: “%(first)s” and “%(second)s”."),
                {"id": id, "first": names[id], "second": name},
            )
        names[id] = name


def _categories(found: Mapping[str, Any], file: str) -> dict[Key, str]:
    """Names by id. Raises FormatError where an id or a name is there twice: one class would swallow the other."""
    names: dict[Key, str] = {}
    ids: dict[str, Key] = {}
    for row, category in _objects(found, "categories", file):
        id, name = _key_of(category, row, file), text_of(category.get("name")).strip()
        if not name:
            raise FormatError(file, None, marked("%(row)s: “%(key)s” must be a text."), {"row": row, "key": "name"})
        if id in names:
            raise FormatError(
                file,
                None,
                marked("The category id %(id)s is there twice: “%(first)s” and “%(second)s”."),
                {"id": id, "first": names[id], "second": name},
            )
        if name in ids:
            raise FormatError(
                file,
                None,
                marked("The categories %(first)s and %(second)s have the same name, “%(name)s”."),
                {"name": name, "first": ids[name], "second": id},
            )
        names[id] = name
        ids[name] = id
    return names


def _asked(found: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Attribute, ...]]]:
    """What categories say of attributes, which LabelHub alone writes."""
    for category in found["categories"]:
        rows = category.get("attributes")
        found_rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if asked := tuple(one for row in found_rows if (one := described(row)) is not None):
            yield text_of(category.get("name")).strip(), asked


def _objects(found: Mapping[str, Any], key: str, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = found.get(key)
    if not isinstance(rows, list):
        raise FormatError(file, None, marked("The list “%(key)s” is missing."), {"key": key})
    for position, row in enumerate(rows):
        name = f"{key}[{position}]"
        if not isinstance(row, dict):
            raise FormatError(file, None, marked("%(row)s: this is not an object."), {"row": name})
        yield name, row
