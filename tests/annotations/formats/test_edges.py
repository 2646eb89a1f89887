"""Texts and numbers that no database, no decimal and no whole number takes: cleaned, or named with their place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import FormatError, LabelledSet, coco, csv_table, cvat, label_studio, voc, yolo
from annotations.formats.json_text import parsed
from annotations.formats.numbers import decimal, pixels, whole
from tests.annotations.formats.labelled import folder_of

Read = Callable[[Path, Callable[[str], tuple[int, int] | None]], LabelledSet]
LONG = "1" * 5000
HUGE = "1e999999999"
COCO = (
    '{"images": [{"id": 1, "file_name": "x.jpg", "width": 100, "height": 80}], "categories": [{"id": 1, "name": "a"}],'
    ' "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}'
)
TASK = (
    '[{"data": {"image": "x.jpg"}, "annotations": [{"result": [{"id": "r", "type": "rectanglelabels", "value":'
    ' {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["a"]}}]}]}]'
)
CVAT = (
    '<annotations><image id="1" name="x.jpg" width="100" height="80"><box label="a" xtl="1" ytl="2" xbr="3" ybr="4"/>'
    "</image></annotations>"
)
VOC = (
    "<annotation><filename>x.jpg</filename><size><width>100</width><height>80</height></size><object><name>a</name>"
    "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>"
)
CSV = "filename,image_width,image_height,label,left,top,right,bottom\nx.jpg,100,80,a,1,2,3,4\n"
DATA = "names: [a]\n"
FORMATS: dict[str, tuple[Read, str, str]] = {
    "coco": (coco.read, "x.json", COCO),
    "label_studio": (label_studio.read, "x.json", TASK),
    "cvat": (cvat.read, "x.xml", CVAT),
    "voc": (voc.read, "x.xml", VOC),
    "csv": (csv_table.read, "x.csv", CSV),
    "yolo": (yolo.read, "labels/x.txt", "0 0.5 0.5 0.5 0.5\n"),
}


def read(tmp_path: Path, kind: str, old: str, new: str) -> LabelledSet:
    reader, file, text = FORMATS[kind]
    assert old in text
    files = {file: text.replace(old, new), **({"data.yaml": DATA} if kind == "yolo" else {})}
    return reader(folder_of(tmp_path, files), lambda name: (100, 80))


@pytest.mark.parametrize(
    "new", [HUGE, f'"{HUGE}"', f"-{HUGE}", f'"{LONG}"', "NaN", "-Infinity", '"nan"', "[1]", "null"]
)
@pytest.mark.parametrize(
    ("kind", "old"),
    [("coco", "[1, 2, 3, 4]"), ("coco", "[1, 2, 3, 4]S"), ("label_studio", '"x": 1'), ("label_studio", '"width": 3')],
)
def test_a_number_beyond_all_measure_is_named(kind: str, old: str, new: str, tmp_path: Path) -> None:
    if old.endswith("S"):
        mask = f'{{"size": [{new}, 80], "counts": [1, 2]}}'
        found = read(tmp_path, kind, '"bbox": [1, 2, 3, 4]', f'"segmentation": {mask}')
    else:
        found = read(tmp_path, kind, old, f"[{new}, 2, 3, 4]" if kind == "coco" else f"{old.partition(':')[0]}: {new}")
    assert not found.images
    assert [problem.file for problem in found.problems] == ["x.json"]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("yolo", "0 ", f"{LONG} "),
        ("yolo", "0.5 0.5 0.5 0.5", f"{HUGE} 0.5 0.5 0.5"),
        ("cvat", 'id="1"', f'id="{LONG}"'),
        ("cvat", 'xtl="1"', f'xtl="{HUGE}"'),
        ("voc", "<width>100<", f"<width>{LONG}<"),
        ("voc", "<width>100<", f"<width>{HUGE}<"),
        ("csv", ",100,", f",{LONG},"),
        ("csv", ",a,1,", f",a,{HUGE},"),
        ("coco", '"id": 1, "file_name"', f'"id": "{LONG}", "file_name"'),
        ("coco", '"width": 100', f'"width": "{LONG}"'),
        ("coco", '"width": 100', '"width": 1e999999999'),
        ("coco", '"bbox": [1, 2, 3, 4]', '"segmentation": {"size": [100, 80], "counts": [1, 1e999999999]}'),
        ("coco", '"bbox"', f'"attributes": {{"n": {"9" * 4000}, "m": 1e999999999}}, "bbox"'),
        ("label_studio", '"id": "r"', '"id": ["r"]'),
        ("label_studio", '"id": "r"', f'"original_width": {"9" * 400}, "original_height": 80, "id": 1'),
    ],
)
def test_no_number_stops_a_reader(kind: str, old: str, new: str, tmp_path: Path) -> None:
    found = read(tmp_path, kind, old, new)
    assert found.problems or found.images[0].width == 100
    json.dumps([str(problem) for problem in found.problems])


@pytest.mark.parametrize("letter", ["\\ud800", "\\udfff", "\\u0000", "\\uDBFFx", "\\ude00\\ud83d"])
@pytest.mark.parametrize(
    ("kind", "old"), [("coco", '"a"'), ("coco", '"x.jpg"'), ("label_studio", '"a"'), ("label_studio", '"x.jpg"')]
)
def test_text_that_cannot_be_kept_is_cleaned(kind: str, old: str, letter: str, tmp_path: Path) -> None:
    found = read(tmp_path, kind, old, f'"{old[1:-1]}{letter}"')
    (image,) = found.images
    for text in (image.name, image.boxes[0].label, *found.classes):
        text.encode()
        assert "\0" not in text
    assert "\ufffd" in image.name + image.boxes[0].label


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\\\\ud800"', '"\\\\\\\\u0000"', '"\\u00e9\\n"'])
def test_other_escapes_stay(text: str) -> None:
    assert parsed(text, "") == json.loads(text)


@pytest.mark.parametrize("names", ['["a\\ud800"]', '["a\\0"]', '{0: "a\\uD83D"}'])
def test_names_of_yaml_are_cleaned(names: str, tmp_path: Path) -> None:
    files = {"data.yaml": f"names: {names}\n", "labels/x.txt": ""}
    assert yolo.read(folder_of(tmp_path, files), lambda name: (9, 9)).classes == ("a\ufffd",)


def test_a_yaml_that_holds_itself(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds itself"):
        yolo.read(folder_of(tmp_path, {"data.yaml": "names: &a [*a]\n", "labels/x.txt": ""}), lambda name: (9, 9))


@pytest.mark.parametrize(
    ("value", "as_decimal", "as_whole", "as_pixels"),
    [
        ("7", 7, 7, 7), ("7.0", 7, 7, 7), (-7, -7, -7, 0), (True, None, None, 0), (HUGE, None, None, 0),
        (LONG, None, None, 0), (10**4000, None, None, 0), ("1e3", 1000, None, 0), (None, None, None, 0),
    ],
)  # fmt: skip
def test_numbers(value: Any, as_decimal: int | None, as_whole: int | None, as_pixels: int) -> None:
    assert (decimal(value), whole(value), pixels(value)) == (as_decimal, as_whole, as_pixels)


@pytest.mark.parametrize("kind", ["csv", "yolo", "coco"])
def test_all_texts_are_decoded_alike(kind: str, tmp_path: Path) -> None:
    reader, file, text = FORMATS[kind]
    files: dict[str, str | bytes] = {file: text.replace('"a"', '"개"').replace(",a,", ",개,").encode("cp949")}
    if kind == "yolo":
        files["classes.txt"] = "개\n".encode("cp949")
    found = reader(folder_of(tmp_path, files), lambda name: (100, 80))
    assert found.classes == ("개",)
    assert "CP949" in str(found.notices[0])
