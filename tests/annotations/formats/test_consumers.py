"""Other tools read what LabelHub writes, and LabelHub reads what they write: boxes, classes and empty images.

They live in an environment of their own (`make consumers`); where it is absent their tests are skipped, unless nothing
may be left out. pycocotools is asked in test_coco.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from PIL import Image

from annotations.flags import NAMES
from annotations.formats import LabelledBox, LabelledImage, LabelledSet
from annotations.formats.addresses import picture_name
from annotations.formats.table import FORMATS, recognise
from tests.annotations.formats.labelled import folder_of, written

SPEAK = Path(__file__).with_name("consumers_speak.py")
PYTHON = Path(sys.prefix) / "consumers" / "bin" / "python"

# By the names of the files alone: some tools flatten folders when they write.
OURS = LabelledSet(
    ("cat", "고양이", "nobody's"),
    (
        LabelledImage(
            "a b.jpg", 64, 48, (LabelledBox("cat", (1.25, 2.5, 20, 30)), LabelledBox("고양이", (10, 20, 64, 48))),
            split="train", id=4,
        ),
        LabelledImage("폴더/c.jpg", 32, 24, (LabelledBox("cat", (0.5, 0.25, 8, 9)),), split="train", id=6),
        LabelledImage("blank.jpg", 40, 30, (), split="train", id=9),
    ),
    class_ids=(1, 5, 9),
)  # fmt: skip
EXACT = 1e-4
ROUNDED = 2.0  # pixels: the tool writes, or takes, whole ones, and some count from 1

# What each tool reads of ours: how near, and whether it looks into folders.
READS = {
    ("datumaro", "coco"): (EXACT, True),
    ("datumaro", "yolo"): (EXACT, True),
    ("datumaro", "voc"): (EXACT, True),
    ("datumaro", "cvat"): (EXACT, True),
    ("supervision", "coco"): (EXACT, True),
    ("supervision", "yolo"): (EXACT, False),
    ("supervision", "voc"): (ROUNDED, False),
    ("fiftyone", "coco"): (EXACT, True),
    ("fiftyone", "yolo"): (EXACT, True),
    ("fiftyone", "voc"): (ROUNDED, True),
    ("fiftyone", "cvat"): (ROUNDED, True),
    ("label_studio", "label_studio"): (EXACT, True),
    ("ultralytics", "yolo"): (EXACT, True),
}
# What each tool writes: how near, and whether an image without boxes is in it.
WRITES = {
    ("datumaro", "coco"): (EXACT, True),
    ("datumaro", "yolo"): (0.01, True),
    ("datumaro", "voc"): (EXACT, True),
    ("datumaro", "cvat"): (0.01, True),
    ("supervision", "coco"): (EXACT, True),
    ("supervision", "yolo"): (0.01, True),
    ("supervision", "voc"): (ROUNDED, True),
    ("fiftyone", "coco"): (EXACT, True),
    ("fiftyone", "yolo"): (EXACT, True),
    ("fiftyone", "voc"): (ROUNDED, True),
    ("label_studio", "coco"): (EXACT, True),
    ("label_studio", "yolo"): (EXACT, True),
    ("label_studio", "voc"): (ROUNDED, False),
    ("label_studio", "label_studio"): (EXACT, True),
    ("ultralytics", "yolo"): (EXACT, False),
}
TOOLS = list(dict.fromkeys(tool for tool, _key in READS))


def stem(name: str) -> str:
    return PurePosixPath(picture_name(name)).name.removesuffix(".jpg")


def expected(*, folders: bool = True, blank: bool = True) -> dict[str, list[list[Any]]]:
    chosen = (i for i in OURS if (folders or "/" not in i.name) and (blank or i.boxes))
    return {stem(image.name): sorted([box.label, *box.xyxy] for box in image.boxes) for image in chosen}


def assert_near(found: dict[str, list[list[Any]]], wanted: dict[str, list[list[Any]]], tolerance: float) -> None:
    assert sorted(found) == sorted(wanted)
    for name, boxes in wanted.items():
        assert [row[0] for row in sorted(found[name])] == [row[0] for row in boxes]
        for row, box in zip(sorted(found[name]), boxes, strict=True):
            assert row[1:] == pytest.approx(box[1:], abs=tolerance)


def asked(tool: str, root: Path, out: Path) -> dict[str, dict[str, list[list[Any]]]]:
    """What the tool reads of our files, and what it writes lies in `out`."""
    python = Path(sys.executable) if tool == "ultralytics" else PYTHON
    if not python.exists():
        if os.environ.get("LABELHUB_TEST_ALL") == "1":
            pytest.fail(f"{python} is not here: `make consumers`")
        pytest.skip(f"{python} is not here: `make consumers`")
    environment = os.environ | {"YOLO_OFFLINE": "true", "HOME": str(out), "PYTHONIOENCODING": "utf-8"}
    answer = subprocess.run(
        [python, SPEAK, tool, root, out], capture_output=True, text=True, env=environment, check=False, timeout=300
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    found: dict[str, dict[str, list[list[Any]]]] = json.loads(answer.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_reads_ours_and_we_read_its(tool: str, tmp_path: Path) -> None:
    for key, format in FORMATS.items():
        folder_of(tmp_path / "ours" / key, written(format.members(OURS)))
        for image in OURS:
            for place in ("images", "images/train") if key == "cvat" else ("images",):  # FiftyOne: by subset, as CVAT
                path = tmp_path / "ours" / key / place / image.name
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (image.width, image.height), "white").save(path)
    out = tmp_path / "theirs"
    out.mkdir()
    read = asked(tool, tmp_path / "ours", out)

    assert sorted(read) == sorted(key for who, key in READS if who == tool)
    for key, images in read.items():
        tolerance, folders = READS[tool, key]
        assert_near({stem(name): rows for name, rows in images.items()}, expected(folders=folders), tolerance)

    sizes = {stem(image.name): (image.width, image.height) for image in OURS}
    for key in (key for who, key in WRITES if who == tool):
        tolerance, blank = WRITES[tool, key]
        assert recognise(out / key) is FORMATS[key]
        labelled = FORMATS[key].read(out / key, lambda name: sizes.get(stem(name)))
        assert [str(problem) for problem in labelled.problems] == []
        # Label Studio's converter calls every choice of its set-up a class, flags too.
        more = set(NAMES) if tool == "label_studio" else set()
        assert {"cat", "고양이"} <= set(labelled.classes) <= set(OURS.classes) | more
        found = {stem(i.name): [[b.label, *b.xyxy] for b in (*i.boxes, *i.predictions)] for i in labelled}
        assert_near(found, expected(blank=blank), tolerance)
        if tool == "ultralytics":
            assert {box.score for image in labelled for box in image.predictions} == {0.75}
