"""The files inside a zip: their names in any encoding, what of them is litter or labels, and which are refused unread.

No database.
"""

from __future__ import annotations

import stat
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from projects.images.encodings import encoding_of
from projects.images.pictures import PictureError

MAX_RATIO = 200  # a picture that unpacks to 200 times its size is a bomb, not a picture
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
LITTER_FOLDERS = {"__macosx", "@eadir", "$recycle.bin", ".git", ".svn", "__pycache__"}
LITTER_FILES = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "icon"}
LABEL_SUFFIXES = {".txt", ".yaml", ".yml", ".json", ".xml", ".csv"}
READ_ERRORS = (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a zip. path: as a person would write it, empty where the zip gives it no name."""

    info: zipfile.ZipInfo
    path: str

    @property
    def is_litter(self) -> bool:
        """What systems leave in folders without being asked."""
        parts = [part.casefold() for part in PurePosixPath(self.path).parts]
        if not parts:
            return False
        named = parts[-1].startswith("._") or parts[-1] in LITTER_FILES
        return named or not LITTER_FOLDERS.isdisjoint(parts[:-1])

    @property
    def is_labels(self) -> bool:
        """Whether it may hold labels, which zips of images bring along."""
        return PurePosixPath(self.path).suffix.casefold() in LABEL_SUFFIXES

    def refusal(self, limit: int) -> PictureError | None:
        """Why its bytes are not to be read, as far as its header tells; limit: bytes of the largest file."""
        parts = PurePosixPath(self.path).parts
        if not parts:
            return PictureError("zip_no_name")
        if self.path.startswith("/") or ".." in parts or ":" in parts[0]:
            return PictureError("unsafe_path")
        if stat.S_ISLNK(self.info.external_attr >> 16):
            return PictureError("zip_link")
        if self.info.flag_bits & ENCRYPTED_FLAG:
            return PictureError("zip_encrypted")
        if self.info.file_size > limit:
            return too_large(self.info.file_size, limit)
        if self.info.file_size > MAX_RATIO * max(self.info.compress_size, 1):
            return PictureError("zip_ratio", ratio=MAX_RATIO)
        return None

    def read(self, archive: zipfile.ZipFile, limit: int) -> bytes:
        """Its bytes, never more than `limit`. Raises PictureError."""
        if refusal := self.refusal(limit):
            raise refusal
        try:
            with archive.open(self.info) as file:
                data = file.read(limit + 1)
        except READ_ERRORS as error:
            raise PictureError("zip_broken") from error
        if len(data) > limit:
            raise too_large(len(data), limit)
        return data


def entries_of(archive: zipfile.ZipFile) -> tuple[list[Entry], str | None]:
    """The files of a zip, and the encoding that names without the UTF-8 flag were read in; None where all names are
    plain.
    """
    infos = [info for info in archive.infolist() if not _is_folder(info)]
    raw = [_raw_name(info) for info in infos]
    legacy = [name for info, name in zip(infos, raw, strict=True) if not info.flag_bits & UTF8_FLAG]
    encoding = encoding_of(legacy)
    entries = [
        Entry(info, _clean(info.orig_filename if info.flag_bits & UTF8_FLAG else name.decode(encoding, "replace")))
        for info, name in zip(infos, raw, strict=True)
    ]
    return entries, None if all(name.isascii() for name in legacy) else encoding


def too_large(size: int, limit: int) -> PictureError:
    """The refusal of a file of `size` bytes."""
    return PictureError("too_large", mb=round(size / 2**20), limit=limit // 2**20)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\")) and info.file_size == 0


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return b"" if info.flag_bits & UTF8_FLAG else info.orig_filename.encode("cp437")


def _clean(name: str) -> str:
    """A name is not cut at a NUL, as the zip reader would: a file of another name could hide behind it."""
    return "" if "\0" in name or not name.strip(" ./\\") else name.replace("\\", "/")
