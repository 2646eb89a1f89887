"""COCO, both ways: exact boxes, ids in any spelling, and what is wrong named with its place."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from annotations.formats import FormatError, LabelledBox, LabelledImage, LabelledSet, coco
from annotations.formats.coco_file import to_xywh, to_xyxy
from tests.annotations.formats.labelled import (
    by_name,
    folder_of,
    labelled_sets,
    random_box,
    random_set,
    reported,
    written,
    zip_of,
)

OK: dict[str, Any] = {
    "categories": [{"id": 1, "name": "a"}],
    "images": [{"id": 1, "file_name": "x.jpg", "width": 20, "height": 20}],
}
BOX: dict[str, Any] = {"id": 9, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}


def unknown(name: str) -> None:
    return None


def parsed(**changes: Any) -> LabelledSet:
    return coco.parse(json.dumps({**OK, "annotations": [BOX], **changes}), file="mine.json")


def boxes(labelled: LabelledSet) -> list[LabelledBox]:
    return [box for image in labelled for box in image.boxes]


@settings(max_examples=60, deadline=None)
@given(labelled_sets(ids=True, complete=True))
def test_one_file_returns_the_same(labelled: LabelledSet) -> None:
    assert coco.parse("".join(coco.write(labelled))) == labelled


@settings(max_examples=30, deadline=None)
@given(labelled_sets(ids=True))
def test_a_folder_returns_the_same_with_and_without_splits(labelled: LabelledSet) -> None:
    assert by_name(coco.read(zip_of(written(coco.members(labelled))), unknown)) == by_name(labelled)


def test_a_file_for_each_split(tmp_path: Path) -> None:
    labelled = LabelledSet(("a",), tuple(LabelledImage(f"{s}.jpg", 5, 5, split=s) for s in ("", "train", "test")))
    assert list(written(coco.members(labelled))) == [
        "annotations/instances_train.json", "annotations/instances_test.json", "annotations/instances_default.json",
    ]  # fmt: skip
    assert list(written(coco.members(replace(labelled, images=())))) == ["annotations.json"]


@pytest.mark.parametrize(
    "xyxy",
    [
        (0.1, 0.2, 0.30000000000000004, 0.7),
        (1 / 3, 2 / 3, 4096.000000000001, 8191.999999999999),
        (5e-324, 1e-300, 1e-12, 2.0),
        (0.0, 0.0, 0.0, 0.0),
        (1023.9999999999999, 3, 1024, 4),
    ],
)
def test_sizes_add_up_to_the_same_corners(xyxy: tuple[float, float, float, float]) -> None:
    assert to_xyxy(to_xywh(xyxy)) == xyxy


def test_sizes_add_up_for_many_boxes() -> None:
    rng = random.Random(7)
    for _ in range(50_000):
        xyxy = random_box(rng, 10 ** rng.randint(0, 5), 10 ** rng.randint(0, 5))
        assert to_xyxy(to_xywh(xyxy)) == xyxy


def test_it_says_ids_areas_and_images_without_boxes() -> None:
    labelled = LabelledSet(
        ("cat", "dog"),
        (
            LabelledImage("a.jpg", 100, 80, (LabelledBox("dog", (10.5, 20, 30, 25.25)),), id=7),
            LabelledImage("b.jpg", 10, 20, id=9),
        ),
        class_ids=(0, 17),
        description="Mine",
    )
    found = json.loads("".join(coco.write(labelled)))
    assert found["info"] == {"description": "Mine"}
    assert [(c["id"], c["name"]) for c in found["categories"]] == [(0, "cat"), (17, "dog")]
    assert found["images"] == [
        {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80},
        {"id": 9, "file_name": "b.jpg", "width": 10, "height": 20},
    ]
    (only,) = found["annotations"]
    assert only["bbox"] == [10.5, 20, 19.5, 5.25]
    assert (only["image_id"], only["category_id"], only["area"], only["iscrowd"]) == (7, 17, 19.5 * 5.25, 0)


def test_nothing_is_a_file_still() -> None:
    assert coco.parse("".join(coco.write(LabelledSet((), ())))) == LabelledSet((), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_will_do(encoding: str) -> None:
    text = json.dumps({**OK, "categories": [{"id": 1, "name": "고양이"}], "annotations": [BOX]}, ensure_ascii=False)
    assert coco.parse(text.encode(encoding)).classes == ("고양이",)


@pytest.mark.parametrize(
    ("image_id", "named"), [("1", 1), (1.0, "1"), ("1.0", 1), (" 1 ", "1"), ("img-1", "img-1"), (0, "0"), ("007", 7)]
)
def test_ids_may_be_text_or_whole_floats(image_id: Any, named: Any) -> None:
    labelled = parsed(
        images=[{**OK["images"][0], "id": image_id}],
        categories=[{"id": image_id, "name": "a"}],
        annotations=[{**BOX, "image_id": named, "category_id": named}],
    )
    assert [box.label for box in boxes(labelled)] == ["a"]
    assert not labelled.problems


def test_numbers_may_be_text() -> None:
    labelled = parsed(
        images=[{"id": 1, "file_name": "x.jpg ", "width": "650", "height": 417.0}],
        annotations=[{**BOX, "bbox": ["1.5", "2", " 3", "4"], "iscrowd": "0"}],
    )
    assert labelled.images == (LabelledImage("x.jpg", 650, 417, (LabelledBox("a", (1.5, 2, 4.5, 6)),)),)


@pytest.mark.parametrize(
    ("written_name", "name"),
    [
        ("D:\\data\\set\\x.jpg", "data/set/x.jpg"),
        ("./a/x.jpg", "a/x.jpg"),
        ("/abs/x.jpg\r", "abs/x.jpg"),
        ("../../x.jpg", "x.jpg"),
        (" x y.jpg", " x y.jpg"),
    ],
)
def test_names_are_relative_paths(written_name: str, name: str) -> None:
    assert parsed(images=[{**OK["images"][0], "file_name": written_name}]).images[0].name == name


SQUARE = [2, 3, 8, 3, 8, 9, 2, 9]
MASK = np.zeros((20, 20), dtype=np.uint8)
MASK[3:9, 2:8] = 1
RUNS = [43, 6, 14, 6, 14, 6, 14, 6, 14, 6, 14, 6, 251]


def compressed() -> str:
    from pycocotools import mask

    return str(mask.encode(np.asfortranarray(MASK))["counts"].decode())


@pytest.mark.parametrize(
    "outline",
    [
        [SQUARE],
        SQUARE,
        [[str(value) for value in SQUARE]],
        [[2, 3, 4, 3, 4, 9], [8, 3, 8, 9, 5, 5]],
        {"size": [20, 20], "counts": RUNS},
        {"size": ["20", 20.0], "counts": RUNS},
        {"size": [20, 20], "counts": compressed()},
    ],
)
@pytest.mark.parametrize("bbox", [{}, {"bbox": []}, {"bbox": None}])
def test_an_outline_is_the_box_around_it_and_reported(outline: Any, bbox: dict[str, Any]) -> None:
    row = {key: value for key, value in BOX.items() if key != "bbox"} | bbox | {"segmentation": outline}
    labelled = parsed(annotations=[row, row])
    assert [box.xyxy for box in boxes(labelled)] == [(2, 3, 8, 9)] * 2
    (notice,) = labelled.notices
    assert str(notice) == "mine.json: 2 outlines became the boxes around them; this is the first."


@pytest.mark.parametrize("seed", range(10))
def test_masks_are_read_as_pycocotools_writes_them(seed: int) -> None:
    from pycocotools import mask

    rng = np.random.default_rng(seed)
    picture = (rng.random((37, 53)) < rng.choice([0.001, 0.01, 0.5])).astype(np.uint8)
    picture[rng.integers(37), rng.integers(53)] = 1
    counts = mask.encode(np.asfortranarray(picture))["counts"].decode()
    row = {**BOX, "bbox": [], "segmentation": {"size": [37, 53], "counts": counts}}
    ys, xs = np.nonzero(picture)
    around = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert [box.xyxy for box in boxes(parsed(annotations=[row]))] == [around]


def test_crowds_and_attributes_are_flags() -> None:
    said = {"attributes": {"occluded": True, "truncated": False, "colour": "red"}}
    region = {"iscrowd": 1, "attributes": {"ignore": True}}
    rows = [{**BOX, "iscrowd": 1}, {**BOX, **said}, {**BOX, **region}, BOX]
    assert [box.flags for box in boxes(parsed(annotations=rows))] == [("crowd",), ("occluded",), ("ignore",), ()]


def test_a_box_with_a_score_is_a_prediction() -> None:
    labelled = parsed(annotations=[{**BOX, "score": 0.75}, BOX])
    (image,) = labelled
    assert image.predictions == (LabelledBox("a", (1, 2, 4, 6), 0.75),)
    assert len(image.boxes) == 1


def test_a_turned_box_is_the_upright_one_around_it_and_reported() -> None:
    labelled = parsed(annotations=[{**BOX, "bbox": [4, 4, 4, 2], "attributes": {"rotation": 90.0}}])
    assert boxes(labelled)[0].xyxy == pytest.approx((5, 3, 7, 7))
    assert "1 rotated" in str(labelled.notices[0])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"images": [\n{]', 2, "not JSON"),
        (b'{"a": "\xff\x01"}', None, "UTF-8"),
        ("[]", None, "one JSON object"),
        ("[" * 100_000, None, "beyond all measure"),
        ('{"images": [1e99999999999999999999]}', None, "beyond all measure"),
        ({}, None, "“images” is missing"),
        ({"images": []}, None, "“categories” is missing"),
        ({**OK, "annotations": 3}, None, "“annotations” is missing"),
        ({**OK, "annotations": [3]}, None, "annotations[0]"),
        ({**OK, "annotations": [{}]}, None, "“image_id”"),
        ({**OK, "images": [{"file_name": "x"}]}, None, "“id”"),
        ({**OK, "images": [{"id": True}]}, None, "“id”"),
        ({**OK, "categories": [{"id": 1, "name": ""}]}, None, "“name”"),
        ({**OK, "categories": [{"id": 1, "name": "a"}, {"id": "1", "name": "b"}]}, None, "“a” and “b”"),
        ({**OK, "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a "}]}, None, "categories 1 and 2"),
        ({**OK, "images": [*OK["images"], {"id": "1", "file_name": "y"}]}, None, "image id 1 is there twice"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(text: Any, line: int | None, words: str) -> None:
    raw = text if isinstance(text, str | bytes) else json.dumps(text)
    with pytest.raises(FormatError) as error:
        coco.parse(raw, file="mine.json")
    assert (error.value.file, error.value.line) == ("mine.json", line)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"bbox": [0, 0, float("nan"), 1]}, "annotations[0]: “bbox” must be four numbers"),
        ({"bbox": [0, 0, 1e300, 1]}, "four numbers"),
        ({"bbox": [0, 0, True, 1]}, "four numbers"),
        ({"bbox": "x"}, "four numbers"),
        ({"bbox": [0, 0, 1]}, "four numbers"),
        ({"bbox": [0, 0, -1, 1]}, "negative"),
        ({"bbox": [0, 0, 0, 1]}, "no area"),
        ({"bbox": [], "segmentation": []}, "four numbers"),
        ({"bbox": [], "segmentation": [[1, 2, 3]]}, "no outline"),
        ({"bbox": [], "segmentation": [[1, 2, 1, 3]]}, "no area"),
        ({"bbox": [], "segmentation": {"size": [2, 2], "counts": "~~~"}}, "no outline"),
        ({"bbox": [], "segmentation": {"size": [2, 2], "counts": [0, 5]}}, "no outline"),
        ({"bbox": [], "segmentation": {"size": [2, 2], "counts": [4]}}, "no outline"),
        ({"category_id": 5}, "no category 5"),
        ({"category_id": None}, "no category"),
        ({"score": 7}, "between 0 and 1"),
    ],
)
def test_a_bad_row_costs_its_image_alone(row: dict[str, Any], words: str) -> None:
    images = [*OK["images"], {"id": 2, "file_name": "y.jpg", "width": 20, "height": 20}]
    labelled = parsed(images=images, annotations=[{**BOX, **row}, {**BOX, "image_id": 2}])
    assert [(image.name, len(image.boxes)) for image in labelled] == [("y.jpg", 1)]
    (problem,) = labelled.problems
    assert words in str(problem)


def test_a_row_of_an_image_that_is_not_there_is_a_problem() -> None:
    labelled = parsed(annotations=[BOX, {**BOX, "image_id": 2}])
    assert len(boxes(labelled)) == 1
    assert [str(problem) for problem in labelled.problems] == ["mine.json: annotations[1]: there is no image 2."]


def test_two_rows_for_one_picture_are_a_problem() -> None:
    labelled = parsed(images=[*OK["images"], {"id": 2, "file_name": ".\\x.jpg"}])
    assert not labelled.images
    assert "x.jpg is there twice" in str(labelled.problems[0])


def test_a_folder_for_each_split(tmp_path: Path) -> None:
    """As Roboflow writes it: a file beside the pictures of each split, each with a picture of the same name."""
    text = json.dumps({**OK, "annotations": [BOX]})
    files = {f"set/{split}/_annotations.coco.json": text for split in ("train", "valid", "test")}
    pictures = {f"set/{split}/x.jpg": b"" for split in ("train", "valid", "test")}
    labelled = coco.read(folder_of(tmp_path, files | pictures), unknown)
    assert {(image.name, image.split, len(image.boxes)) for image in labelled} == {
        ("set/train/x.jpg", "train", 1), ("set/valid/x.jpg", "val", 1), ("set/test/x.jpg", "test", 1),
    }  # fmt: skip


def test_files_of_classes_are_one_set(tmp_path: Path) -> None:
    other = {**OK, "categories": [{"id": 2, "name": "b"}], "annotations": [{**BOX, "category_id": 2}]}
    files = {"cats.json": json.dumps({**OK, "annotations": [BOX]}), "dogs.json": json.dumps(other), "notes.json": "{}"}
    labelled = coco.read(folder_of(tmp_path, files), unknown)
    assert (labelled.classes, labelled.class_ids) == (("a", "b"), (1, 2))
    assert [[box.label for box in image.boxes] for image in labelled] == [["a", "b"]]


def test_a_size_that_the_file_does_not_say_is_asked_for(tmp_path: Path) -> None:
    bare = {**OK, "images": [{"id": 1, "file_name": "x.jpg"}], "annotations": [BOX]}
    root = folder_of(tmp_path, {"a.json": json.dumps(bare)})
    assert coco.read(root, {"x.jpg": (7, 9)}.get).images[0].width == 7
    assert coco.read(root, unknown).images[0].width == 0


def test_names_are_those_of_the_pictures(tmp_path: Path) -> None:
    rows = ("images/X.JPG", "y.jpg", "z.jpg")
    images = [{"id": n, "file_name": name, "width": 9, "height": 9} for n, name in enumerate(rows)]
    files = {"annotations/instances_val2017.json": json.dumps({**OK, "images": images})}
    pictures = {"images/x.jpg": b"", "val/y.jpg": b"", "images/images/z.jpg": b""}
    labelled = coco.read(folder_of(tmp_path, files | pictures), unknown)
    assert [image.name for image in labelled] == ["x.jpg", "val/y.jpg", "z.jpg"]
    assert {image.split for image in labelled} == {"val"}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("dup_image_id.json", "image id 1 is there twice: “raccoon-1.jpg” and “raccoon-10.jpg”"),
        ("dup_cat_id.json", "“raccoon” and “dog”"),
        ("same_name_twice.json", "categories 1 and 2"),
    ],
)
def test_reported_files_are_refused_naming_both(file: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        coco.parse(reported(f"shots/{file}").read_bytes(), file=file)


@pytest.mark.parametrize(
    ("file", "count"),
    [("bom.json", 5), ("string_ids.json", 5), ("no_bbox_seg.json", 6), ("upper_case.json", 5), ("windows_abs.json", 5)],
)
def test_reported_files_are_read(file: str, count: int) -> None:
    labelled = coco.parse(reported(f"shots/{file}").read_bytes(), file=file)
    assert len(boxes(labelled)) == count
    assert not labelled.problems
    assert bool(labelled.notices) == (file == "no_bbox_seg.json")


def test_pycocotools_reads_ours(tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    labelled = replace(random_set(3), class_ids=(0, 5, 6, 7, 90))
    path = tmp_path / "annotations.json"
    path.write_text("".join(coco.write(labelled)), encoding="utf-8")
    found = COCO(str(path))
    assert {found.imgs[id]["file_name"] for id in found.getImgIds()} == {image.name for image in labelled}
    names = {c["id"]: c["name"] for c in found.loadCats(found.getCatIds())}
    assert names == dict(zip(labelled.class_ids, labelled.classes, strict=True))
    for image in labelled:
        rows = found.loadAnns(found.getAnnIds(imgIds=[image.id]))
        assert [names[row["category_id"]] for row in rows] == [box.label for box in image.boxes]
        for row, box in zip(rows, image.boxes, strict=True):
            x, y, w, h = row["bbox"]
            assert (x, y, x + w, y + h) == pytest.approx(box.xyxy, abs=1e-9)
