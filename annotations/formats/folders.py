"""Walking folders of labels, on a disk or in a zip, and writing into them in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

PIECE = 64 * 1024  # bytes, about, of a piece on its way
IMAGE_SUFFIXES = {
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
}  # fmt: skip


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
    """All files below a folder with their paths, by name; hidden ones and the litter of systems are not looked at."""
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        own = path / entry.name if path else PurePosixPath(entry.name)
        if entry.name.startswith((".", "__MACOSX")):
            continue
        if entry.is_dir():
            yield from files_under(entry, own)
        else:
            yield own, entry


def at(root: Traversable, path: PurePosixPath) -> Traversable:
    """What lies at a path below the root, or would."""
    found = root
    for part in path.parts:
        found = found / part
    return found


def is_image(path: PurePosixPath) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES
