"""A COCO file as other tools write it: what it names, and its boxes; what was reduced is told in sentences."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WHOLE = re.compile(r"[+-]?[0-9]{1,100}(\.0*)?")  # longer than any id is none
LARGEST = 1e9  # pixels; what is beyond is no place in an image
UNKEPT = re.compile("[\0\ud800-\udfff]")
OUTLINE = "became the box around its outline"

Key = int | str
Box = tuple[int, int, list[float]]  # annotation id, category id, xyxy in pixels


class BadShots(Exception):
    """The command was given something that it cannot work with; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a COCO file says. categories: with whole numbers as ids. files: names by image id. boxes: by image id.
    sizes: width, height by image id, where the file says them. left_out: categories that miss a box, by image id.
    """

    categories: list[dict[str, Any]]
    files: dict[Key, str]
    boxes: dict[Key, list[Box]]
    notes: list[str]
    sizes: dict[Key, tuple[int, int]] = field(default_factory=dict)
    left_out: dict[Key, set[int]] = field(default_factory=dict)


def listing(path: Path, what: str) -> Listing:
    """Reads a COCO file without looking for its images. Raises BadShots."""
    coco = _json(path, what)
    numbers, categories = _categories(_rows(coco, "categories", path, what), path)
    files: dict[Key, str] = {}
    sizes: dict[Key, tuple[int, int]] = {}
    for row in _rows(coco, "images", path, what):
        name, key = row.get("file_name"), _id(row, "images", path)
        if not isinstance(name, str) or not name.strip():
            raise BadShots(f"{path.name}: image {row.get('id')} has no file_name.")
        if key in files:
            raise BadShots(f"{path.name}: the image id {key} is there twice, for {files[key]} and {name}.")
        files[key] = name.rstrip()
        width, height = (key_of(row.get(side)) for side in ("width", "height"))
        if isinstance(width, int) and isinstance(height, int) and 0 < width <= LARGEST and 0 < height <= LARGEST:
            sizes[key] = width, height
    left_out: dict[Key, set[int]] = {}
    boxes, notes = _boxes(_rows(coco, "annotations", path, what), path, files, numbers, left_out)
    return Listing(categories, files, boxes, notes, sizes, left_out)


def key_of(value: object) -> Key | None:
    """An id: a whole number in any spelling (7, "7", 7.0), or a text; None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int) and abs(value) >= 10**100:
        return None
    text = UNKEPT.sub("\ufffd", str(value)).strip()
    return int(text.partition(".")[0]) if WHOLE.fullmatch(text) else text if isinstance(value, str) and text else None


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        value = json.loads(_text(path.read_bytes()), object_hook=_clean)
    except OSError as error:
        raise BadShots(f"The {what} file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadShots(f"The {what} file {path.name} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise BadShots(f"The {what} file {path.name} is not COCO: it holds no object with images and annotations.")
    return value


def _text(raw: bytes) -> str:
    """UTF-8 with or without a byte-order mark, or UTF-16. Raises ValueError."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    if b"\0" in raw[:2]:
        return raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-16-le")
    return raw.decode("utf-8-sig")


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    """NUL and halves of surrogate pairs, which no file name and no answer can hold, become U+FFFD."""
    return {key: UNKEPT.sub("\ufffd", value) if isinstance(value, str) else value for key, value in row.items()}


def _rows(coco: dict[str, Any], name: str, path: Path, what: str) -> list[dict[str, Any]]:
    rows = coco.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadShots(f"The {what} file {path.name} is not COCO: it has no list of {name}.")
    return rows


def _id(row: dict[str, Any], name: str, path: Path) -> Key:
    found = key_of(row.get("id"))
    if found is None:
        raise BadShots(f"{path.name}: an entry of {name} has neither a whole number nor a text as its id.")
    return found


def _categories(rows: list[dict[str, Any]], path: Path) -> tuple[dict[Key, int], list[dict[str, Any]]]:
    """Whole numbers by the file's own ids (1, 2, 3 where those are text), and the rows with them. Raises BadShots where
    an id or a name is there twice: one class would swallow the other.
    """
    names: dict[Key, str] = {}
    for row in rows:
        name, key = row.get("name"), _id(row, "categories", path)
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if not isinstance(name, str) or not name.strip():
            raise BadShots(f"{path.name}: every category needs a name.")
        if key in names:
            raise BadShots(f"{path.name}: the category id {key} is there twice, for {names[key]} and {name}.")
        twin = next((other for other, known in names.items() if known == name.strip()), None)
        if twin is not None:
            raise BadShots(f"{path.name}: the categories {twin} and {key} have the same name, {name}.")
        names[key] = name.strip()
    whole = all(isinstance(key, int) for key in names)
    numbers = {key: key if whole and isinstance(key, int) else place for place, key in enumerate(names, start=1)}
    return numbers, [
        {**row, "id": numbers[key], "name": names[key]} for row, key in zip(rows, names, strict=True)
    ]  # fmt: skip


def _boxes(
    rows: list[dict[str, Any]],
    path: Path,
    files: Mapping[Key, str],
    numbers: Mapping[Key, int],
    left_out: dict[Key, set[int]],
) -> tuple[dict[Key, list[Box]], list[str]]:
    boxes: dict[Key, list[Box]] = {}
    notes = []
    ids = [key_of(row.get("id")) for row in rows]
    own = all(isinstance(id, int) for id in ids) and max(Counter(ids).values(), default=1) == 1
    for place, row in enumerate(rows, start=1):
        number = ids[place - 1] if own else place
        image, category = key_of(row.get("image_id")), key_of(row.get("category_id"))
        if image is None or image not in files:
            raise BadShots(f"{path.name}: annotation {number} names image {row.get('image_id')}, which is not there.")
        if category is None or category not in numbers:
            raise BadShots(
                f"{path.name}: annotation {number} names category {row.get('category_id')}, which is not there."
            )
        if row.get("iscrowd") in (1, True, "1"):
            notes.append(f"Annotation {number} is left out: a crowd.")
            continue
        try:
            xyxy = _given(row["bbox"]) if row.get("bbox") else _around(row.get("segmentation"))
        except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
            raise BadShots(
                f"{path.name}: annotation {number} needs a bbox of four numbers [x, y, width, height], or an outline."
            ) from error
        if xyxy[2] <= xyxy[0] or xyxy[3] <= xyxy[1]:
            notes.append(f"Annotation {number} is left out: its box is empty.")
            left_out.setdefault(image, set()).add(numbers[category])
            continue
        if not row.get("bbox"):
            notes.append(f"Annotation {number} {OUTLINE}.")
        assert isinstance(number, int)
        boxes.setdefault(image, []).append((number, numbers[category], xyxy))
    return boxes, notes


def _number(value: Any) -> float:
    """Raises ValueError."""
    if isinstance(value, bool) or not abs(found := float(value)) <= LARGEST:
        raise ValueError(value)
    return found


def _given(box: Any) -> list[float]:
    """Raises ValueError or TypeError."""
    if not isinstance(box, list):
        raise TypeError(box)
    x, y, width, height = map(_number, box)
    return [x, y, x + width, y + height]


def _around(outline: Any) -> list[float]:
    """The box around polygons (x, y, x, y ...) or a mask in run lengths. Raises what a wrong one gives."""
    if not outline:
        raise ValueError(outline)
    if isinstance(outline, dict):
        return _around_mask(outline)
    numbers = [_number(side) for part in (outline if isinstance(outline[0], list) else [outline]) for side in part]
    if len(numbers) % 2:
        raise ValueError(outline)
    xs, ys = numbers[::2], numbers[1::2]
    return [min(xs), min(ys), max(xs), max(ys)]


def _around_mask(mask: Mapping[str, Any]) -> list[float]:
    """Runs of zeros and ones, in turn, go down column by column."""
    height, width = (int(_number(side)) for side in mask["size"])
    counts = mask["counts"]
    runs = _unpacked(counts) if isinstance(counts, str) else [int(_number(count)) for count in counts]
    if height <= 0 or min(runs, default=0) < 0 or sum(runs) > height * width:
        raise ValueError(mask)
    left, top, right, bottom = math.inf, math.inf, -math.inf, -math.inf
    start = 0
    for place, count in enumerate(runs):
        if place % 2 and count:
            (x1, y1), (x2, y2) = divmod(start, height), divmod(start + count - 1, height)
            y1, y2 = (y1, y2) if x1 == x2 else (0, height - 1)
            left, top, right, bottom = min(left, x1), min(top, y1), max(right, x2 + 1), max(bottom, y2 + 1)
        start += count
    if left == math.inf:
        raise ValueError(mask)
    return [float(left), float(top), float(right), float(bottom)]


def _unpacked(text: Iterable[str]) -> list[int]:
    """Run lengths out of COCO's compressed text: six bits a letter, from the fourth run on as differences."""
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError(letter)
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift:
        raise ValueError(text)
    return runs
