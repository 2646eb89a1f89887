"""Packed blocks of a dataset version: some hundred images with their boxes, as bytes that say the same for ever.

A block is two lengths of four bytes; then, compressed, the images as JSON (as long as the first length) with class,
author, origin and flags of all their boxes as columns of int64; then the corners as columns of float64 and the ids of
16 bytes, which no compressor makes smaller. Little-endian everywhere. Behind the flags the attributes of boxes that
have any, as JSON by the place of the box. Blocks of before there were flags, or attributes, end before them.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from annotations.attributes import Pairs, pairs_of
from annotations.geometry import XYXY
from annotations.models import Origin

ORIGINS = (Origin.PERSON, Origin.SUGGESTION, Origin.IMPORT)  # by their number in a block: only ever add to the end
NUMBER = {str(origin): place for place, origin in enumerate(ORIGINS)}
NOBODY = 0


class BoxState(NamedTuple):
    """A box as it was. key: 16 bytes, of its UUID. label, author: ids, which may be gone by now; author 0 is nobody."""

    key: bytes
    label: int
    xyxy: XYXY
    author: int
    origin: str
    flags: int = 0
    attributes: Pairs = ()

    @property
    def id(self) -> UUID:
        return UUID(bytes=self.key)


class ImageHead(NamedTuple):
    """An image as it was. file: name of its stored picture. version: of the image, which tells states of its boxes
    apart. complete: ids of classes, ascending. tags: names, in order.
    """

    id: int
    version: int
    sha256: str
    name: str
    file: str
    width: int
    height: int
    dataset_id: int
    split: str
    complete: tuple[int, ...]
    boxes: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageState:
    head: ImageHead
    boxes: tuple[BoxState, ...]


class BoxRow(NamedTuple):
    """As the database tells it, the boxes of one image after another. id: hexadecimal, with dashes or without.
    attributes: JSON.
    """

    id: str
    label: int
    x1: float
    y1: float
    x2: float
    y2: float
    author: int | None
    origin: str
    flags: int = 0
    attributes: str = "{}"


def pack_heads(heads: Sequence[ImageHead]) -> bytes:
    """What tells one state of these images from any other: as long as it is the same, so are their boxes."""
    rows = [head if head.tags else head[:-1] for head in heads]  # as before there were tags, where there are none
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def pack(heads: bytes, rows: Sequence[BoxRow]) -> bytes:
    """heads: of `pack_heads`. rows: the boxes of the images, in the order of their heads, by id within each."""
    ids, labels, *corners, authors, origins, flags, attributes = zip(*rows, strict=True) if rows else ((),) * 10
    whole = (
        array("q", labels),
        array("q", [author or NOBODY for author in authors]),
        array("q", [NUMBER[origin] for origin in origins]),
        array("q", flags),
    )
    said = {place: json.loads(text) for place, text in enumerate(attributes) if text != "{}"}
    rest = json.dumps(said, ensure_ascii=False, sort_keys=True).encode() if said else b""
    squeezed = zlib.compress(heads + b"".join(_bytes(column) for column in whole) + rest, 1)
    edges = (_bytes(array("d", column)) for column in corners)
    keys = bytes.fromhex("".join(ids).replace("-", ""))
    return b"".join((_length(heads), _length(squeezed), squeezed, *edges, keys))


def unpack_heads(data: bytes) -> list[ImageHead]:
    return _heads(*_squeezed(data)[:2])


def unpack(data: bytes, only: Collection[int] | None = None) -> Iterator[ImageState]:
    """The images of a block, in the order of their ids. only: ids of those that are wanted; the boxes of the others are
    not looked at.
    """
    text, plain, at = _squeezed(data)
    heads = _heads(text, plain)
    n = sum(head.boxes for head in heads)
    labels, authors, origins = (_column("q", plain, text + place * 8 * n, n) for place in range(3))
    has_flags = len(plain) >= text + 4 * 8 * n
    flags = _column("q", plain, text + 3 * 8 * n, n) if has_flags else array("q", bytes(8 * n))
    rest = plain[text + 4 * 8 * n :] if has_flags else b""
    said = {int(place): pairs_of(values) for place, values in (json.loads(rest) if rest else {}).items()}
    corners = [_column("d", data, at + place * 8 * n, n) for place in range(4)]
    keys, first = at + 4 * 8 * n, 0
    for head in heads:
        last = first + head.boxes
        if only is None or head.id in only:
            boxes = map(
                BoxState,
                (data[place : place + 16] for place in range(keys + 16 * first, keys + 16 * last, 16)),
                labels[first:last],
                zip(*(edges[first:last] for edges in corners), strict=True),
                authors[first:last],
                (str(ORIGINS[number]) for number in origins[first:last]),
                flags[first:last],
                (said.get(place, ()) for place in range(first, last)),
            )
            yield ImageState(head, tuple(boxes))
        first = last


def _length(part: bytes) -> bytes:
    return len(part).to_bytes(4, "little")


def _squeezed(data: bytes) -> tuple[int, bytes, int]:
    """How long the heads are, what was compressed, and where the rest begins."""
    end = 8 + int.from_bytes(data[4:8], "little")
    return int.from_bytes(data[:4], "little"), zlib.decompress(data[8:end]), end


def _heads(length: int, plain: bytes) -> list[ImageHead]:
    rows: list[list[Any]] = json.loads(plain[:length])
    return [
        ImageHead._make((*row[:9], tuple(row[9]), row[10], tuple(row[11] if len(row) > 11 else ()))) for row in rows
    ]


def _column(kind: str, data: bytes, at: int, n: int) -> array[Any]:
    column = array(kind, data[at : at + 8 * n])
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _bytes(column: array[Any]) -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()
