"""YOLO (Ultralytics) label folders, both ways: data.yaml, train.txt and val.txt, labels/*.txt beside images/*."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import PurePosixPath
from posixpath import splitext
from typing import Any
from zlib import crc32

import yaml

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
from annotations.geometry import XYXY

DATA_FILES = ("data.yaml", "data.yml", "dataset.yaml")
VAL_EVERY = 10
IMAGE_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def write(labelled: Labelled) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names.

    About one image in ten is for validation, chosen by its name, so that the split stays when images are added.
    """
    number = {name: position for position, name in enumerate(labelled.classes)}
    for image in labelled:
        text = "".join(f"{number[box.label]} {_line(box.xyxy, image)}\n" for box in image.boxes)
        yield Member(label_path(image.name), (text.encode(),))
    held_out = {is_val(image.name) for image in labelled.heads()}
    split = len(held_out) == 2
    yield Member("train.txt", _lines(image.name for image in labelled.heads() if not (split and is_val(image.name))))
    if split:
        yield Member("val.txt", _lines(image.name for image in labelled.heads() if is_val(image.name)))
    data = {
        "train": "train.txt",
        "val": "val.txt" if split else "train.txt",
        "names": {position: name for name, position in number.items()},
    }
    yield Member("data.yaml", (yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode(),))


def recognise(root: Traversable) -> bool:
    return any((root / file).is_file() for file in DATA_FILES)


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads a folder, or a zip by zipfile.Path. Raises FormatError(file, line, what).

    size_of: (width, height) in pixels of an image by its name, None when it is not known.
    """
    data = _data(root)
    classes = _classes(data)
    images: list[LabelledImage] = []
    for name in _names(root, data):
        size = size_of(name)
        if size is None:
            raise FormatError(name, None, marked("The size of this image is not known, so its boxes cannot be placed."))
        images.append(LabelledImage(name, *size, boxes=tuple(_boxes(root, name, size, classes)), id=len(images) + 1))
    return LabelledSet(classes, tuple(images))


def label_path(name: str) -> str:
    """Where the boxes of an image are: labels/ for images/, .txt for its suffix."""
    return f"labels/{splitext(name)[0]}.txt"


def is_val(name: str) -> bool:
    return crc32(name.encode()) % VAL_EVERY == 0


def _line(xyxy: XYXY, image: LabelledImage) -> str:
    """Centre and size as parts of the image; 12 digits keep a box within 1e-7 px in an image 100,000 px wide."""
    x1, y1, x2, y2 = xyxy
    w, h = image.width, image.height
    return f"{(x1 + x2) / 2 / w:.12f} {(y1 + y2) / 2 / h:.12f} {(x2 - x1) / w:.12f} {(y2 - y1) / h:.12f}"


def _lines(names: Iterable[str]) -> Iterator[bytes]:
    rest = iter(names)
    while chunk := list(islice(rest, 1000)):
        yield "".join(f"./images/{name}\n" for name in chunk).encode()


def _text(root: Traversable, path: str) -> str | None:
    """The text of a file below the root, None where there is none."""
    found = root
    for part in PurePosixPath(path).parts:
        found = found / part
    if not found.is_file():
        return None
    try:
        return found.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, None, marked("This is not text in UTF-8.")) from error


def _data(root: Traversable) -> dict[str, Any]:
    for file in DATA_FILES:
        text = _text(root, file)
        if text is None:
            continue
        try:
            data = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise FormatError(file, mark.line + 1 if mark else None, marked("This is not YAML.")) from error
        if not isinstance(data, dict):
            raise FormatError(file, None, marked("This file must hold “names”, “train” and “val”."))
        return {"file": file, **data}
    raise FormatError("data.yaml", None, marked("This file is missing: it names the classes."))


def _classes(data: dict[str, Any]) -> tuple[str, ...]:
    names = data.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or set(names) != set(range(len(names))):
        raise FormatError(data["file"], None, marked("“names” must name the classes 0, 1, 2 and so on."))
    found = tuple(str(names[position]) for position in range(len(names)))
    if len(set(found)) < len(found):
        raise FormatError(data["file"], None, marked("Two classes have the same name."))
    return found


def _names(root: Traversable, data: dict[str, Any]) -> list[str]:
    """Names of all images, relative to images/: from the lists or folders that data.yaml names, once each, in order."""
    found: dict[str, None] = {}
    for split in ("train", "val", "test"):
        given = data.get(split) or []
        for place in given if isinstance(given, list) else [given]:
            found |= dict.fromkeys(_in_place(root, data["file"], str(place)))
    return sorted(found)


def _in_place(root: Traversable, file: str, place: str) -> Iterator[str]:
    path = _inside(file, None, place)
    if path.suffix == ".txt":
        text = _text(root, str(path))
        if text is None:
            raise FormatError(str(path), None, marked("This file is missing: %(file)s names it."), {"file": file})
        for line, entry in enumerate(text.splitlines(), start=1):
            if entry.strip():
                yield _below_images(str(path), line, _inside(str(path), line, entry.strip()))
        return
    folder = root
    for part in path.parts:
        folder = folder / part
    if not folder.is_dir():
        raise FormatError(file, None, marked("There is no folder %(folder)s."), {"folder": str(path)})
    for image in _walk(folder, path):
        yield _below_images(file, None, image)


def _walk(folder: Traversable, path: PurePosixPath) -> Iterator[PurePosixPath]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _walk(entry, path / entry.name)
        elif PurePosixPath(entry.name).suffix.lower() in IMAGE_SUFFIXES:
            yield path / entry.name


def _inside(file: str, line: int | None, place: str) -> PurePosixPath:
    """A path as written, which must stay below the root."""
    path = PurePosixPath(place.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise FormatError(file, line, marked("The path %(path)s leads out of the folder."), {"path": place})
    return path


def _below_images(file: str, line: int | None, path: PurePosixPath) -> str:
    if path.parts[:1] != ("images",) or len(path.parts) < 2:
        raise FormatError(file, line, marked("%(path)s is not in the folder “images”."), {"path": str(path)})
    return str(PurePosixPath(*path.parts[1:]))


def _boxes(root: Traversable, name: str, size: tuple[int, int], classes: tuple[str, ...]) -> Iterator[LabelledBox]:
    file = label_path(name)
    for line, row in enumerate((_text(root, file) or "").splitlines(), start=1):
        fields = row.split()
        if not fields:
            continue
        if len(fields) != 5:
            raise FormatError(
                file, line, marked("A box is a class and four numbers; there are %(n)s fields."), {"n": len(fields)}
            )
        try:
            label = int(fields[0])
            cx, cy, w, h = map(float, fields[1:])
        except ValueError as error:
            raise FormatError(file, line, marked("A box is a class and four numbers.")) from error
        if not 0 <= label < len(classes):
            raise FormatError(file, line, marked("There is no class %(n)s."), {"n": label})
        if not all(map(math.isfinite, (cx, cy, w, h))) or w < 0 or h < 0:
            raise FormatError(file, line, marked("This box has no size that can be drawn."))
        cx, cy, w, h = cx * size[0], cy * size[1], w * size[0], h * size[1]
        yield LabelledBox(classes[label], (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
