"""What images are called in an export: their own names, in folders where others have the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from posixpath import splitext
from typing import Protocol

from django.utils.text import slugify

UNSAFE = re.compile(r'[<>:"|?*/\\\x00-\x1f]')
DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """As any system can write it: Windows forbids some characters, a dot or space at the end, and names of devices."""
    name = UNSAFE.sub("_", name).rstrip(". ")
    return f"_{name}" if DEVICES.match(name) else name


class StoredImage(Protocol):
    """file: name of the stored picture, whose suffix says what it is."""

    @property
    def id(self) -> int: ...
    @property
    def dataset_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def file(self) -> str: ...


class FileNames:
    """datasets: ids and names, in an order that stays. with_files: names end as the stored pictures do, since these go
    along. All images of an export must be learned before the first is named.
    """

    def __init__(self, datasets: Iterable[tuple[int, str]], *, with_files: bool) -> None:
        self.with_files = with_files
        self._folders: dict[int, str] = {}
        self._twins: set[str] = set()
        self._seen: set[int] = set()
        slugs: dict[str, int] = {"images": 0, "labels": 0}  # folder names that mean something to YOLO's tools
        for pk, name in datasets:
            slug = safe_name(slugify(name, allow_unicode=True)) or "dataset"
            self._folders[pk] = f"{slug}-{pk}" if slug in slugs else slug
            slugs[slug] = pk

    def learn(self, images: Iterable[StoredImage]) -> None:
        for image in images:
            stem = _stem(self._plain(image))
            for key in (stem, f"{image.dataset_id}/{stem}"):
                if hash(key) in self._seen:
                    self._twins.add(key)
                self._seen.add(hash(key))

    def name(self, image: StoredImage) -> str:
        """The image's own name, made safe; in a folder of its dataset, and one of its own, where others have the
        same.
        """
        name = self._plain(image)
        if _stem(name) not in self._twins:
            return name
        folder = self._folders.get(image.dataset_id, f"dataset-{image.dataset_id}")
        if f"{image.dataset_id}/{_stem(name)}" in self._twins:
            return f"{folder}/{image.id}/{name}"
        return f"{folder}/{name}"

    def _plain(self, image: StoredImage) -> str:
        name = safe_name(image.name.replace("\\", "/").rsplit("/", 1)[-1])
        stored = splitext(image.file)[1].lower()
        if name.strip(". ") == "" or not name.isprintable():
            name = f"image-{image.id}{stored}"
        stem, suffix = splitext(name)
        if self.with_files and suffix.lower().replace("jpeg", "jpg") != stored:
            return f"{stem}{stored}"
        return name


def _stem(name: str) -> str:
    """What must differ: label files are named after it, and some disks take no notice of case or Unicode form."""
    return unicodedata.normalize("NFC", splitext(name)[0]).casefold()
