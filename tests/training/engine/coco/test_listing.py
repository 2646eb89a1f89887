"""COCO files as other tools write them, read by the engine: the cases that went wrong once, and their kin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from training.engine.coco.listing import BadShots, listing
from training.engine.coco.shots import job_images, read
from training.engine.coco.truth import Truth

SHARED = Path(__file__).resolve().parents[5] / "shared"
BOX: dict[str, Any] = {"id": 9, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
OK: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "x.jpg"}], "categories": [{"id": 1, "name": "a"}], "annotations": [BOX],
}  # fmt: skip


def written(tmp_path: Path, encoding: str = "utf-8", **changes: Any) -> Path:
    path = tmp_path / "shots.json"
    path.write_text(json.dumps({**OK, **changes}, ensure_ascii=False), encoding=encoding)
    return path


def reported(name: str) -> Path:
    path = SHARED / "bugs" / "shots" / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path


@pytest.mark.parametrize(
    ("name", "boxes", "notes"),
    [
        ("bom.json", 5, 0),
        ("string_ids.json", 5, 0),
        ("no_bbox_seg.json", 6, 1),
        ("upper_case.json", 5, 5),
        ("windows_abs.json", 5, 5),
    ],
)
def test_reported_shots_are_read_and_reported(name: str, boxes: int, notes: int) -> None:
    shots = read(reported(name), SHARED / "data" / "raccoon" / "images")
    assert sum(len(image.boxes) for image in shots.images) == boxes
    assert all(image.path.name.startswith("raccoon-") for image in shots.images)
    assert len(shots.notes) == notes


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dup_image_id.json", "image id 1 is there twice, for raccoon-1.jpg and raccoon-10.jpg"),
        ("dup_cat_id.json", "category id 1 is there twice, for raccoon and dog"),
        ("same_name_twice.json", "categories 1 and 2 have the same name, raccoon"),
    ],
)
def test_reported_doubles_are_refused_naming_both(name: str, words: str) -> None:
    with pytest.raises(BadShots, match=words):
        listing(reported(name), "shots")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_will_do(encoding: str, tmp_path: Path) -> None:
    found = listing(written(tmp_path, encoding, categories=[{"id": 1, "name": "고양이 "}]), "shots")
    assert found.categories == [{"id": 1, "name": "고양이"}]


@pytest.mark.parametrize(
    ("id", "named", "number"), [("1", 1, 1), (1.0, "1", 1), (" 7 ", 7.0, 7), ("cat", "cat", 1), (0, "0", 0)]
)
def test_ids_may_be_text_or_whole_floats(id: Any, named: Any, number: int, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        images=[{"id": id, "file_name": "x.jpg"}],
        categories=[{"id": id, "name": "a"}],
        annotations=[{**BOX, "id": "box", "image_id": named, "category_id": named}],
    )
    found = listing(path, "shots")
    assert found.categories == [{"id": number, "name": "a"}]
    assert list(found.boxes.values()) == [[(1, number, [1.0, 2.0, 4.0, 6.0])]]
    assert Truth.read(path).boxes == {"x.jpg": {"a": [[1.0, 2.0, 4.0, 6.0]]}}


@pytest.mark.parametrize(
    "outline",
    [
        [[2, 3, 8, 3, 8, 9, 2, 9]],
        [2, 3, 8, 3, 8, 9, 2, 9],
        [["2", "3", "8", "9"]],
        {"size": [20, 20], "counts": [43, 6, 14, 6, 14, 6, 14, 6, 14, 6, 14, 6, 251]},
    ],
)
@pytest.mark.parametrize("bbox", [{}, {"bbox": []}, {"bbox": None}])
def test_an_outline_is_the_box_around_it_and_reported(outline: Any, bbox: dict[str, Any], tmp_path: Path) -> None:
    row = {key: value for key, value in BOX.items() if key != "bbox"} | bbox | {"segmentation": outline}
    found = listing(written(tmp_path, annotations=[row]), "shots")
    assert found.boxes[1] == [(9, 1, [2.0, 3.0, 8.0, 9.0])]
    assert found.notes == ["Annotation 9 became the box around its outline."]


def test_a_compressed_mask_is_read_as_pycocotools_writes_it(tmp_path: Path) -> None:
    import numpy as np
    from pycocotools import mask

    picture = np.zeros((37, 53), dtype=np.uint8)
    picture[5:30, 7:50] = np.random.default_rng(3).random((25, 43)) < 0.2
    ys, xs = np.nonzero(picture)
    counts = mask.encode(np.asfortranarray(picture))["counts"].decode()
    row = {**BOX, "bbox": [], "segmentation": {"size": [37, 53], "counts": counts}}
    found = listing(written(tmp_path, annotations=[row]), "shots")
    assert found.boxes[1][0][2] == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"image_id": 2}, "names image 2"),
        ({"category_id": None}, "names category None"),
        ({"bbox": [1, 2, 3]}, "annotation 9 needs a bbox"),
        ({"bbox": [1, 2, 3, "x"]}, "needs a bbox"),
        ({"bbox": [1, 2, 3, float("nan")]}, "needs a bbox"),
        ({"bbox": [], "segmentation": []}, "needs a bbox"),
        ({"bbox": [], "segmentation": [[1, 2, 3]]}, "needs a bbox"),
        ({"bbox": [], "segmentation": {"size": [2, 2], "counts": [0, 9]}}, "needs a bbox"),
        ({"bbox": [], "segmentation": {"size": [2, 2], "counts": "~"}}, "needs a bbox"),
    ],
)
def test_a_bad_row_is_refused_by_its_id(row: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(BadShots, match=words):
        listing(written(tmp_path, annotations=[{**BOX, **row}]), "shots")


def test_crowds_and_empty_boxes_are_left_out_and_reported(tmp_path: Path) -> None:
    rows = [{**BOX, "iscrowd": 1}, {**BOX, "id": 10, "bbox": ["1", "2", "0", "4"]}, {**BOX, "id": 11, "iscrowd": 0}]
    found = listing(written(tmp_path, annotations=rows), "shots")
    assert [box[0] for box in found.boxes[1]] == [11]
    assert found.notes == ["Annotation 9 is left out: a crowd.", "Annotation 10 is left out: its box is empty."]


@pytest.mark.parametrize(
    "name", ["X.JPG", "D:\\set\\x.jpg", "./x.jpg", "..\\set\\x.jpg", "/abs/x.jpg", "x.jpg \r", "sub/x.jpg"]
)
def test_an_image_is_found_by_its_name_however_it_is_written(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "images" / "deep"
    folder.mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(folder / "x.jpg")
    shots = read(written(tmp_path, images=[{"id": 1, "file_name": name}]), tmp_path / "images")
    assert shots.images[0].path == folder / "x.jpg"


def test_a_name_in_another_case_must_fit_one_image_alone(tmp_path: Path) -> None:
    for name in ("a/x.jpg", "b/X.jpg"):
        (tmp_path / name).parent.mkdir()
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    with pytest.raises(BadShots, match="2 files of that name"):
        read(written(tmp_path, images=[{"id": 1, "file_name": "X.JPG"}]), tmp_path)
    assert read(written(tmp_path), tmp_path).images[0].path == tmp_path / "a" / "x.jpg"


LONG, HUGE = "9" * 5000, "1e999999999"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("[1, 2, 3, 4]", f"[{value}, 2, 3, 4]") for value in (HUGE, f'"{LONG}"', "NaN", "1e300", LONG, "[1]")),
        *(('"image_id": 1', f'"image_id": {value}') for value in (f'"{LONG}"', "9" * 4000, HUGE, "[1]", "NaN")),
        *(('"category_id": 1', f'"category_id": {value}') for value in (f'"{LONG}"', "{}")),
        ('"bbox": [1, 2, 3, 4]', f'"segmentation": {{"size": [{HUGE}, 9], "counts": [1, 2]}}'),
        ('"bbox": [1, 2, 3, 4]', f'"segmentation": {{"size": [9, 9], "counts": [1, {HUGE}]}}'),
    ],
)
@pytest.mark.parametrize("read_it", [lambda path: listing(path, "shots"), Truth.read])
def test_numbers_beyond_all_measure_are_sentences(old: str, new: str, read_it: Any, tmp_path: Path) -> None:
    path = written(tmp_path)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadShots) as error:
        read_it(path)
    str(error.value).encode()


@pytest.mark.parametrize("letter", ["\\ud800", "\\u0000"])
def test_text_that_no_file_name_holds_is_cleaned(letter: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    text = (
        path.read_text()
        .replace('"a"', f'"a{letter}"')
        .replace("x.jpg", f"x{letter}.jpg")
        .replace(": 1", f': "i{letter}"')
    )
    path.write_text(text)
    assert [row["name"] for row in listing(path, "shots").categories] == ["a\ufffd"]
    with pytest.raises(BadShots, match="lies neither beside"):
        read(path, tmp_path)


def test_a_shot_that_misses_a_box_is_not_fully_labelled(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "x.jpg")
    categories = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    boxes = [BOX, BOX | {"id": 10, "category_id": 2}, BOX | {"id": 11, "bbox": [500, 500, 50, 50]}]
    shots = read(written(tmp_path, categories=categories, annotations=boxes), tmp_path)
    assert [box[0] for box in shots.images[0].boxes] == [9, 10]
    assert job_images(shots, [])[0]["complete_for"] == [2]
    assert "Annotation 11 is left out" in shots.notes[0]


@pytest.mark.parametrize(("size", "words"), [((10, 20), "lies on its side"), ((200, 200), "200 × 200 pixels")])
def test_shots_of_another_shape_are_refused(size: tuple[int, int], words: str, tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "x.jpg")
    images = [{"id": 1, "file_name": "x.jpg", "width": size[0], "height": size[1]}]
    with pytest.raises(BadShots, match=words):
        read(written(tmp_path, images=images), tmp_path)


@pytest.mark.parametrize("size", [(40, 20), (41, 20), (10, 5)])
def test_boxes_of_a_larger_or_smaller_copy_are_scaled(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "x.jpg")
    images = [{"id": 1, "file_name": "x.jpg", "width": size[0], "height": size[1]}]
    [shot] = read(written(tmp_path, images=images, annotations=[BOX | {"bbox": [2, 2, 4, 3]}]), tmp_path).images
    scale = 20 / size[0]
    assert shot.boxes[0][2] == pytest.approx([2 * scale, 2 * scale, 6 * scale, 5 * scale])
