"""The training set of the ceiling holds every image that is not tested, in the trainer's form."""

from __future__ import annotations

from pathlib import Path

from bench.engine.ceiling import write, yolo_rows


def test_rows_are_shares_of_the_image() -> None:
    assert yolo_rows([(1, [10, 20, 20, 40])], 100, 200) == "1 0.200000 0.200000 0.200000 0.200000"
    assert yolo_rows([], 100, 200) == ""


def test_tested_images_are_left_out(tmp_path: Path) -> None:
    folder, room = tmp_path / "photos", tmp_path / "room"
    folder.mkdir()
    room.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"picture")
    coco = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 10, "height": 10},
            {"id": 2, "file_name": "b.jpg", "width": 10, "height": 10},
        ],
        "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}],
        "annotations": [
            {"image_id": 2, "category_id": 9, "bbox": [0, 0, 10, 10]},
            {"image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]},
        ],
    }  # fmt: skip
    assert write(room, folder, coco, {"a.jpg"}, ["cat", "dog"]) == 1
    assert [path.name for path in (room / "images").iterdir()] == ["b.jpg"]
    assert (room / "labels" / "b.txt").read_text() == "1 0.500000 0.500000 1.000000 1.000000"
