"""The file of a class model (class-ID.npz) and the facts beside it (class-ID.json), checked before either is used.

Arrays are looked at by their headers, without numpy and without a pickle: a file from elsewhere can be judged by the
web process. docs/class_model.md says what each array is.
"""

from __future__ import annotations

import ast
import math
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from training.protocol.errors import BadModel
from training.protocol.limits import BUDGETS, ENCODER_WEIGHTS

SCHEMA = 1  # of the facts
MOST_BYTES = 64 * 2**20  # of all arrays; a class model has about two megabytes
MOST_ARRAYS = 200
LONGEST_HEADER = 4096
SIGNALS = 7  # that the fusion weighs; one more where the class has a second source

# A name's kind, and its shape: a number, or a word that is the same number wherever it stands.
Shape = tuple[int | str, ...]
ARRAYS: dict[str, tuple[str, Shape]] = {
    "head_levels": ("b", ("levels",)),
    **{f"{part}_{name}": ("f", (part,)) for part in ("crop", "roi") for name in ("centre", "spread", "weight")},
    **{f"{part}_bias": ("f", (1,)) for part in ("crop", "roi", "fusion")},
    "affinity_weight": ("f", ("known",)),
    "affinity_gate": ("f", (1,)),
    "fusion_weight": ("f", (SIGNALS,)),
    "bank_features": ("f", ("bank", "crop")),
    "bank_positive": ("b", ("bank",)),
    "bank_box_id": ("i", ("bank",)),
    "bank_image_id": ("i", ("bank",)),
    "bank_xyxy": ("f", ("bank", 4)),
}
KEYPOINTS: dict[str, tuple[str, Shape]] = {
    "likeness_weight": ("f", (2,)),
    "likeness_bias": ("f", (1,)),
    "album_xy": ("f", ("points", 2)),
    "album_codes": ("u", ("points", 128)),
    "album_count": ("i", ("album",)),
    "album_positive": ("b", ("album",)),
    "album_image_id": ("i", ("album",)),
}
CORRECTOR: tuple[str, Shape] = ("b", ("steps", "levels"))
SECOND: dict[str, tuple[str, Shape]] = {
    "second_head_levels": ("b", ("levels",)),
    "fusion_weight": ("f", (SIGNALS + 1,)),
}
OF_LEVEL: tuple[tuple[str, str, Shape], ...] = (  # pattern, kind, shape; {} is the level, or step and level
    (r"head(\d)_weight", "f", ("head{}",)),
    (r"head(\d)_bias", "f", (1,)),
    (r"head(\d)_box_weight", "f", ("head{}", 4)),
    (r"head(\d)_box_bias", "f", (4,)),
    (r"corrector(\d\d)_weight", "f", ("corrector{}", 4)),
    (r"corrector(\d\d)_bias", "f", (4,)),
    (r"second_head(\d)_weight", "f", ("second_head{}",)),
    (r"second_head(\d)_bias", "f", (1,)),
    (r"second_head(\d)_box_weight", "f", ("second_head{}", 4)),
    (r"second_head(\d)_box_bias", "f", (4,)),
    (r"second_corrector(\d\d)_weight", "f", ("second_corrector{}", 4)),
    (r"second_corrector(\d\d)_bias", "f", (4,)),
)


@dataclass(frozen=True, slots=True)
class Header:
    """An array by what stands before its numbers. kind: f, i, u or b; size: bytes of one number."""

    kind: str
    size: int
    shape: tuple[int, ...]


