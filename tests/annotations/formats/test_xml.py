"""VOC and CVAT files as other tools write them, and XML that means harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.formats import FormatError, LabelledBox, LabelledSet, cvat, voc
from annotations.formats.xml import elements, escaped
from tests.annotations.formats.labelled import folder_of

BOMB = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>\n<annotations><version>&y;</version></annotations>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations><version>&x;</version></annotations>'


def unknown(name: str) -> None:
    return None


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (BOMB, 1, "entities"),
        (OUTSIDE, 1, "entities"),
        ("<a>\n<b></a>", 2, "not XML: mismatched tag"),
        ("", 1, "not XML"),
        ("<a>" * 200, 1, "nested"),
    ],
)
def test_bad_xml_is_refused_with_its_line(raw: str, line: int | None, words: str) -> None:
    with pytest.raises(FormatError, match=words) as error:
        list(elements(raw, "mine.xml"))
    if line:
        assert error.value.line == line


@pytest.mark.parametrize("head", [BOMB, BOMB.replace("a [", "annotations ["), OUTSIDE])
def test_a_file_that_is_refused_is_recognised(head: str, tmp_path: Path) -> None:
    root = folder_of(tmp_path, {"a.xml": head})
    assert (cvat.recognise(root), voc.recognise(root)) == (True, False)
    one = folder_of(tmp_path, {"a.xml": head.replace("annotations", "annotation")})
    assert voc.recognise(one)
    assert "entities" in str(voc.read(one, unknown).problems[0])


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("euc-kr", "EUC-KR"),
        ("cp949", "utf-8"),
        ("cp949", ""),
        ("gbk", "GBK"),
        ("utf-16", "UTF-16"),
        ("utf-8", "nonsense"),
    ],
)
def test_text_in_older_encodings(encoding: str, declared: str, tmp_path: Path) -> None:
    word = "车辆" if encoding == "gbk" else "고양이"
    said = f' encoding="{declared}"' if declared else ""
    head = f'<?xml version="1.0"{said}?>'
    text = f'{head}<annotations><image name="{word}.jpg" width="9" height="9"></image></annotations>'
    found = cvat.read(folder_of(tmp_path, {"a.xml": text.encode(encoding)}), unknown)
    assert [image.name for image in found] == [f"{word}.jpg"]
    assert bool(found.notices) == (encoding not in ("utf-8", "utf-16"))


def test_text_comes_back_as_it_was() -> None:
    text = "a <b> & \"c\" 'd' \n\t 고양이 😀"
    _root, child = elements(f'<a><b c="{escaped(text)}">{escaped(text)}</b></a>', "")
    assert (child.attributes["c"], child.text, child.line) == (text, text, 1)
    assert escaped("\x00\ud800") == "\ufffd\ufffd"


def read_voc(tmp_path: Path, text: str, **more: str) -> LabelledSet:
    return voc.read(folder_of(tmp_path, {"Annotations/x.xml": text, **more}), {"x.jpg": (64, 48)}.get)


BNDBOX = "<bndbox><xmin>1.5</xmin><ymin> 2 </ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"


@pytest.mark.parametrize(
    ("shape", "box", "reported"),
    [
        (BNDBOX, (1.5, 2, 3, 4), ""),
        ("<polygon><x1>1</x1><y1>2</y1><x2>5</x2><y2>2</y2><x3>3</x3><y3>9</y3></polygon>", (1, 2, 5, 9), "outlines"),
        ("<polygon><pt><x>1</x><y>2</y></pt><pt><x>5</x><y>9</y></pt></polygon>", (1, 2, 5, 9), "outlines"),
        (
            "<robndbox><cx>5</cx><cy>5</cy><w>4</w><h>2</h><angle>1.5707963267948966</angle></robndbox>",
            (4, 3, 6, 7), "rotated",
        ),
    ],
)  # fmt: skip
def test_objects_of_voc(shape: str, box: tuple[float, ...], reported: str, tmp_path: Path) -> None:
    text = f"<annotation><filename>C:\\set\\x.jpg</filename><object><name> a </name>{shape}</object></annotation>"
    labelled = read_voc(tmp_path, text)
    (image,) = labelled
    assert (image.name, image.width) == ("x.jpg", 64)
    assert image.boxes[0].xyxy == pytest.approx(box)
    assert image.boxes[0].label == "a"
    assert [reported in str(notice) for notice in labelled.notices] == ([True] if reported else [])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"<object>{BNDBOX}</object>", "no name"),
        ("<object><name>a</name></object>", "xmin"),
        ("<object><name>a</name><bndbox><xmin>x</xmin></bndbox></object>", "xmin"),
        (f"<object><name>a</name>{BNDBOX.replace('3', '1.5')}</object>", "no area"),
    ],
)
def test_a_bad_object_costs_its_image_alone(row: str, words: str, tmp_path: Path) -> None:
    good = "<annotation><filename>y.jpg</filename></annotation>"
    labelled = read_voc(
        tmp_path, f"<annotation><filename>x.jpg</filename>\n{row}</annotation>", **{"Annotations/y.xml": good}
    )
    assert [image.name for image in labelled] == ["y.jpg"]
    (problem,) = labelled.problems
    assert (problem.file, problem.line) == ("Annotations/x.xml", 2)
    assert words in str(problem)


def test_annotations_beside_pictures_in_a_folder_for_each_split(tmp_path: Path) -> None:
    """As Roboflow writes VOC."""
    text = f"<annotation><filename>x.jpg</filename><object><name>a</name>{BNDBOX}</object></annotation>"
    files: dict[str, str | bytes] = {"train/x.xml": text, "train/x.jpg": b"", "valid/x.xml": text, "valid/x.jpg": b""}
    labelled = voc.read(folder_of(tmp_path, files), unknown)
    assert {(image.name, image.split) for image in labelled} == {("train/x.jpg", "train"), ("valid/x.jpg", "val")}


def test_a_listed_picture_without_a_file_has_no_boxes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Annotations/x.xml": "<annotation><filename>x.jpg</filename></annotation>",
        "JPEGImages/empty.jpg": b"", "ImageSets/Main/val.txt": "empty\n", "ImageSets/Main/cat_val.txt": "empty -1\n",
    }  # fmt: skip
    labelled = voc.read(folder_of(tmp_path, files), lambda name: (5, 5))
    assert {(image.name, image.split) for image in labelled} == {("x.jpg", ""), ("JPEGImages/empty.jpg", "val")}


def read_cvat(tmp_path: Path, shapes: str) -> LabelledSet:
    text = (
        '<annotations><version>1.1</version>\n<image id="3" name="x.jpg" subset="Validation" width="64" height="48">'
        f"{shapes}</image></annotations>"
    )
    root = folder_of(tmp_path, {"annotations.xml": text})
    assert cvat.recognise(root)
    return cvat.read(root, unknown)


@pytest.mark.parametrize(
    ("shape", "box", "reported"),
    [
        ('<box label="a" xtl="1.5" ytl="2" xbr="3" ybr="4"/>', (1.5, 2, 3, 4), ""),
        ('<box label="a" xtl="3" ytl="4" xbr="7" ybr="6" rotation="90"/>', (4, 3, 6, 7), "rotated"),
        ('<polygon label="a" points="1,2;5.5,2;3,9"/>', (1, 2, 5.5, 9), "outlines"),
        ('<ellipse label="a" cx="5" cy="6" rx="4" ry="2"/>', (1, 4, 9, 8), "outlines"),
        ('<mask label="a" left="10" top="20" width="4" height="3" rle="5, 2, 2, 1, 2"/>', (11, 21, 13, 23), "outlines"),
        ('<cuboid label="a" xtl1="1" ytl1="2" xbl1="1" ybl1="8" xtr1="5" ytr1="2" xbr1="5" ybr1="8" xtl2="6" ytl2="1" '
         'xbl2="6" ybl2="7" xtr2="9" ytr2="1" xbr2="9" ybr2="7"/>', (1, 1, 9, 8), "outlines"),
        ('<box label="a" xtl="1" ytl="2" xbr="3" ybr="4"><attribute name="x">1</attribute></box>', (1, 2, 3, 4), ""),
    ],
)  # fmt: skip
def test_shapes_of_cvat(shape: str, box: tuple[float, ...], reported: str, tmp_path: Path) -> None:
    labelled = read_cvat(tmp_path, shape)
    (image,) = labelled
    assert (image.split, image.id, image.boxes[0].label) == ("val", 3, "a")
    assert image.boxes[0].xyxy == pytest.approx(box)
    assert [reported in str(notice) for notice in labelled.notices] == ([True] if reported else [])


def test_what_is_no_box_in_cvat_is_left_out_and_reported(tmp_path: Path) -> None:
    labelled = read_cvat(
        tmp_path, '<points label="a" points="1,2"/><polyline label="a" points="1,2;3,4"/><tag label="b"/>'
    )
    assert labelled.images[0].boxes == ()
    assert [notice.data["n"] for notice in labelled.notices] == [2]
    assert labelled.images[0].tags == ("b",)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ('<box label="a" xtl="x" ytl="2" xbr="3" ybr="4"/>', "no numbers"),
        ('<box xtl="1" ytl="2" xbr="3" ybr="4"/>', "no name"),
        ('<box label="a" xtl="3" ytl="2" xbr="3" ybr="4"/>', "no area"),
        ('<polygon label="a" points="1,2;3"/>', "no numbers"),
        ('<mask label="a" left="1" top="1" width="2" height="2" rle="0,99"/>', "no numbers"),
    ],
)
def test_a_bad_shape_of_cvat_is_a_problem_with_its_line(shape: str, words: str, tmp_path: Path) -> None:
    labelled = read_cvat(tmp_path, f"\n{shape}")
    assert not labelled.images
    (problem,) = labelled.problems
    assert problem.line == 3
    assert words in str(problem)


def test_a_cvat_file_for_video_is_refused(tmp_path: Path) -> None:
    root = folder_of(tmp_path, {"a.xml": '<annotations><track id="0" label="a"/></annotations>'})
    with pytest.raises(FormatError, match="for video"):
        cvat.read(root, unknown)


def test_a_box_of_cvat_keeps_its_digits() -> None:
    boxes = (LabelledBox("a", (1 / 3, 2, 20 / 7, 3)),)
    from annotations.formats import LabelledImage

    text = "".join(cvat.write(LabelledSet(("a",), (LabelledImage("x.jpg", 5, 5, boxes),))))
    assert f'xtl="{1 / 3!r}" ytl="2"' in text
