"""Round trips through the formats are exact, and bad files are refused with the place that is wrong."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from annotations.formats import FormatError, LabelledBox, LabelledImage, LabelledSet, coco, yolo


def random_box(rng, width, height):
    x1, x2 = sorted(rng.uniform(0, width) for _ in range(2))
    y1, y2 = sorted(rng.uniform(0, height) for _ in range(2))
    return (x1, y1, x2, y2)


def random_set(seed=0, images=40, classes=("person", "라쿤", 'a "quoted": name', "yes", "3")):
    rng = random.Random(seed)
    found = []
    for n in range(images):
        width, height = rng.randint(1, 9000), rng.randint(1, 9000)
        boxes = (
            LabelledBox(rng.choice(classes), random_box(rng, width, height)) for _ in range(rng.choice((0, 0, 1, 9)))
        )
        name = rng.choice((f"{n}.jpg", f"a folder/{n}.tar.png", f"images/사진 {n}.jpeg", f"labels/{n}"))
        found.append(LabelledImage(name, width, height, tuple(boxes), id=1000 + n * 3))
    return LabelledSet(tuple(classes), tuple(sorted(found, key=lambda image: image.name)))


def through_yolo(labelled, tmp_path, *, zipped):
    sizes = {image.name: (image.width, image.height) for image in labelled}
    if zipped:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for member in yolo.write(labelled):
                archive.writestr(member.path, b"".join(member.chunks))
        return yolo.read(zipfile.Path(zipfile.ZipFile(buffer)), sizes.get)
    for member in yolo.write(labelled):
        path = tmp_path / member.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(member.chunks))
    return yolo.read(tmp_path, sizes.get)


@pytest.mark.parametrize("seed", range(20))
def test_coco_returns_the_same_floats_classes_and_images(seed):
    labelled = random_set(seed)
    assert coco.parse("".join(coco.write(labelled))) == labelled


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
def test_coco_sizes_add_up_to_the_same_corners(xyxy):
    assert coco.to_xyxy(coco.to_xywh(xyxy)) == xyxy


def test_coco_sizes_add_up_for_many_boxes():
    rng = random.Random(7)
    for _ in range(50_000):
        xyxy = random_box(rng, 10 ** rng.randint(0, 5), 10 ** rng.randint(0, 5))
        assert coco.to_xyxy(coco.to_xywh(xyxy)) == xyxy


def test_coco_says_ids_areas_and_images_without_boxes():
    labelled = LabelledSet(
        ("cat", "dog"),
        (
            LabelledImage("a.jpg", 100, 80, (LabelledBox("dog", (10.5, 20, 30, 25.25)),), id=7),
            LabelledImage("b.jpg", 10, 20, id=9),
        ),
    )
    found = json.loads("".join(coco.write(replace(labelled, description="Mine"))))
    assert found["info"] == {"description": "Mine"}
    assert [(c["id"], c["name"]) for c in found["categories"]] == [(1, "cat"), (2, "dog")]
    assert found["images"] == [
        {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80},
        {"id": 9, "file_name": "b.jpg", "width": 10, "height": 20},
    ]
    (only,) = found["annotations"]
    assert only["bbox"] == [10.5, 20, 19.5, 5.25]
    assert (only["image_id"], only["category_id"], only["area"], only["iscrowd"]) == (7, 2, 19.5 * 5.25, 0)


def test_coco_of_nothing_is_a_file_still():
    assert coco.parse("".join(coco.write(LabelledSet((), ())))) == LabelledSet((), ())


def test_pycocotools_reads_our_coco(tmp_path):
    pycocotools = pytest.importorskip("pycocotools.coco")
    labelled = random_set(3)
    path = tmp_path / "annotations.json"
    path.write_text("".join(coco.write(labelled)), encoding="utf-8")
    found = pycocotools.COCO(str(path))
    assert {found.imgs[id]["file_name"] for id in found.getImgIds()} == {image.name for image in labelled}
    assert len(found.getAnnIds()) == sum(len(image.boxes) for image in labelled)
    assert {c["name"] for c in found.loadCats(found.getCatIds())} == set(labelled.classes)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_yolo_returns_the_same_boxes_within_a_millionth_of_a_pixel(seed, zipped, tmp_path):
    labelled = random_set(seed)
    found = through_yolo(labelled, tmp_path, zipped=zipped)
    assert found.classes == labelled.classes
    assert [(i.name, i.width, i.height) for i in found] == [(i.name, i.width, i.height) for i in labelled]
    for image, same in zip(labelled, found, strict=True):
        assert [box.label for box in image.boxes] == [box.label for box in same.boxes]
        for box, twin in zip(image.boxes, same.boxes, strict=True):
            assert twin.xyxy == pytest.approx(box.xyxy, abs=1e-6, rel=0)


def test_yolo_splits_by_name_and_leaves_no_side_empty(tmp_path):
    many = LabelledSet(("a",), tuple(LabelledImage(f"{n}.jpg", 5, 5) for n in range(200)))
    files = {m.path: b"".join(m.chunks).decode() for m in yolo.write(many)}
    train, val = (files[f"{side}.txt"].split() for side in ("train", "val"))
    assert len(train) + len(val) == 200
    assert 5 < len(val) < 45
    assert files["labels/3.txt"] == ""
    one = {m.path: b"".join(m.chunks) for m in yolo.write(LabelledSet(("a",), many.images[:1]))}
    assert yaml.safe_load(one["data.yaml"]) == {"train": "train.txt", "val": "train.txt", "names": {0: "a"}}
    assert one["train.txt"] == b"./images/0.jpg\n"


def test_ultralytics_finds_our_images_and_labels(tmp_path):
    """In a process of its own: where Ultralytics is imported, it patches Pillow for everybody."""
    names = ("a.jpg", "images-2/b.jpg")
    ask = "import json, sys; from ultralytics.data.utils import img2label_paths; print(json.dumps(img2label_paths(sys.argv[1:])))"
    images = [str(tmp_path / "images" / name) for name in names]
    answer = subprocess.run(
        [sys.executable, "-c", ask, *images],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"YOLO_OFFLINE": "true"},
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    assert [Path(path) for path in found] == [tmp_path / yolo.label_path(name) for name in names]


COCO_OK = {"categories": [{"id": 1, "name": "a"}], "images": [{"id": 1, "file_name": "x", "width": 2, "height": 2}]}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"images": [\n{]', 2, "not JSON"),
        (b'{"a": "\xff"}', None, "UTF-8"),
        (
            {**COCO_OK, "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, float("nan"), 1]}]},
            None,
            "four",
        ),
        ("[]", None, "one JSON object"),
        ({}, None, "categories"),
        ({**COCO_OK, "annotations": [3]}, None, "annotations[0]"),
        ({**COCO_OK, "annotations": [{"image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]}]}, None, "no image 2"),
        ({**COCO_OK, "annotations": [{"image_id": 1, "category_id": 5, "bbox": [0, 0, 1, 1]}]}, None, "no category 5"),
        ({**COCO_OK, "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, -1, 1]}]}, None, "negative"),
        ({**COCO_OK, "annotations": [{"image_id": 1, "category_id": 1, "bbox": "x"}]}, None, "four numbers"),
        ({**COCO_OK, "images": COCO_OK["images"] * 2, "annotations": []}, None, "there twice"),
        ({**COCO_OK, "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]}, None, "same name"),
        ({**COCO_OK, "images": [{"id": 1, "file_name": "x", "width": "2", "height": 2}]}, None, "“width”"),
    ],
)
def test_a_bad_coco_file_is_refused_with_its_place(text, line, words):
    raw = text if isinstance(text, str | bytes) else json.dumps(text)
    with pytest.raises(FormatError) as error:
        coco.parse(raw, file="mine.json")
    assert (error.value.file, error.value.line) == ("mine.json", line)
    assert words in str(error.value)


def test_crowds_of_coco_are_counted_and_left_out():
    crowd = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 1}
    found = coco.parse(json.dumps({**COCO_OK, "annotations": [crowd]}))
    assert ([notice.data for notice in found.notices], found.images[0].boxes) == ([{"n": 1}], ())


@pytest.mark.parametrize(
    ("files", "file", "line", "words"),
    [
        ({}, "data.yaml", None, "missing"),
        ({"data.yaml": "names: [a\n b: :"}, "data.yaml", 2, "not YAML"),
        ({"data.yaml": "names: {0: a, 2: b}"}, "data.yaml", None, "“names”"),
        ({"data.yaml": "names: [a]\ntrain: t.txt"}, "t.txt", None, "missing"),
        ({"data.yaml": "names: [a]\ntrain: ../images"}, "data.yaml", None, "out of the folder"),
        ({"data.yaml": "names: [a]\ntrain: images"}, "data.yaml", None, "no folder"),
        ({"t.txt": "./images/x.jpg\n\n/etc/passwd"}, "t.txt", 3, "out of the folder"),
        ({"t.txt": "./images/unknown.jpg"}, "unknown.jpg", None, "size"),
        ({"labels/x.txt": "0 .5 .5 1 1\n0 .5 .5 1"}, "labels/x.txt", 2, "4 fields"),
        ({"labels/x.txt": "1 .5 .5 1 1"}, "labels/x.txt", 1, "no class 1"),
        ({"labels/x.txt": "a .5 .5 1 1"}, "labels/x.txt", 1, "four numbers"),
        ({"labels/x.txt": "0 nan .5 1 1"}, "labels/x.txt", 1, "no size"),
        ({"labels/x.txt": b"\xff"}, "labels/x.txt", None, "UTF-8"),
    ],
)
def test_a_bad_yolo_folder_is_refused_with_its_place(files, file, line, words, tmp_path):
    base = (
        {}
        if "data.yaml" in files or not files
        else {"data.yaml": "names: [a]\ntrain: t.txt", "t.txt": "./images/x.jpg"}
    )
    for name, text in {**base, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FormatError) as error:
        yolo.read(tmp_path, {"x.jpg": (10, 10)}.get)
    assert (error.value.file, error.value.line) == (file, line)
    assert words in str(error.value)


def test_yolo_reads_folders_of_images_too(tmp_path):
    (tmp_path / "data.yaml").write_text("names:\n  0: a\ntrain: images/train\nval: [images/val]\n")
    for name in ("images/train/x.jpg", "images/val/y.PNG", "images/val/notes.md", "labels/train/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("0 0.5 0.5 1 1" if name.endswith("txt") else "")
    found = yolo.read(tmp_path, lambda name: (10, 20))
    assert [(image.name, len(image.boxes)) for image in found] == [("train/x.jpg", 1), ("val/y.PNG", 0)]
    assert found.images[0].boxes[0] == LabelledBox("a", (0, 0, 10, 20))
