"""Pictures of a folder into a dataset: what is there already is not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelhub_client import calls
from labelhub_client.jobs import Listener, Progress, ignore
from labelhub_client.values import FileProblem, Image
from labelhub_client.wire import Part, Steps, ask, once

SUFFIXES = {
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
}  # fmt: skip
HASHES = 500  # that one request asks for
FILES, BYTES = 50, 16 * 2**20  # in one request


@dataclass(frozen=True, slots=True)
class Upload:
    """added: images that are new. known: how many pictures were there already, or are among the others with the same
    bytes. problems: files that did not go in.
    """

    added: tuple[Image, ...]
    known: int
    problems: tuple[FileProblem, ...]


def pictures_of(folder: Path) -> list[Path]:
    """The pictures in a folder and those below it, by name; hidden ones left out. A picture stands for itself. Raises
    NotADirectoryError.
    """
    if folder.suffix.lower() in SUFFIXES and folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is neither a picture nor a folder of pictures.")
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in found if not any(step.startswith(".") for step in path.relative_to(folder).parts))


def upload_folder(dataset: int, folder: Path | str, progress: Listener = ignore) -> Steps[Upload]:
    """A folder with all below it, or one picture. An image is called as its file, without the folders: two of one name
    are two images, told apart by their ids (an export puts such into folders). A zip goes in by import_labels. Raises
    NotADirectoryError.
    """
    return (yield from upload_pictures(dataset, pictures_of(Path(folder)), progress))


def upload_pictures(dataset: int, paths: Sequence[Path], progress: Listener = ignore) -> Steps[Upload]:
    known = done = 0
    added: list[Image] = []
    problems: list[FileProblem] = []
    for some in _groups(paths, HASHES):
        hashes = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in some}
        there = (yield from ask(calls.find_known(dataset, sorted(set(hashes.values()))))).known
        new = {sha256: path for path, sha256 in reversed(hashes.items()) if sha256 not in there}
        missing = [path for path in some if new.get(hashes[path]) == path]
        known += len(some) - len(missing)
        done += len(some) - len(missing)
        for batch in _batches(missing):
            parts = [Part(path.name, path) for path in batch]
            answer = yield from ask(once(calls.upload(dataset, parts)))
            added += answer.added
            problems += answer.problems
            done += len(batch)
            progress(Progress("uploading", done, len(paths)))
    progress(Progress("uploading", done, len(paths)))
    return Upload(tuple(added), known, tuple(problems))


def _groups(paths: Sequence[Path], size: int) -> Iterator[Sequence[Path]]:
    return (paths[first : first + size] for first in range(0, len(paths), size))


def _batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    held = 0
    for path in paths:
        size = path.stat().st_size
        if batch and (len(batch) == FILES or held + size > BYTES):
            yield batch
            batch, held = [], 0
        batch.append(path)
        held += size
    if batch:
        yield batch
