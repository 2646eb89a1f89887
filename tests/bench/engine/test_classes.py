"""Several classes drawn at once: each gets its shots, and no shot image is tested."""

from __future__ import annotations

import pytest

from bench.engine.classes import draw_all

COCO = {
    "images": [{"id": number, "file_name": f"{number}.jpg"} for number in range(1, 9)],
    "annotations": [
        {"image_id": number, "category_id": 1 + number % 2, "bbox": [0, 0, 10, 10]} for number in range(1, 9)
    ],
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("shots", "most", "given", "rest"), [(1, 9, 2, 6), (2, 9, 4, 4), (2, 3, 4, 3), (9, 9, 8, 0)])
def test_each_class_gets_its_shots(seed: int, shots: int, most: int, given: int, rest: int) -> None:
    drawn = draw_all(COCO, [1, 2], shots, seed, most)
    assert (len(drawn.given), len(drawn.rest)) == (given, rest)
    assert not {image["id"] for image in drawn.given} & {image["id"] for image in drawn.rest}
    assert sum(len(boxes) for truths in drawn.truths.values() for boxes in truths.values()) == rest
