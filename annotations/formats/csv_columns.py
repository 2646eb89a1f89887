"""The columns of tables of boxes, by whatever names tools give them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from annotations.formats.numbers import numbers

ATTRIBUTE = "attribute:"  # what a column of values is called before the attribute's name
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
BBOX = "bbox"  # all four in one cell, "[x, y, w, h]", as tables of Kaggle have it
KEYLESS = ("image", *CORNERS, "label")  # as keras-retinanet has it, without a header


def columns_of(text: str) -> list[str]:
    """The columns by our names."""
    first = next(cells_of(text), (1, []))[1]
    if _is_keyless(first):
        return list(KEYLESS)
    keys = (_key(cell.strip()) for cell in first)
    named = [OTHER_NAMES.get(key, key) for key in keys]
    ours = {"width": "w", "height": "h"} if "x" in named else {"width": "image_width", "height": "image_height"}
    if "image" not in named:
        ours["image_id"] = "image"
    return [ours.get(key, key) for key in named]


def _key(cell: str) -> str:
    """Names of attributes stay as they are."""
    if cell.lower().startswith(ATTRIBUTE):
        return ATTRIBUTE + cell[len(ATTRIBUTE) :]
    return re.sub(r"[\s-]+", "_", cell.lower())


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows behind the header, each with the line on which it ends."""
    for place, (line, row) in enumerate(cells_of(text)):
        if place or _is_keyless(row):
            yield line, row


def _is_keyless(first: Sequence[str]) -> bool:
    return len(first) == len(KEYLESS) and numbers(list(first[1:5])) is not None


def cells_of(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.partition("\n")[0]
    found = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    for row in found:
        yield found.line_num, row


def is_table(columns: Sequence[str]) -> bool:
    """Whether these are of images with boxes; a table whose boxes are in one cell may be of a single class."""
    there = {*columns}
    return "image" in there and (BBOX in there or ("label" in there and ({*CORNERS} <= there or {*SIDES} <= there)))


def corners_of(row: Mapping[str, str]) -> tuple[list[str], bool]:
    """The four cells of a box, and whether they are two corners: else they are a corner and two sides."""
    if CORNERS[0] not in row and SIDES[0] not in row and BBOX in row:
        found = re.split(r"[\s,;]+", row[BBOX].strip().strip("[]()").strip())
        return ([] if found == [""] else found), False
    keys = CORNERS if CORNERS[0] in row else SIDES
    return [row.get(key, "").strip().replace(",", ".") for key in keys], keys == CORNERS
