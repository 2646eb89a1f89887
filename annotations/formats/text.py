"""Text out of label files as editors and exporters write them, and the words in them that mean the same."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from annotations.formats.types import FormatError, marked

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DRIVE = re.compile(r"^[A-Za-z]:(?=[\\/])")
_SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def decoded(raw: bytes, file: str) -> str:
    """UTF-8 with or without a byte-order mark, or UTF-16. Raises FormatError."""
    try:
        if raw.startswith(_UTF16):
            return raw.decode("utf-16")
        if raw[1:2] == b"\0" or raw[:1] == b"\0":  # UTF-16 of which nobody says so: the first letter is a Latin one
            return raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-16-le")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(file, None, marked("This is not text in UTF-8.")) from error


def relative(name: str) -> str:
    """A picture's name as a relative path with "/": without drive, leading slash, "." and "..", and space behind it."""
    parts = _DRIVE.sub("", name.rstrip()).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def without_images(path: str) -> str:
    """The name of the picture at a path: exports keep pictures in "images", which is no part of their names."""
    return path.removeprefix("images/")


def split_word(word: object) -> str:
    """One of SPLITS by any of its usual names, else ""."""
    return _SPLIT_WORDS.get(str(word).strip().lower(), "")


def split_of_path(path: PurePosixPath) -> str:
    """The split that a label file's folder or name says: train/_annotations.coco.json, instances_val2017.json."""
    stem = re.sub(
        r"^(instances|annotations)_|[0-9]{4}$|[._-](annotations|instances|coco)\b", "", path.name.split(".")[0]
    )
    return split_word(stem) or split_of_folders(str(path))


def split_of_folders(path: str) -> str:
    """The split that the innermost of a file's folders says, "" where none is called so."""
    return next(filter(None, map(split_word, reversed(path.split("/")[:-1]))), "")
