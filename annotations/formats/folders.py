"""Folders of labels, on a disk or in a zip: what lies in them, found also where a path is not written quite right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from posixpath import splitext

from annotations.formats.text import decoded, without_images

PIECE = 64 * 1024  # bytes, about, of a piece on its way
IMAGE_SUFFIXES = {
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
}  # fmt: skip

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
LITTER = {"__MACOSX", "@eaDir", ".git", ".DS_Store", ".ipynb_checkpoints", ".cache", ".thumbnails"}


def pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Small strings gathered into pieces worth sending."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    if held:
        yield "".join(held).encode()


def files_under(root: Traversable, path: PurePosixPath | None = None) -> Iterator[tuple[PurePosixPath, Traversable]]:
    """All files below a folder with their paths, by name; the litter of systems is not looked at."""
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        own = path / entry.name if path else PurePosixPath(entry.name)
        if entry.name in LITTER or entry.name.startswith("._"):
            continue
        if entry.is_dir():
            yield from files_under(entry, own)
        else:
            yield own, entry


def is_image(path: str) -> bool:
    return splitext(path)[1].lower() in IMAGE_SUFFIXES


class Tree:
    """All files below a root, by path; none where there is no root. Nothing outside it is ever opened: a path is looked
    up, not followed.
    """

    def __init__(self, root: Traversable | None) -> None:
        self.files = {str(path): entry for path, entry in files_under(root)} if root else {}
        self.folders = {str(parent) for path in self.files for parent in PurePosixPath(path).parents}
        self.has_pictures = any(map(is_image, self.files))
        self.legacy: dict[str, str] = {}  # encodings of the files that were not in UTF-8, as they are read
        self._loose: dict[str, list[str]] | None = None

    def named(self, *suffixes: str) -> list[str]:
        """Paths of the files that end so, those nearest to the root first."""
        found = (path for path in self.files if path.lower().endswith(suffixes))
        return sorted(found, key=lambda path: (path.count("/"), path))

    def text(self, path: str) -> str:
        """Raises FormatError where it is no text."""
        return self._decoded(path, self.files[path].read_bytes())

    def markup(self, path: str) -> str:
        """XML, which says its encoding itself. Raises FormatError where it is no text."""
        raw = self.files[path].read_bytes()
        declared = _DECLARED.match(raw)
        return self._decoded(path, raw, declared[1].decode("ascii", "replace") if declared else "")

    def _decoded(self, path: str, raw: bytes, declared: str = "") -> str:
        text, encoding = decoded(raw, path, declared)
        if encoding:
            self.legacy[path] = encoding
        return text

    def find(self, path: str) -> str | None:
        """The file at a path; where there is none, the only one that differs in case or Unicode form alone."""
        if path in self.files:
            return path
        if self._loose is None:
            self._loose = {}
            for known in self.files:
                self._loose.setdefault(_loose(known), []).append(known)
        found = self._loose.get(_loose(path), [])
        return found[0] if len(found) == 1 else None

    def picture(self, written: str, file: str, *more: str) -> str | None:
        """The name of the picture that a label file speaks of: in the usual folders, beside the file, or in `more`."""
        if not self.has_pictures:  # labels alone: often of very many pictures
            return None
        beside, *above = map(str, PurePosixPath(file).parents)
        upper = (f"{above[0]}/images", above[0]) if above else ()  # of annotations/x.json
        for folder in ("images", f"{beside}/images", beside, *upper, "", *more):
            if found := self.find(str(PurePosixPath(folder) / written)):
                return without_images(found)
        return None


def _loose(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
