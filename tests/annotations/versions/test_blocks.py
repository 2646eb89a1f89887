"""Packed blocks come back as the very values that went in."""

from __future__ import annotations

import json
import sys
import uuid
import zlib

import pytest

from annotations.versions.blocks import BoxRow, BoxState, ImageHead, pack, pack_heads, unpack, unpack_heads

TINY = sys.float_info.min
KEY = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")


def row(
    key: uuid.UUID = KEY, label: int = 1, author: int | None = None, origin: str = "person", *edges: float
) -> BoxRow:
    x1, y1, x2, y2 = edges or (0.1, 0.2, 30.3, 40.4)
    return BoxRow(str(key), label, x1, y1, x2, y2, author, origin, 17 if label > 5 else 0)


def as_row(box: BoxState) -> BoxRow:
    said = json.dumps(dict(box.attributes))
    return BoxRow(str(box.id), box.label, *box.xyxy, box.author or None, box.origin, box.flags, said)


@pytest.mark.parametrize(
    ("names", "boxes"),
    [
        ([], []),
        (["empty.jpg"], [[]]),
        (
            ["한글.jpg", "한글", 'a"b\\c\n.png', "🐈#%.jpg"],
            [[row()], [], [row(label=2**62)._replace(attributes='{"colour": "red", "doors": 4}')], []],
        ),
        (["a"], [[row(KEY, 1, 2**62, "import", TINY, -0.0, 1 / 3, 1e300), row(uuid.UUID(int=0), 9, 5, "suggestion")]]),
    ],
)
def test_a_block_gives_back_what_went_in(names: list[str], boxes: list[list[BoxRow]]) -> None:
    heads = [
        ImageHead(pk, 3, "ab" * 32, name, f"images/{pk}.jpg", 640, 480, 7, "val", (1, 5), len(rows))
        for pk, (name, rows) in enumerate(zip(names, boxes, strict=True), start=1)
    ]
    data = pack(pack_heads(heads), [box for rows in boxes for box in rows])
    states = list(unpack(data))
    assert [state.head for state in states] == heads == unpack_heads(data)
    assert [[as_row(box) for box in state.boxes] for state in states] == boxes


def test_the_same_rows_are_the_same_bytes_with_dashes_and_without() -> None:
    head = pack_heads([ImageHead(1, 1, "", "a", "", 1, 1, 1, "", (), 1)])
    assert pack(head, [row()]) == pack(head, [row()._replace(id=KEY.hex)])


def test_a_block_of_before_there_were_flags_is_read_too() -> None:
    head = ImageHead(1, 1, "", "a", "", 1, 1, 1, "", (), 2)
    data = pack(pack_heads([head]), [row(), row(uuid.UUID(int=5), 9)])
    end = 8 + int.from_bytes(data[4:8], "little")
    plain = zlib.decompress(data[8:end])[: -2 * 8]
    squeezed = zlib.compress(plain, 1)
    old = data[:4] + len(squeezed).to_bytes(4, "little") + squeezed + data[end:]
    [state] = unpack(old)
    assert [(box.label, box.xyxy, box.flags) for box in state.boxes] == [
        (1, (0.1, 0.2, 30.3, 40.4), 0),
        (9, (0.1, 0.2, 30.3, 40.4), 0),
    ]
