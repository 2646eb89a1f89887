"""What a person gave, as a folder that the formats can read: names in any encoding, litter and dangers left out.

`zipfile.Path` would do for the readers, but knows neither legacy names nor backslashes, bombs and links, and goes
through all names for each folder.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings

from annotations.formats.folders import is_image
from projects.images.pictures import PictureError
from projects.images.zip_entries import READ_ERRORS, Entry, entries_of, too_large

TEXTS = {".txt", ".yaml", ".yml", ".json", ".xml", ".csv"}


ZIP = ".zip"
OF_THE_WHOLE = ("zip_too_many", "zip_too_large")  # faults that leave nothing to read


class Folder(Traversable):
    """A folder of an archive; the root has no name."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self.children: dict[str, Folder | File] = {}

    @property
    def name(self) -> str:
        return self._name

    def iterdir(self) -> Iterator[Folder | File]:
        return iter(self.children.values())

    def is_dir(self) -> bool:
        return True

    def is_file(self) -> bool:
        return False

    def joinpath(self, *parts: Any) -> Any:
        found: Any = self
        for part in parts:
            for step in PurePosixPath(part).parts:
                found = found.children.get(step) or Absent(step)
        return found

    __truediv__ = joinpath

    def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
        raise IsADirectoryError(self.name)

    def read_bytes(self) -> bytes:
        raise IsADirectoryError(self.name)

    def read_text(self, encoding: str | None = None) -> str:
        raise IsADirectoryError(self.name)

    def put(self, path: PurePosixPath, file: File) -> bool:
        """Whether there was room: not where a file and a folder have one name, or two files."""
        folder = self
        for step in path.parts[:-1]:
            below = folder.children.setdefault(step, Folder(step))
            if not isinstance(below, Folder):
                return False
            folder = below
        return folder.children.setdefault(path.name, file) is file


class Absent(Folder):
    """What would lie there."""

    def is_dir(self) -> bool:
        return False


class File(Traversable):
    """A file of an archive, read when it is asked for."""

    children: dict[str, Any] = {}  # noqa: RUF012 -- there is nothing below a file

    def __init__(self, name: str, source: zipfile.ZipFile | IO[bytes], entry: Entry | None = None) -> None:
        self._name, self.source, self.entry = name, source, entry

    @property
    def name(self) -> str:
        return self._name

    def iterdir(self) -> Iterator[Traversable]:
        raise NotADirectoryError(self.name)

    def is_dir(self) -> bool:
        return False

    def is_file(self) -> bool:
        return True

    def joinpath(self, *parts: Any) -> Any:
        return Absent(str(parts[-1]))

    __truediv__ = joinpath

    @property
    def size(self) -> int:
        """Bytes, as its archive says."""
        return self.entry.info.file_size if self.entry else 0

    def read_bytes(self) -> bytes:
        """Raises PictureError."""
        limit = settings.UPLOAD_MAX_BYTES if is_image(self.name) else settings.LABELS_MAX_BYTES
        if self.entry is not None:
            return self.entry.read(self.source, limit)  # type: ignore[arg-type]
        self.source.seek(0)  # type: ignore[union-attr]
        data = self.source.read(limit + 1)  # type: ignore[call-arg, arg-type]
        if len(data) > limit:
            raise too_large(len(data), limit)
        return bytes(data)

    def read_text(self, encoding: str | None = None) -> str:
        return self.read_bytes().decode(encoding or "utf-8")

    def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
        data = io.BytesIO(self.read_bytes())
        return data if "b" in mode else io.TextIOWrapper(data, *args, **options)

    @contextmanager
    def stream(self) -> Iterator[IO[bytes]]:
        """Its bytes as they are unpacked, for whoever needs the first of them alone. Raises PictureError."""
        assert self.entry is not None
        if refusal := self.entry.refusal(settings.UPLOAD_MAX_BYTES):
            raise refusal
        try:
            with self.source.open(self.entry.info) as file:  # type: ignore[union-attr]
                yield file
        except READ_ERRORS as error:
            raise PictureError("zip_broken") from error