def headers(file: Path | IO[bytes]) -> dict[str, Header]:
    """The arrays of an .npz file. Raises BadModel where it is none, is too large, or holds anything but numbers."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MOST_ARRAYS or sum(member.file_size for member in members) > MOST_BYTES:
                raise _bad("size", "is larger than a class model can be")
            found = {member.filename: _header(archive, member) for member in members}
    except (
        OSError,
        ValueError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        zipfile.BadZipFile,
    ) as error:
        raise _bad("unreadable", "cannot be read") from error
    if len(found) != len(members) or not all(name.endswith(".npy") for name in found):
        raise _bad("unreadable", "cannot be read")
    return {name.removesuffix(".npy"): header for name, header in found.items()}


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    with archive.open(member) as stream:
        magic = stream.read(8)
        if magic[:6] != b"\x93NUMPY" or magic[6] not in (1, 2):
            raise ValueError("no array")
        wide = magic[6] == 2
        [length] = struct.unpack("<I" if wide else "<H", stream.read(4 if wide else 2))
        if length > LONGEST_HEADER:
            raise ValueError("a header that is too long")
        raw = ast.literal_eval(stream.read(length).decode("latin-1"))
    match = re.fullmatch(r"[<|]([fiub])([1248])", str(raw["descr"]))
    shape = raw["shape"]
    if match is None or raw["fortran_order"] or not all(type(edge) is int and edge >= 0 for edge in shape):
        raise ValueError("an array of something else than numbers")
    header = Header(match[1], int(match[2]), tuple(shape))
    before = 8 + (4 if wide else 2) + length
    if member.file_size != before + header.size * math.prod(header.shape):
        raise ValueError("an array that is cut")
    return header


def check_arrays(found: Mapping[str, Header]) -> dict[str, int]:
    """Whether these are the arrays of one class model that fit each other. Returns the sizes by word. Raises
    BadModel.
    """
    expected = dict(ARRAYS)
    if KEYPOINTS.keys() & found.keys():
        expected |= KEYPOINTS
    if "second_head_levels" in found:
        expected |= SECOND
    for name in ("corrector", "second_corrector"):
        if name in found:
            expected[name] = CORRECTOR
    for name in found:
        for pattern, kind, shape in OF_LEVEL:
            if match := re.fullmatch(pattern, name):
                words = (edge.format(match[1]) if isinstance(edge, str) else edge for edge in shape)
                expected[name] = (kind, tuple(words))
    if expected.keys() != found.keys():
        odd = sorted(expected.keys() ^ found.keys())
        raise _bad("arrays", f"does not hold the arrays of a class model ({', '.join(odd[:5])})")
    sizes: dict[str, int] = {}
    for name, (kind, shape) in expected.items():
        header = found[name]
        fits = header.kind == kind and len(header.shape) == len(shape) and all(
            (sizes.setdefault(edge, length) if isinstance(edge, str) else edge) == length
            for edge, length in zip(shape, header.shape, strict=True)
        )  # fmt: skip
        if not fits:
            raise _bad("arrays", f"holds {name} in another form than this version reads")
    return sizes


# --- facts ------------------------------------------------------------------------------------------------------------
def check_facts(facts: Mapping[str, Any]) -> None:
    """Whether this version can use the facts beside a model's file. Raises BadModel."""
    if facts.get("schema") != SCHEMA:
        raise _bad("schema", f"is of form {facts.get('schema')!r}; this version reads form {SCHEMA}")
    for name, right in FACTS.items():
        if not right(facts.get(name)):
            raise _bad("facts", f"says nothing usable of {name}")


def encoder_of(facts: Mapping[str, Any]) -> str | None:
    """The name of the crop encoder that a model was fitted with; None where it is none of ours."""
    names = {one.get("name") for one in facts.get("weights") or () if isinstance(one, dict)}
    return next((name for name, file in ENCODER_WEIGHTS.items() if file in names), None)


def detector_of(facts: Mapping[str, Any]) -> str | None:
    """The file of the frozen detector that a model was fitted with; None where it does not say."""
    tuning = facts.get("tuning")
    detector = tuning.get("detector") if isinstance(tuning, dict) else None
    name = detector.get(facts.get("budget")) if isinstance(detector, dict) else None
    return name if isinstance(name, str) else None


def _bad(reason: str, words: str) -> BadModel:
    return BadModel(f"The class model {words}.", reason=reason)


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _share(value: Any) -> bool:
    return _finite(value) and 0 <= value <= 1


def _object(**fields: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(right(value.get(name)) for name, right in fields.items())


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) < 200


def _curve(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(point, list) and len(point) == 3 and all(map(_finite, point)) for point in value
    )


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


FACTS: dict[str, Callable[[Any], bool]] = {
    "rules": _object(overlap=_share, nested=lambda value: isinstance(value, bool), inside=_share),
    "measured": _object(
        shots=_whole(0, 10**7), threshold_review=_share, threshold_auto=_share,
        measured=lambda value: value in ("loo", "none"), pr_curve=_curve,
    ),
    "outliers": lambda value: isinstance(value, list) and all(type(one) is int for one in value),
    "worst": _objects,
    "input_size": _whole(32, 8192),
    "most_candidates": _whole(1, 10_000),
    "budget": lambda value: value in BUDGETS,
    "detector": _text,
    "encoder": _text,
    "second": lambda value: value is None or _text(value),
    "weights": _objects,
    "tuning": lambda value: isinstance(value, dict),
}  # fmt: skip
