"""Text out of label files as editors and exporters write them, and the words in them that mean the same."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from annotations.formats.types import FormatError, marked
from projects.images.encodings import encoding_of

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OLDER = {"cp949", "euc_kr", "johab", "gbk", "gb2312", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "koi8-r"}
_GUESSED = ("cp949", "shift_jis", "gbk", "cp1252")
_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_UNKEPT = re.compile("[\0\ud800-\udfff]")
_DRIVE = re.compile(r"^[A-Za-z]:(?=[\\/])")
_SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def decoded(raw: bytes, file: str, declared: str = "") -> tuple[str, str]:
    """The text, and the older encoding that it is in, "" for UTF-8 with or without a byte-order mark and UTF-16.

    declared: what the file itself says, as XML does. Raises FormatError.
    """
    try:
        if raw.startswith(_UTF16):
            return clean(raw.decode("utf-16")), ""
        if raw[1:2] == b"\0" or raw[:1] == b"\0":  # UTF-16 of which nobody says so: the first letter is a Latin one
            return clean(raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-16-le")), ""
        if _older(declared) is None:
            return clean(raw.decode("utf-8-sig")), ""
    except UnicodeDecodeError:
        pass
    encoding = _older(declared) or _guess(raw)
    try:
        return clean(raw.decode(encoding)), encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise FormatError(file, None, marked("This is not text in UTF-8.")) from error


def clean(text: str) -> str:
    """Text that can be kept and sent: NUL and halves of surrogate pairs, which no database takes, become U+FFFD."""
    if text.isascii():  # known without looking at it; label files are long
        return text.replace("\0", "\ufffd")
    return _UNKEPT.sub("\ufffd", text)


def _older(name: str) -> str | None:
    """A declared encoding that is neither UTF-8 nor its like, None where it is no such one that texts are in."""
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return None
    return found if found in _OLDER or found.startswith(("cp125", "iso8859")) else None


def _guess(raw: bytes) -> str:
    """By the lines that are not plain; "" where it is no text at all."""
    if _CONTROLS.search(raw):
        return ""
    lines = [line for line in raw.splitlines() if not line.isascii()]
    able = [encoding for encoding in _GUESSED if _decodes(raw, encoding)]
    return encoding_of(lines[:200], able) if able else ""


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def relative(name: str) -> str:
    """A picture's name as a relative path with "/": without drive, leading slash, "." and "..", and space behind it."""
    parts = _DRIVE.sub("", clean(name).rstrip()).replace("\\", "/").split("/")
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
