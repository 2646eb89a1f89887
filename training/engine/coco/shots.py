"""Shots from a COCO file and target images from a folder, as the images of a job."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.protocol.hashing import sha256_of

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"}


class BadShots(Exception):
    """The command was given something that it cannot work with; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class ShotImage:
    """An image of the COCO file: where it lies, and its boxes as (annotation id, category id, xyxy)."""

    path: Path
    file_name: str
    boxes: list[tuple[int, int, list[float]]]


@dataclass(frozen=True, slots=True)
class Shots:
    """The COCO file as read. notes: what was left out of it, in sentences."""

    images: list[ShotImage]
    categories: list[dict[str, Any]]
    notes: list[str]

    @property
    def classes(self) -> dict[int, str]:
        """Categories with at least one box."""
        used = {category for image in self.images for _, category, _ in image.boxes}
        return {int(item["id"]): str(item["name"]) for item in self.categories if item["id"] in used}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a COCO file says: its images' names, and their boxes as (annotation id, category id, xyxy), by image id."""

    categories: list[dict[str, Any]]
    files: dict[int, str]
    boxes: dict[int, list[tuple[int, int, list[float]]]]
    notes: list[str]


def read(path: Path, folder: Path) -> Shots:
    """Reads a COCO file; its images lie beside it or under the folder. Raises BadShots."""
    found = listing(path, "shots")
    finder = ImageFinder(path.parent, folder)
    images = [
        ShotImage(finder.find(name), name, found.boxes.get(image_id, [])) for image_id, name in found.files.items()
    ]
    shots = Shots(images, found.categories, found.notes)
    if not shots.classes:
        raise BadShots(f"{path.name} has no box: at least one is needed to learn a class.")
    return shots


def listing(path: Path, what: str) -> Listing:
    """Reads a COCO file without looking for its images. Raises BadShots."""
    coco = _json(path, what)
    categories = _rows(coco, "categories", path, what)
    names = {_id(row, "categories", path): row.get("name") for row in categories}
    if not all(isinstance(name, str) and name for name in names.values()):
        raise BadShots(f"{path.name}: every category needs a name.")
    files: dict[int, str] = {}
    for row in _rows(coco, "images", path, what):
        if not isinstance(row.get("file_name"), str) or not row["file_name"]:
            raise BadShots(f"{path.name}: image {row.get('id')} has no file_name.")
        files[_id(row, "images", path)] = row["file_name"]
    boxes, notes = _boxes(_rows(coco, "annotations", path, what), path, files, names)
    return Listing(categories, files, boxes, notes)


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadShots(f"The {what} file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadShots(f"The {what} file {path.name} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise BadShots(f"The {what} file {path.name} is not COCO: it holds no object with images and annotations.")
    return value


def _rows(coco: dict[str, Any], name: str, path: Path, what: str) -> list[dict[str, Any]]:
    rows = coco.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadShots(f"The {what} file {path.name} is not COCO: it has no list of {name}.")
    return rows


def _id(row: dict[str, Any], name: str, path: Path) -> int:
    if isinstance(row.get("id"), bool) or not isinstance(row.get("id"), int):
        raise BadShots(f"{path.name}: an entry of {name} has no whole number as its id.")
    return int(row["id"])


def _boxes(
    rows: list[dict[str, Any]], path: Path, files: dict[int, str], names: dict[int, Any]
) -> tuple[dict[int, list[tuple[int, int, list[float]]]], list[str]]:
    boxes: dict[int, list[tuple[int, int, list[float]]]] = {}
    notes = []
    for row in rows:
        number = _id(row, "annotations", path)
        if row.get("image_id") not in files:
            raise BadShots(f"{path.name}: annotation {number} names image {row.get('image_id')}, which is not there.")
        if row.get("category_id") not in names:
            raise BadShots(
                f"{path.name}: annotation {number} names category {row.get('category_id')}, which is not there."
            )
        box = row.get("bbox")
        if not isinstance(box, list) or len(box) != 4 or not all(_finite(edge) for edge in box):
            raise BadShots(f"{path.name}: annotation {number} needs a bbox of four numbers [x, y, width, height].")
        x, y, width, height = (float(edge) for edge in box)
        if width <= 0 or height <= 0 or row.get("iscrowd"):
            notes.append(f"Annotation {number} is left out: {'a crowd' if row.get('iscrowd') else 'its box is empty'}.")
            continue
        boxes.setdefault(row["image_id"], []).append((number, row["category_id"], [x, y, x + width, y + height]))
    return boxes, notes


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class ImageFinder:
    """Finds a COCO file's images: beside the file, under the folder, then anywhere below by an unambiguous name."""

    def __init__(self, beside: Path, folder: Path) -> None:
        self._places = (beside, beside / "images", folder)
        self._folder = folder
        self._below: dict[str, list[Path]] | None = None

    def find(self, name: str) -> Path:
        """The file of this name. Raises BadShots."""
        for place in self._places:
            if (place / name).is_file():
                return (place / name).resolve()
        if self._below is None:
            self._below = {}
            for path in pictures_under(self._folder):
                self._below.setdefault(path.name, []).append(path)
        found = self._below.get(Path(name).name, [])
        if len(found) == 1:
            return found[0].resolve()
        if found:
            raise BadShots(
                f"The shot image {name} is ambiguous: {len(found)} files of that name lie under {self._folder}."
            )
        raise BadShots(f"The shot image {name} lies neither beside the shots file nor under {self._folder}.")


def pictures_under(folder: Path) -> list[Path]:
    """All image files below a folder, in a fixed order; hidden ones are not looked at."""
    return sorted(
        path for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )  # fmt: skip


def targets_under(folder: Path, shots: Shots) -> list[Path]:
    """Images to label: all below the folder but the shots, also where a shot lies there as a copy."""
    paths = {image.path for image in shots.images}
    names = {image.file_name for image in shots.images}
    digests = {digest(image.path) for image in shots.images}
    return [
        path for path in pictures_under(folder)
        if path.resolve() not in paths and path.relative_to(folder).as_posix() not in names
        and digest(path) not in digests
    ]  # fmt: skip


def digest(path: Path) -> str:
    """The file's sha256. Raises BadShots."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise BadShots(f"The image {path} cannot be read: {error.strerror}.") from error


def job_images(shots: Shots, targets: Iterable[Path]) -> list[dict[str, Any]]:
    """Shots and targets as a job's images; shots come first, ids count from 1."""
    rows: list[dict[str, Any]] = []
    complete = list(shots.classes)
    for image in shots.images:
        boxes = [{"id": number, "class_id": category, "xyxy": xyxy} for number, category, xyxy in image.boxes]
        rows.append({"path": str(image.path), "target": False, "boxes": boxes, "complete_for": complete})
    rows += [{"path": str(path.resolve()), "target": True} for path in targets]
    return [{"id": place, **row} for place, row in enumerate(rows, start=1)]
