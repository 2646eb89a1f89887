"""CSV as spreadsheets and other tools write it, and names that would be formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.formats import FormatError, LabelledBox, LabelledImage, LabelledSet, csv_table
from tests.annotations.formats.labelled import folder_of, written, zip_of


def read(tmp_path: Path, text: str | bytes) -> LabelledSet:
    root = folder_of(tmp_path, {"labels.csv": text})
    assert csv_table.recognise(root)
    return csv_table.read(root, {"known.jpg": (9, 8)}.get)


@pytest.mark.parametrize(
    "text",
    [
        "image,label,left,top,right,bottom\nx.jpg,a,1.5,2,3,4",
        "\ufeffimage;label;left;top;right;bottom\r\nx.jpg;a;1,5;2;3;4\r\n\r\n",
        "image\tlabel\tleft\ttop\tright\tbottom\nx.jpg\ta\t1.5\t2\t3\t4\n",
        "filename,width,height,class,xmin,ymin,xmax,ymax\nx.jpg,64,48,a,1.5,2,3,4\n",
        "Image Path,Class Name,X,Y,Width,Height\n./x.jpg , a ,1.5,2,1.5,2\n",
        "x.jpg,1.5,2,3,4,a\n",
        "IMAGE,LABEL,x1,y1,x2,y2,confidence\n.\\x.jpg,a,1.5,2,3,4,\n",
        'image_id,width,height,bbox,class\nx.jpg,64,48,"[1.5, 2, 1.5, 2]",a\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tables_of_other_tools(text: str, encoding: str, tmp_path: Path) -> None:
    labelled = read(
        tmp_path, text.encode(encoding) if encoding != "utf-16" else text.removeprefix("\ufeff").encode(encoding)
    )
    assert not labelled.problems
    assert [(image.name, image.boxes) for image in labelled] == [("x.jpg", (LabelledBox("a", (1.5, 2, 3, 4)),))]


def test_a_table_of_one_class_and_of_parts(tmp_path: Path) -> None:
    """Our own header alone means pixels whatever the numbers are."""
    labelled = read(tmp_path, 'image_id,width,height,bbox\nx.jpg,64,48,"[0.25 0.5 0.5 0.25]"\nempty.jpg,64,48,\n')
    assert [image.boxes for image in labelled] == [(LabelledBox("object", (16, 24, 48, 36)),), ()]
    assert len(labelled.notices) == 2
    small = LabelledSet(("a",), (LabelledImage("x.jpg", 5, 5, (LabelledBox("a", (0, 0, 0.5, 1)),)),))
    assert csv_table.read(zip_of(written(csv_table.members(small))), lambda name: None) == small


def test_korean_spreadsheets_are_read_and_reported(tmp_path: Path) -> None:
    labelled = read(tmp_path, "image,label,left,top,right,bottom\n고양이.jpg,개,1,2,3,4\n".encode("cp949"))
    assert (labelled.images[0].name, labelled.classes) == ("고양이.jpg", ("개",))
    assert "CP949" in str(labelled.notices[0])


def test_rows_without_a_box_are_images_and_scores_are_predictions(tmp_path: Path) -> None:
    text = "image,split,complete,label,left,top,right,bottom,score\nknown.jpg,valid,1,,,,,,\ny.jpg,,,a,1,2,3,4,0.5\n"
    first, second = read(tmp_path, text)
    assert (first.width, first.split, first.complete, first.boxes) == (9, "val", True, ())
    assert second.predictions == (LabelledBox("a", (1, 2, 3, 4), 0.5),)


@pytest.mark.parametrize("name", ["=1+1.jpg", "+a.jpg", "-a.jpg", "@a.jpg", "'a.jpg", "'=a.jpg"])
def test_a_name_is_never_a_formula_and_comes_back(name: str) -> None:
    labelled = LabelledSet((name,), (LabelledImage(name, 5, 5, (LabelledBox(name, (1, 2, 3, 4)),)),))
    files = written(csv_table.members(labelled))
    assert not any(cell[:1] in "=+-@" for cell in files["labels.csv"].decode().split("\r\n")[1].split(",") if cell)
    assert csv_table.read(zip_of(files), lambda name: None) == labelled


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x.jpg,a,1,2,3", "as many cells"),
        ("x.jpg,a,1,2,x,4", "four numbers"),
        ("x.jpg,a,1,2,1,4", "no area"),
        ("x.jpg,,1,2,3,4", "no class"),
        (",a,1,2,3,4", "no image"),
    ],
)
def test_a_bad_row_costs_its_image_alone(row: str, words: str, tmp_path: Path) -> None:
    labelled = read(tmp_path, f"image,label,left,top,right,bottom\nknown.jpg,a,1,2,3,4\n{row}\n")
    assert [image.name for image in labelled] == ["known.jpg"]
    assert {(problem.file, problem.line) for problem in labelled.problems} == {("labels.csv", 3)}
    assert words in str(labelled.problems[0])


def test_a_cell_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    text = "image,label,left,top,right,bottom\n" + "x" * 200_000 + ",a,1,2,3,4\n"
    with pytest.raises(FormatError, match="no table"):
        csv_table.read(folder_of(tmp_path, {"labels.csv": text}), lambda name: None)
