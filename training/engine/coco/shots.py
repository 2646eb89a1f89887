"""Shots from a COCO file and target images from a folder, as the images of a job."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.engine.coco.listing import BadShots, Key, Listing, listing
from training.engine.vision.image_size import size_of
from training.protocol.errors import BadImage
from training.protocol.hashing import sha256_of

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"}


@dataclass(frozen=True, slots=True)
class ShotImage:
    """An image of the COCO file: where it lies, and its boxes as (annotation id, category id, xyxy). left_out:
    categories that miss a box, of which it is not fully labelled.
    """

    path: Path
    file_name: str
    boxes: list[tuple[int, int, list[float]]]
    left_out: frozenset[int] = frozenset()


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


def read(path: Path, folder: Path) -> Shots:
    """Reads a COCO file; its images lie beside it or under the folder. Raises BadShots."""
    found = listing(path, "shots")
    finder = ImageFinder(path.parent, folder)
    notes: list[str] = []
    images = [_shot(found, image_id, finder.find(name), notes) for image_id, name in found.files.items()]
    shots = Shots(images, found.categories, [*found.notes, *finder.notes, *notes])
    if not shots.classes:
        why = " ".join(shots.notes[:3])
        raise BadShots(f"{path.name} has no box: at least one is needed to learn a class. {why}".rstrip())
    return shots


def _shot(found: Listing, image_id: Key, path: Path, notes: list[str]) -> ShotImage:
    """Boxes outside the picture are left out, and noted; those of a larger or smaller copy are scaled. Raises BadShots
    where the file means a picture of another shape.
    """
    name, left_out = found.files[image_id], set(found.left_out.get(image_id, ()))
    try:
        width, height = size_of(path)
    except BadImage:  # the job says so of each image
        return ShotImage(path, name, found.boxes.get(image_id, []), frozenset(left_out))
    said = found.sizes.get(image_id, (width, height))
    scale = width / said[0] if said[0] else 1.0
    if abs(said[0] * scale - width) > 1 or abs(said[1] * scale - height) > 1:
        lies = " It lies on its side, and its boxes must be turned with it." if said == (height, width) else ""
        raise BadShots(
            f"The shots file says that {name} has {said[0]} × {said[1]} pixels, but it has {width} × {height}.{lies}"
        )
    boxes = []
    for number, category, corners in found.boxes.get(image_id, []):
        xyxy = corners if scale == 1 else [corner * scale for corner in corners]
        if min(xyxy[2], width) - max(xyxy[0], 0) >= 1 and min(xyxy[3], height) - max(xyxy[1], 0) >= 1:
            boxes.append((number, category, xyxy))
        else:
            notes.append(f"Annotation {number} is left out: it lies outside {name}, or is smaller than a pixel.")
            left_out.add(category)
    return ShotImage(path, name, boxes, frozenset(left_out))


class ImageFinder:
    """Finds a COCO file's images: beside the file, under the folder, then anywhere below by an unambiguous name, which
    may differ in case and Unicode form. notes: what was found elsewhere than where the file says.
    """

    def __init__(self, beside: Path, folder: Path) -> None:
        self.notes: list[str] = []
        self._places = (beside, beside / "images", folder)
        self._folder = folder
        self._below: dict[str, list[Path]] | None = None

    def find(self, name: str) -> Path:
        """The file of this name. Raises BadShots."""
        plain = _relative(name)
        for written in dict.fromkeys((name, plain)):
            for place in self._places:
                if (place / written).is_file():
                    return (place / written).resolve()
        last = plain.rpartition("/")[2]
        for same in (str, _loose):
            found = [path for path in self._named(_loose(last)) if same(path.name) == same(last)]
            if len(found) == 1:
                if found[0].name != last or "/" in plain:
                    self.notes.append(f"The shot image {name} is not there; {found[0].name} was taken.")
                return found[0].resolve()
            if found:
                raise BadShots(
                    f"The shot image {name} is ambiguous: {len(found)} files of that name lie under {self._folder}."
                )
        raise BadShots(f"The shot image {name} lies neither beside the shots file nor under {self._folder}.")

    def _named(self, loose: str) -> list[Path]:
        if self._below is None:
            self._below = {}
            for path in pictures_under(self._folder):
                self._below.setdefault(_loose(path.name), []).append(path)
        return self._below.get(loose, [])


def _relative(name: str) -> str:
    """A path of any system as a relative one: without drive, leading slash, "." and ".."."""
    parts = re.sub(r"^[A-Za-z]:(?=[\\/])", "", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _loose(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


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
    classes = list(shots.classes)
    for image in shots.images:
        boxes = [{"id": number, "class_id": category, "xyxy": xyxy} for number, category, xyxy in image.boxes]
        complete = [category for category in classes if category not in image.left_out]
        rows.append({"path": str(image.path), "target": False, "boxes": boxes, "complete_for": complete})
    rows += [{"path": str(path.resolve()), "target": True} for path in targets]
    return [{"id": place, **row} for place, row in enumerate(rows, start=1)]
