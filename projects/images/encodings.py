"""In which encoding bytes make the most sense that do not say theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# What zip programs wrote before they could say UTF-8; cp437 is what the format itself says, and reads anything.
LEGACY = ("cp949", "shift_jis", "gbk", "cp437")
WESTERN = frozenset("äöüßÄÖÜéèêëàáâåæçñíìîïóòôúùûÿÉÅÆÇÑ")


def encoding_of(names: Iterable[bytes], among: Sequence[str] = LEGACY) -> str:
    """The encoding in which names make the most sense: UTF-8 where it is valid, else the likeliest legacy one.

    Of the legacy ones each character votes: scripts that an encoding exists for count, rare and mixed ones do not.
    """
    written = [name for name in names if not name.isascii()]
    if _decodes(written, "utf-8"):
        return "utf-8"
    able = [encoding for encoding in among if _decodes(written, encoding)]
    return max(able, key=lambda encoding: _sense([name.decode(encoding) for name in written], encoding))


def _decodes(names: Sequence[bytes], encoding: str) -> bool:
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _sense(names: Sequence[str], encoding: str) -> float:
    foreign = [char for name in names for char in name if not char.isascii()]
    return sum(_plausible(char, encoding) for char in foreign) / max(len(foreign), 1)


def _plausible(char: str, encoding: str) -> float:
    """How likely a character is in names written in an encoding, 0..1."""
    code = ord(char)
    if encoding == "cp949":  # Korean names are Hangul; a few syllables are outside the older standard
        return (1.0 if _encodes(char, "euc_kr") else 0.6) if 0xAC00 <= code <= 0xD7A3 else 0.2
    if encoding == "shift_jis":
        kana = 0x3041 <= code <= 0x30FE
        return (
            1.0 if kana else 0.8 if 0x4E00 <= code <= 0x9FFF else 0.2
        )  # half-width kana are what other encodings look like
    if encoding == "gbk":
        lead = char.encode("gbk")[0]
        return 0.9 if 0xB0 <= lead <= 0xD7 and _encodes(char, "gb2312") else 0.4 if _encodes(char, "gb2312") else 0.1
    return 0.85 if char in WESTERN else 0.3 if char.isalpha() else 0.0


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
