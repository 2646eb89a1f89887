"""What each format promises: our own files come back the same, one file or folder, and are known by looking at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from annotations.attributes import Attribute, Kind, text_of, typed
from annotations.formats import FormatError, LabelledBox, LabelledImage, LabelledSet
from annotations.formats.table import FORMATS, recognise
from tests.annotations.formats.labelled import by_name, folder_of, labelled_sets, sizes, written, zip_of

# What a format has no place for.
UNSAID: dict[str, Callable[[LabelledSet], LabelledSet]] = {
    "coco": lambda labelled: _each(labelled, predictions=()),
    "voc": lambda labelled: replace(_each(labelled, predictions=(), complete=None), class_ids=()),
    "label_studio": lambda labelled: replace(labelled, class_ids=()),
    "cvat": lambda labelled: replace(_each(labelled, predictions=(), complete=None), class_ids=()),
    "csv": lambda labelled: replace(labelled, classes=_used(labelled), class_ids=()),
}


def _each(labelled: LabelledSet, **changes: Any) -> LabelledSet:
    return replace(labelled, images=tuple(replace(image, **changes) for image in labelled))


def _used(labelled: LabelledSet) -> tuple[str, ...]:
    """Classes with a box, as they come."""
    boxes = (box for image in labelled for box in (*image.boxes, *image.predictions))
    return tuple(dict.fromkeys(box.label for box in boxes))


def unknown(name: str) -> None:
    return None


@pytest.mark.parametrize("key", list(UNSAID))
def test_a_folder_comes_back_the_same(key: str) -> None:
    @settings(max_examples=30, deadline=None, database=None)
    @given(labelled_sets(predictions=True, complete=True, ids=True))
    def comes_back(labelled: LabelledSet) -> None:
        format, wanted = FORMATS[key], UNSAID[key](labelled)
        if key == "label_studio":  # an annotation, though empty, says that a task is done
            wanted = replace(wanted, images=tuple(_answered(image) for image in wanted))
        found = format.read(zip_of(written(format.members(labelled))), unknown)
        assert [str(notice) for notice in (*found.problems, *found.notices)] == []
        assert by_name(replace(found, model="")) == by_name(wanted)

    comes_back()


def _answered(image: LabelledImage) -> LabelledImage:
    return replace(image, complete=True) if image.boxes else image


TWO = LabelledSet(
    ("고양이", "dog"),
    (
        LabelledImage("a b#1.jpg", 30, 20, (LabelledBox("dog", (1 / 3, 2.5, 20 / 7, 19)),), split="train", id=4),
        LabelledImage("폴더/b.jpg", 3, 2, (), split="val", id=9),
    ),
)


@pytest.mark.parametrize("key", [key for key, format in FORMATS.items() if format.text])
def test_one_file_says_it_all(key: str, tmp_path: Path) -> None:
    format = FORMATS[key]
    assert format.text
    root = folder_of(tmp_path, {f"mine.{format.suffix}": "".join(format.text(TWO))})
    assert recognise(root) is format
    found = format.read(root, unknown)
    assert [(i.name, i.width, i.height, i.split, i.boxes) for i in found] == [
        (i.name, i.width, i.height, i.split, i.boxes) for i in TWO
    ]


@pytest.mark.parametrize("key", list(FORMATS))
@pytest.mark.parametrize("wrapped", ["", "my set/"])
def test_a_folder_is_known_by_looking_and_names_its_pictures(key: str, wrapped: str, tmp_path: Path) -> None:
    files = {wrapped + path: content for path, content in written(FORMATS[key].members(TWO)).items()}
    pictures = {f"{wrapped}images/{image.name}": b"" for image in TWO}
    root = folder_of(tmp_path, files | pictures)
    assert recognise(root) is FORMATS[key]
    known = sizes(TWO) | {f"my set/images/{name}": size for name, size in sizes(TWO).items()}
    found = FORMATS[key].read(root, known.get)
    assert not found.problems
    before = f"{wrapped}images/" if wrapped else ""
    assert {image.name: len(image.boxes) for image in found} == {f"{before}a b#1.jpg": 1, f"{before}폴더/b.jpg": 0}


@pytest.mark.parametrize("key", list(FORMATS))
def test_a_large_set_is_known_too(key: str, tmp_path: Path) -> None:
    boxes = tuple(LabelledBox("dog", (n / 3, 0, n / 3 + 1, 9)) for n in range(2000))
    large = LabelledSet(("dog",), (LabelledImage("x.jpg", 1000, 20, boxes, id=1),))
    root = folder_of(tmp_path, written(FORMATS[key].members(large)))
    assert recognise(root) is FORMATS[key]
    assert len(FORMATS[key].read(root, sizes(large).get).images[0].boxes) == 2000


@pytest.mark.parametrize("key", list(FORMATS))
def test_nothing_comes_back_as_nothing(key: str) -> None:
    empty = LabelledSet(("a",), ())
    files = written(FORMATS[key].members(empty))
    assert FORMATS[key].read(zip_of(files), unknown).images == ()


@pytest.mark.parametrize("key", list(FORMATS))
def test_a_folder_of_something_else_is_refused(key: str, tmp_path: Path) -> None:
    root = folder_of(
        tmp_path, {"notes.txt": "hello", "a.json": "{}", "a.xml": "<a/>", "a.csv": "x;y", "b.json": b"\xff"}
    )
    assert recognise(root) is None
    with pytest.raises(FormatError):
        FORMATS[key].read(root, unknown)


ASKED = {
    "dog": (
        Attribute("colour & more", Kind.CHOICE, ("red", "dark, blue"), default="red", required=True),
        Attribute("age", Kind.NUMBER, default=2.5), Attribute("on a lead", Kind.YES_NO, default=False),
    ),
    "고양이": (Attribute("메모", Kind.TEXT),),
}  # fmt: skip
DESCRIBED = LabelledSet(
    ("dog", "고양이"),
    (
        LabelledImage("x.jpg", 100, 20, (
            LabelledBox("dog", (1, 1, 9, 9), flags=("occluded", "crowd"), attributes=(
                ("age", 3), ("colour & more", "dark, blue"), ("on a lead", True),
            )),
            LabelledBox("dog", (2, 1, 9, 9), attributes=(("age", 0.1), ("on a lead", False))),
            LabelledBox("고양이", (3, 1, 9, 9), attributes=(("메모", " <두 줄>\n\"둘째\" "),)),
            LabelledBox("고양이", (4, 1, 9, 9)),
        ), split="train", id=1, tags=("밤", "very dark & wet")),
        LabelledImage("y.jpg", 100, 20, split="train", id=2, tags=("밤",)),
        LabelledImage("z.jpg", 100, 20, split="train", id=3),
    ),
    attributes=ASKED,
)  # fmt: skip


@pytest.mark.parametrize("key", ["coco", "cvat", "label_studio", "voc", "csv"])
def test_attributes_and_tags_come_back(key: str) -> None:
    found = FORMATS[key].read(zip_of(written(FORMATS[key].members(DESCRIBED))), sizes(DESCRIBED).get)
    assert (found.problems, found.notices) == ((), ())
    assert [image.tags if key != "voc" else () for image in found] == [
        image.tags if key != "voc" else () for image in DESCRIBED
    ]
    asked = ASKED if key in ("voc", "csv") else found.attributes  # these hold texts, which the classes read
    assert [
        (
            box.label,
            box.xyxy,
            box.flags,
            typed({name: text_of(value) for name, value in box.attributes}, asked[box.label]),
        )
        if key in ("voc", "csv")
        else (box.label, box.xyxy, box.flags, box.attributes)
        for image in found
        for box in image.boxes
    ] == [(box.label, box.xyxy, box.flags, box.attributes) for image in DESCRIBED for box in image.boxes]
    if key in ("coco", "label_studio"):
        assert {name: list(some) for name, some in found.attributes.items()} == {n: list(s) for n, s in ASKED.items()}
    elif key == "cvat":  # which knows no required ones
        assert found.attributes == {n: tuple(replace(one, required=False) for one in s) for n, s in ASKED.items()}


SAID = (("occluded",), ("truncated", "difficult"), ("crowd",), ("occluded", "ignore"), ())


@pytest.mark.parametrize("key", list(FORMATS))
def test_flags_come_back_and_yolo_leaves_out_what_is_no_single_object(key: str) -> None:
    boxes = tuple(LabelledBox("dog", (n, 1, n + 9, 9), flags=flags) for n, flags in enumerate(SAID))
    labelled = LabelledSet(("dog",), (LabelledImage("x.jpg", 100, 20, boxes, split="train", id=1),))
    found = FORMATS[key].read(zip_of(written(FORMATS[key].members(labelled))), sizes(labelled).get)
    assert not found.problems
    [image] = found
    if key == "yolo":
        assert [round(box.xyxy[0]) for box in image.boxes] == [0, 1, 4]
    else:
        assert image.boxes == boxes
