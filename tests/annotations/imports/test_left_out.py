"""What is left out is said before anything is written, and its image is never called complete: its objects would be
taken for background.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image as Pillow

from annotations.imports import notices
from annotations.models import Complete, LabelImport
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, imported, taken, zip_of

pytestmark = pytest.mark.django_db
TABLE = "filename,label,xmin,ymin,xmax,ymax\n"


def region(*labels: str, kind: str = "rectanglelabels") -> dict[str, Any]:
    value = {"x": 10, "y": 10, "width": 50, "height": 50, kind: list(labels)}
    return {"id": "r", "type": kind, "value": value}


def task(result: Any, **more: Any) -> str:
    return json.dumps([{"data": {"image": "a.jpg"}, "annotations": [{"result": result, **more}]}])


def words(job: LabelImport) -> str:
    return " | ".join(notices.said(row)["detail"] for row in [*job.problems, *job.notices])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "x.json",
            coco({"a.jpg": [("cat", 500, 500, 550, 550)]}),
            "smaller than a pixel (cat at 500, 500, 550, 550)",
        ),
        ("x.json", coco({"a.jpg": [("cat", 0.1, 0.2, 0.3, 0.4)]}), "1 box lies outside the picture"),
        ("x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}).replace("64", "6400").replace("48", "4800"), "not marked"),
        ("x.csv", TABLE + "a.jpg,cat,500,500,550,550\na.jpg,cat,1,1,9,9\n", "not marked complete"),
        ("x.json", task([region("cat"), region()]), "1 region has no class"),
        ("x.json", task([region("cat"), region("cat", kind="keypointlabels")]), "1 result is no box "),
    ],
)
@pytest.mark.parametrize("complete", ["all", "file"])
def test_an_image_that_misses_a_box_is_not_complete(
    project: Project, name: str, text: str, said: str, complete: str
) -> None:
    factories.make_image(project, name="a.jpg")
    factories.make_class(project, "cat")
    job = imported(project, name, text, complete=complete)
    assert (job.phase, job.preview["partial_images"], job.preview["complete"]) == ("done", 1, 0)
    assert said in words(job)
    assert job.preview["boxes"] == job.counts.get("boxes", 0)
    assert not Complete.objects.exists()


def test_a_box_of_a_class_that_nobody_wants_is_missed_by_none(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    factories.make_class(project, "cat")
    text = coco({"a.jpg": [("cat", 1, 1, 9, 9), ("dog", 500, 500, 550, 550)]})
    job = imported(project, "x.json", text, complete="all", classes={"dog": None})
    assert (job.counts["marks"], job.preview["left_out"]) == (1, 1)


@pytest.mark.parametrize(
    "tasks",
    [
        task("bad"),
        task([1, region("cat")]),
        json.dumps([{"data": {"image": "a.jpg"}, "annotations": "bad"}]),
        json.dumps([{"data": {"image": "a.jpg"}, "annotations": [7]}]),
    ],
)
def test_regions_that_nobody_can_read_leave_their_task_out(project: Project, tasks: str) -> None:
    factories.make_image(project, name="a.jpg")
    job = taken(project, "x.json", tasks)
    assert (job.preview["complete"], job.preview["images"]["labelled"]) == (0, 0)
    assert "must be lists of objects" in words(job)


def test_a_table_of_parts_is_read_as_parts(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    job = imported(project, "x.csv", TABLE + "a.jpg,cat,0.25,0.25,0.5,0.5\na.jpg,dog,0,0,1,1\n", complete="all")
    assert boxes_of(project) == [("a.jpg", "dog", (0, 0, 64, 48)), ("a.jpg", "cat", (16, 12, 32, 24))]
    assert "parts of the images" in words(job)
    assert Complete.objects.count() == 2


def test_labels_of_another_shape_are_no_boxes_of_the_preview(project: Project) -> None:
    factories.make_image(project, name="a.jpg", width=48, height=64)
    job = taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}))
    assert (job.preview["boxes"], job.preview["images"]["here"]) == (0, 0)
    assert "Send the picture's own file along" in words(job)


def test_labels_of_a_lying_picture_are_turned_with_it(project: Project) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Pillow.new("RGB", (64, 48)).save(out, "JPEG", exif=exif)
    files: dict[str, bytes | str] = {"x.json": coco({"a.jpg": [("cat", 10, 20, 30, 25)]}), "a.jpg": out.getvalue()}
    job = imported(project, "x.zip", zip_of(files), complete="all")
    assert (job.preview["boxes"], job.counts["turned"], job.problems) == (1, 1, [])
    assert boxes_of(project) == [("a.jpg", "cat", (23, 10, 28, 30))]


def test_two_files_of_one_picture_are_one_image_and_said(project: Project) -> None:
    data = factories.picture_bytes(64, 48)
    boxes = {"train": [("cat", 1, 1, 9, 9)], "val": [("dog", 11, 1, 19, 9)]}
    files: dict[str, bytes | str] = {"train/e.jpg": data, "val/f.jpg": data}
    for (split, own), name in zip(boxes.items(), "ef", strict=True):
        files[f"{split}/_annotations.coco.json"] = coco({f"{name}.jpg": own})
    job = imported(project, "x.zip", zip_of(files), splits=True)
    assert (job.preview["images"]["new"], job.counts["added"]) == (1, 1)
    assert [row[:2] for row in boxes_of(project)] == [("e.jpg", "cat"), ("e.jpg", "dog")]
    assert "1 picture is there twice" in words(job)
    assert "in two splits at once" in words(job)
    assert project.images.get().split == "train"


def test_of_two_images_for_one_picture_the_first_misses_boxes(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    text = coco({"one/a.jpg": [("cat", 1, 1, 9, 9)], "two/a.jpg": [("cat", 21, 1, 29, 9)]})
    job = imported(project, "x.json", text, complete="all")
    assert (job.counts["boxes"], job.counts.get("marks", 0), job.counts["partial"]) == (1, 0, 1)


@pytest.mark.parametrize("xyxy", [(1, 1, 9, 9), (500, 500, 550, 550)])
def test_what_a_detector_says_completes_nothing(project: Project, xyxy: Any) -> None:
    """Nobody has looked at an image that has predictions alone, here or lost."""
    factories.make_image(project, name="a.jpg")
    factories.make_image(project, name="empty.jpg")
    text = coco({"a.jpg": [("cat", *xyxy)], "empty.jpg": []}).replace('"bbox"', '"score": 0.5, "bbox"')
    job = imported(project, "x.json", text, complete="all", classes={"cat": factories.make_class(project, "cat").pk})
    assert list(Complete.objects.values_list("image__name", flat=True)) == ["empty.jpg"]
    assert "not marked complete" not in words(job)


def test_a_picture_that_came_along_is_not_asked_for(project: Project) -> None:
    files = {"x.json": coco({"a.jpg": [("cat", 1, 1, 9, 9)]}), "a.jpg": factories.picture_bytes(48, 64)}
    assert "their shapes differ" in words(taken(project, "x.zip", zip_of(files)))