@dataclass(slots=True)
class Archive:
    """root: all that can be read. pictures: those of the root by their paths. others: how many files are neither
    pictures nor texts. encoding: of names that did not say theirs. files, bytes: of all its zips. refused:
    paths that cannot be read, and why.
    """

    root: Folder = field(default_factory=Folder)
    pictures: dict[str, File] = field(default_factory=dict)
    others: int = 0
    encoding: str | None = None
    files: int = 0
    bytes: int = 0
    refused: list[tuple[str, PictureError]] = field(default_factory=list)


def read_archive(stream: IO[bytes], name: str) -> Archive:
    """A zip, with the zips that lie in it, or a single file as a folder that holds only it. Raises PictureError."""
    archive = Archive()
    if not zipfile.is_zipfile(stream):
        if name.lower().endswith(".zip"):
            raise PictureError("zip_broken")
        archive.root.put(PurePosixPath(name), File(name, stream))
        return archive
    inner = []
    for source, entry in _entries(archive, stream):
        if PurePosixPath(entry.path).suffix.lower() == ZIP:
            inner.append((source, entry))
        else:
            _add(archive, entry, source)
    for source, entry in inner:
        try:
            _add_zip(archive, source, entry)
        except PictureError as error:
            if error.code in OF_THE_WHOLE:
                raise
            archive.refused.append((entry.path, error))
    return archive


def _entries(archive: Archive, stream: IO[bytes]) -> list[tuple[zipfile.ZipFile, Entry]]:
    """The files of a zip, litter aside; all of an archive's zips share its limits. Raises PictureError."""
    try:
        source = zipfile.ZipFile(stream)
        found, encoding = entries_of(source)
        archive.encoding = archive.encoding or encoding
    except READ_ERRORS as error:
        raise PictureError("zip_broken") from error
    entries = [entry for entry in found if not entry.is_litter]
    archive.files += len(entries)
    archive.bytes += sum(entry.info.file_size for entry in entries)
    if archive.files > settings.ZIP_MAX_FILES:
        raise PictureError("zip_too_many", limit=settings.ZIP_MAX_FILES)
    if archive.bytes > settings.ZIP_MAX_BYTES:
        raise PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
    return [(source, entry) for entry in entries]


def _add_zip(archive: Archive, outer: zipfile.ZipFile, zipped: Entry) -> None:
    """The files of a zip in the zip, in a folder of its name; one in that again stays shut. Raises PictureError."""
    if refusal := zipped.refusal(settings.ZIP_MAX_BYTES):
        raise refusal
    stream = tempfile.TemporaryFile()  # noqa: SIM115 -- its files are read from it later
    try:
        with outer.open(zipped.info) as packed:
            shutil.copyfileobj(packed, stream)
    except READ_ERRORS as error:
        raise PictureError("zip_broken") from error
    archive.bytes -= zipped.info.file_size  # what is in it counts instead
    entries = _entries(archive, stream)
    path = PurePosixPath(zipped.path)
    own = f"{path.stem}/"
    folder = path.parent if all(entry.path.startswith(own) for _source, entry in entries) else path.with_suffix("")
    for source, entry in entries:
        if PurePosixPath(entry.path).suffix.lower() == ZIP:
            archive.refused.append((f"{zipped.path}/{entry.path}", PictureError("zip_nested")))
        else:
            _add(archive, entry, source, folder)


def _add(archive: Archive, entry: Entry, source: zipfile.ZipFile, folder: PurePosixPath | None = None) -> None:
    path = folder / entry.path if folder else PurePosixPath(entry.path)
    file = File(path.name, source, entry)
    picture = is_image(entry.path)
    if not picture and path.suffix.lower() not in TEXTS and path.parts:
        archive.others += 1
        return
    refusal = entry.refusal(settings.UPLOAD_MAX_BYTES if picture else settings.LABELS_MAX_BYTES)
    if refusal is None and not archive.root.put(path, file):
        refusal = PictureError("zip_same_name")
    if refusal is not None:
        archive.refused.append((entry.path, refusal))
    elif picture:
        archive.pictures[str(path)] = file
