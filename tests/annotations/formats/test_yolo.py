"""YOLO, both ways: our own folders come back, and those of other tools are read as they mean them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from annotations.formats import FormatError, LabelledBox, LabelledImage, LabelledSet, yolo
from annotations.formats.yolo_folder import label_path
from tests.annotations.formats.labelled import (
    by_name,
    folder_of,
    labelled_sets,
    random_set,
    reported,
    sizes,
    written,
    zip_of,
)


def ten_by_twenty(name: str) -> tuple[int, int]:
    return 10, 20


def hundred(name: str) -> tuple[int, int]:
    return 100, 80


def read(tmp_path: Path, files: dict[str, str | bytes]) -> LabelledSet:
    return yolo.read(folder_of(tmp_path, files), ten_by_twenty)


def assert_close(found: LabelledSet, labelled: LabelledSet) -> None:
    """The same within a millionth of a pixel."""
    assert not found.problems
    assert found.classes == labelled.classes
    assert [(i.name, i.width, i.height) for i in found] == [(i.name, i.width, i.height) for i in labelled]
    for image, same in zip(labelled, found, strict=True):
        assert [box.label for box in image.boxes] == [box.label for box in same.boxes]
        for box, twin in zip(image.boxes, same.boxes, strict=True):
            assert twin.xyxy == pytest.approx(box.xyxy, abs=1e-6, rel=0)


@settings(max_examples=60, deadline=None)
@given(labelled_sets())
def test_a_zip_returns_the_same(labelled: LabelledSet) -> None:
    found = yolo.read(zip_of(written(yolo.write(labelled))), sizes(labelled).get)
    labelled = by_name(labelled)
    assert_close(found, labelled)
    some = any(image.split for image in labelled)
    assert [image.split for image in found] == [(image.split or "train") if some else "" for image in labelled]


@pytest.mark.parametrize("seed", range(3))
def test_a_folder_with_its_pictures_returns_the_same(seed: int, tmp_path: Path) -> None:
    labelled = random_set(seed)
    pictures = {f"images/{image.name}": b"" for image in labelled}
    root = folder_of(tmp_path, {**written(yolo.write(labelled)), **pictures})
    assert_close(yolo.read(root, sizes(labelled).get), labelled)


def test_it_splits_by_name_and_leaves_no_side_empty() -> None:
    many = LabelledSet(("a",), tuple(LabelledImage(f"{n}.jpg", 5, 5) for n in range(200)))
    files = {path: text.decode() for path, text in written(yolo.write(many)).items()}
    train, val = (files[f"{side}.txt"].split() for side in ("train", "val"))
    assert len(train) + len(val) == 200
    assert 5 < len(val) < 45
    assert files["labels/3.txt"] == ""
    one = written(yolo.write(LabelledSet(("a",), many.images[:1])))
    data = yaml.safe_load(one["data.yaml"])
    assert data == {"train": "train.txt", "val": "train.txt", "split_by": "name", "names": {0: "a"}}
    assert one["train.txt"] == b"./images/0.jpg\n"


def test_splits_are_lists_of_their_own() -> None:
    images = tuple(LabelledImage(f"{split}.jpg", 5, 5, split=split) for split in ("train", "val", "test", ""))
    files = written(yolo.write(LabelledSet(("a",), images)))
    assert yaml.safe_load(files["data.yaml"]) == {
        "train": "train.txt", "val": "val.txt", "test": "test.txt", "names": {0: "a"},
    }  # fmt: skip
    assert files["train.txt"] == b"./images/train.jpg\n./images/.jpg\n"
    assert files["test.txt"] == b"./images/test.jpg\n"


def test_boxes_end_at_the_edges() -> None:
    boxes = (LabelledBox("a", (-5, 2, 15, 30)), LabelledBox("a", (12, 1, 14, 4)))
    files = written(yolo.write(LabelledSet(("a",), (LabelledImage("x.jpg", 10, 20, boxes),))))
    assert files["labels/x.txt"] == b"0 0.500000000000 0.550000000000 1.000000000000 0.900000000000\n"


def test_ultralytics_finds_our_images_and_labels(tmp_path: Path) -> None:
    """In a process of its own: where Ultralytics is imported, it patches Pillow for everybody."""
    names = ("a.jpg", "images-2/b.jpg", "images/c.jpg")
    ask = (
        "import json, sys; from ultralytics.data.utils import img2label_paths;"
        "print(json.dumps(img2label_paths(sys.argv[1:])))"
    )
    images = [str(tmp_path / "images" / name) for name in names]
    answer = subprocess.run(
        [sys.executable, "-c", ask, *images],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"YOLO_OFFLINE": "true"},
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    assert [Path(path) for path in found] == [tmp_path / label_path(f"images/{name}") for name in names]


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ("[a, b]", ("a", "b")),
        ("{0: a, 1: b}", ("a", "b")),
        ("{'1': b, '0': a}", ("a", "b")),
        ("{0.0: a}", ("a",)),
        ("{0: a, 7: b}", ("a", "b")),
        ("[yes, no, 3, 1e3, null, 2026-01-01]", ("yes", "no", "3", "1e3", "null", "2026-01-01")),
        ("\n  - car: red\n  - 'a # b'\n  - x:y", ("car: red", "a # b", "x:y")),
        ("\n- a\n- 고양이 ", ("a", "고양이")),
    ],
)
def test_names_in_any_shape(names: str, classes: tuple[str, ...], tmp_path: Path) -> None:
    labelled = read(tmp_path, {"data.yaml": f"names: {names}\ntrain: images", "images/x.jpg": b""})
    assert labelled.classes == classes


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("names: [a\n b: :", 2, "not YAML"),
        ("names: {0: a, 0: b}", 1, "twice"),
        ("names: {0: a, '0': b}", 1, "twice"),
        ("names: {x: a}", None, "“names”"),
        ("names: 3", None, "“names”"),
        ("train: images", None, "“names”"),
        ("names: [a, a]", None, "classes 0 and 1"),
        ("names: [a, '']", None, "Class 1 has no name"),
        ("- a", None, "must hold"),
        ("names: [a]\ntrain: nowhere", None, "no folder or list nowhere"),
        ("names: [a]\ntrain: list.txt", None, "no folder or list list.txt"),
        (b"\xff\x01", None, "UTF-8"),
    ],
)
def test_a_bad_data_file_is_refused_with_its_place(
    text: str | bytes, line: int | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, {"data.yaml": text, "pictures/x.jpg": b""})
    assert (error.value.file, error.value.line) == ("data.yaml", line)
    assert words in str(error.value)


def test_no_data_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="missing"):
        yolo.read(tmp_path, ten_by_twenty)


BASE: dict[str, str | bytes] = {"data.yaml": "names: [a]\ntrain: t.txt", "t.txt": "./images/x.jpg\n./images/y.jpg"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("0 .5 .5 1 1\n0 .5 .5 1", 2, "4 fields"),
        ("0", 1, "1 fields"),
        ("0 .1 .1 .2 .2 .3 9 .4", 1, "out of the image"),
        ("1 .5 .5 1 1", 1, "no class 1"),
        ("-1 .5 .5 1 1", 1, "no class -1"),
        ("0.5 .5 .5 1 1", 1, "four numbers"),
        ("a .5 .5 1 1", 1, "four numbers"),
        ("0 0,5 .5 1 1", 1, "four numbers"),
        ("0 nan .5 1 1", 1, "no size"),
        ("0 .5 .5 inf 1", 1, "no size"),
        ("0 .5 .5 0 0", 1, "no area"),
        ("0 .5 .5 .2 -.2", 1, "no area"),
        ("0 50 40 20 20", 1, "out of the image"),
        ("0 .5 .5 1.5 1", 1, "out of the image"),
        ("0 .1 .1 40 .1 .4 .5", 1, "out of the image"),
        ("0 .1 .1 .1 .4 .1 .5", 1, "no area"),
        ("0 .5 .5 .2 .2 7", 1, "not between 0 and 1"),
        (b"\xff\x01", None, "UTF-8"),
    ],
)
def test_a_bad_line_costs_its_image_alone(text: str | bytes, line: int | None, words: str, tmp_path: Path) -> None:
    labelled = read(tmp_path, {**BASE, "labels/x.txt": text, "labels/y.txt": "0 .5 .5 1 1"})
    assert [(image.name, len(image.boxes)) for image in labelled] == [("y.jpg", 1)]
    (problem,) = labelled.problems
    assert (problem.file, problem.line) == ("labels/x.txt", line)
    assert words in str(problem)


@pytest.mark.parametrize(
    ("line", "box", "reported"),
    [
        ("0 .5 .5 .5 .5", (2.5, 5, 7.5, 15), ""),
        ("0.0\t.5  .5 .5 .5 \r", (2.5, 5, 7.5, 15), ""),
        ("0 0.52 .5 1 1", (0.2, 0, 10, 20), ""),  # rounded: a fifth of a pixel beyond the edge
        ("0 .1 .1 .4 .1 .4 .5 .1 .5", (1, 2, 4, 10), "1 outlines"),
        ("0 .1 .1 .4 .1 .4 .5", (1, 2, 4, 10), "1 outlines"),
    ],
)
def test_lines_in_any_shape(line: str, box: tuple[float, ...], reported: str, tmp_path: Path) -> None:
    labelled = read(tmp_path, {**BASE, "labels/x.txt": f"\ufeff{line}\r\n\r\n"})
    (found,) = labelled.images[0].boxes
    assert found.xyxy == pytest.approx(box)
    assert [str(notice).partition(" became")[0] for notice in labelled.notices] == (
        [f"labels/x.txt:1: {reported}"] if reported else []
    )


def test_a_line_with_a_probability_is_a_prediction(tmp_path: Path) -> None:
    labelled = read(tmp_path, {**BASE, "labels/x.txt": "0 .5 .5 1 1 0.25\n0 .1 .1 .4 .1 .4 .5 .75"})
    assert [box.score for box in labelled.images[0].predictions] == [0.25, 0.75]
    assert labelled.images[0].boxes == ()


def test_keypoints_are_left_out_and_reported(tmp_path: Path) -> None:
    pose = {"data.yaml": "names: [a]\nkpt_shape: [1, 3]\ntrain: t.txt", "labels/x.txt": "0 .5 .5 1 1 .2 .2 2"}
    labelled = read(tmp_path, {**BASE, **pose})
    assert labelled.images[0].boxes == (LabelledBox("a", (0, 0, 10, 20)),)
    assert "keypoints" in str(labelled.notices[0])


@pytest.mark.parametrize(
    ("data", "splits"),
    [
        ("train: ../train/images\nval: ../valid/images", {"train/images/x.jpg": "train", "valid/images/x.jpg": "val"}),
        (
            "path: /home/me/set\ntrain: images/a\ntest: [images/b]",
            {"images/a/x.jpg": "train", "images/b/y.PNG": "test"},
        ),
        ("path: ../datasets/coco8\ntrain: images/train", {"images/train/x.jpg": "train"}),
        ("path: set\ntrain: images", {"set/images/x.jpg": "train"}),
        ("train: C:\\work\\set\\images\nval: ''", {"images/x.jpg": "train"}),
        ("train: ./images/\nval: ./images/", {"images/x.jpg": "train", "images/a/.x.jpg": "train"}),
        ("", {"images/x.jpg": ""}),
        ("", {"images/train/x.jpg": "train", "images/valid/x.jpg": "val"}),
        ("train: .", {"x.jpg": "train"}),
    ],
)
@pytest.mark.parametrize("wrapped", ["", "my set/"])
def test_folders_as_others_name_them(data: str, splits: dict[str, str], wrapped: str, tmp_path: Path) -> None:
    given: dict[str, str | bytes] = {"data.yaml": f"names: [a]\n{data}\n", "images/notes.md": "", "images/._x.jpg": b""}
    for path in splits:
        given[path] = b""
        given[label_path(path)] = "0 .5 .5 1 1"
    labelled = read(tmp_path, {wrapped + path: content for path, content in given.items()})
    assert not labelled.problems
    named = {(wrapped + path).removeprefix("images/"): split for path, split in splits.items()}
    assert {image.name: image.split for image in labelled} == named
    assert all(len(image.boxes) == 1 for image in labelled)


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("./images/x.jpg\r", "x.jpg"),
        ("images/x.jpg  ", "x.jpg"),
        (".\\images\\x.jpg", "x.jpg"),
        ("/content/set/images/x.jpg", "x.jpg"),
        ("D:\\set\\images\\x.jpg", "x.jpg"),
        ("../set/images/X.JPG", "x.jpg"),
        ("data/obj_train_data/y.jpg", "obj_train_data/y.jpg"),
    ],
)
@pytest.mark.parametrize("pictures", [True, False])
def test_lists_as_others_write_them(entry: str, name: str, pictures: bool, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "data.yaml": "names: [a]\ntrain: t.txt", "t.txt": f"\ufeff{entry}\n\n",
        "labels/x.txt": "0 .5 .5 1 1", "obj_train_data/y.txt": "0 .5 .5 1 1",
    }  # fmt: skip
    if pictures:
        files |= {"images/x.jpg": b"", "obj_train_data/y.jpg": b""}
    (image,) = read(tmp_path, files)
    assert image.name.casefold() == name
    assert len(image.boxes) == 1


def test_an_empty_image_in_a_folder_does_not_take_the_labels_of_its_namesake(tmp_path: Path) -> None:
    files = {**BASE, "t.txt": "./images/a.jpg\n./images/dogs/a.jpg", "labels/a.txt": "0 .5 .5 1 1"}
    assert [(image.name, len(image.boxes)) for image in read(tmp_path, files)] == [("a.jpg", 1), ("dogs/a.jpg", 0)]


def test_what_a_list_names_outside_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("0 .5 .5 1 1")
    root = folder_of(tmp_path / "set", {**BASE, "t.txt": "/etc/passwd\n../secret.jpg"})
    labelled = yolo.read(root, lambda name: None)
    assert not labelled.images
    assert {problem.file for problem in labelled.problems} == {"etc/passwd", "secret.jpg"}


def test_labels_without_their_pictures_ask_for_sizes_by_any_suffix(tmp_path: Path) -> None:
    root = folder_of(tmp_path, {"data.yaml": "names: [a]\ntrain: images", "labels/b/x.txt": "0 .5 .5 1 1"})
    labelled = yolo.read(root, {"b/x.png": (10, 20)}.get)
    assert labelled.images == (LabelledImage("b/x.png", 10, 20, (LabelledBox("a", (0, 0, 10, 20)),), split="train"),)


@pytest.mark.parametrize(
    "files",
    [
        {"classes.txt": "a\nb\n", "images/x.jpg": b"", "labels/x.txt": "1 .5 .5 1 1", "notes.json": "{}"},
        {"classes.txt": "a\r\nb\r\n", "x.jpg": b"", "x.txt": "1 .5 .5 1 1"},
        {"obj.names": "a\nb", "obj.data": "classes = 2", "train.txt": "data/obj_train_data/x.jpg",
         "obj_train_data/x.jpg": b"", "obj_train_data/x.txt": "1 .5 .5 1 1"},
        {"coco8.yaml": "names: [a, b]\nval: images", "other.yaml": "x: 1", "images/x.jpg": b"",
         "labels/x.txt": "1 .5 .5 1 1"},
    ],
)  # fmt: skip
def test_classes_from_where_other_tools_write_them(files: dict[str, str | bytes], tmp_path: Path) -> None:
    root = folder_of(tmp_path, files)
    assert yolo.recognise(root)
    labelled = yolo.read(root, ten_by_twenty)
    assert labelled.classes == ("a", "b")
    assert [[box.label for box in image.boxes] for image in labelled] == [["b"]]


def test_what_does_not_add_up_is_reported(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "data.yaml": "nc: 3\nnames: [a]\ntrain: images\nval: absent", "images/x.jpg": b"", "labels/lost.txt": "",
    }  # fmt: skip
    labelled = read(tmp_path, files)
    assert [str(notice) for notice in labelled.notices] == [
        "data.yaml: “nc” says 3, but there are 1 names.",
        "data.yaml: There is no folder or list absent.",
        "labels/lost.txt: 1 label files have no picture and are in no list; this is the first.",
    ]


@pytest.mark.parametrize(
    ("case", "notices"), [("polygon", 1), ("roboflow", 1), ("class_float", 0), ("names_strkeys", 0)]
)  # fmt: skip
def test_reported_folders_are_read(case: str, notices: int) -> None:
    labelled = yolo.read(reported(f"yolo/{case}"), hundred)
    assert not labelled.problems
    assert [(image.name, len(image.boxes)) for image in labelled] == [("x.jpg", 1)]
    assert len(labelled.notices) == notices


@pytest.mark.parametrize(("case", "words"), [("pixels", "from 0 to 1"), ("zero", "no area")])
def test_reported_lines_are_problems_with_their_place(case: str, words: str) -> None:
    labelled = yolo.read(reported(f"yolo/{case}"), hundred)
    (problem,) = labelled.problems
    assert (problem.file, problem.line) == ("labels/x.txt", 1)
    assert words in str(problem)
    assert not labelled.images


def test_class_ids_are_no_part_of_it() -> None:
    labelled = replace(random_set(1), class_ids=(5, 6, 7, 8, 9))
    assert yolo.read(zip_of(written(yolo.write(labelled))), sizes(labelled).get).class_ids == (1, 2, 3, 4, 5)
