"""Brush masks as Label Studio's own converter packs them (label_studio_sdk.converter.brush.mask2rle)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import label_studio
from annotations.formats.brush import around_brush

# 8 x 6: two rows from (3, 2) to (6, 3) and one pixel at (5, 4).
SMALL = [0, 0, 0, 192, 57, 27, 254, 75, 0, 191, 255, 124, 2, 255, 254, 23, 0, 143, 255, 19, 128, 0]


def test_the_box_around_what_is_painted() -> None:
    assert around_brush(bytes(SMALL), 8, 6) == (3, 2, 7, 5)


@pytest.mark.parametrize(
    ("packed", "width"), [(SMALL, 9), (SMALL[:12], 8), ([], 8), ([*SMALL[:3], 191, *SMALL[4:]], 8)]
)
def test_what_is_no_mask_of_this_size(packed: list[int], width: int) -> None:
    with pytest.raises(ValueError, match=r"^\d*"):
        around_brush(bytes(packed), width, 6)


def task(value: dict[str, Any], **more: Any) -> str:
    region = {"id": "a", "type": "brushlabels", "original_width": 8, "original_height": 6, "value": value} | more
    return json.dumps([{"data": {"image": "a.jpg"}, "annotations": [{"result": [region]}]}])


def read(folder: Path, text: str) -> Any:
    (folder / "tasks.json").write_text(text)
    return label_studio.read(folder, lambda _name: None)


def test_a_mask_becomes_a_box_and_that_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, task({"format": "rle", "rle": SMALL, "brushlabels": ["cat"]}))
    (image,) = found.images
    assert [(box.label, box.xyxy) for box in image.boxes] == [("cat", (3, 2, 7, 5))]
    assert [str(notice) for notice in found.notices] == [
        "tasks.json: 1 outlines became the boxes around them; this is the first."
    ]


@pytest.mark.parametrize("rle", [SMALL[:9], [0, 1, 2], ["x"], [300]])
def test_a_broken_mask_is_a_problem_of_its_image(tmp_path: Path, rle: Any) -> None:
    found = read(tmp_path, task({"format": "rle", "rle": rle, "brushlabels": ["cat"]}))
    assert (found.images, len(found.problems)) == ((), 1)


def test_a_mask_that_is_a_picture_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, task({"imageDataURL": "data:image/png;base64,AAAA", "brushlabels": ["cat"]}))
    assert [image.boxes for image in found.images] == [()]
    assert "are no boxes" in str(found.notices[0])
