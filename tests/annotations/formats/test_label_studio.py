"""Label Studio's JSON as it comes from its users: addresses, several annotators, shapes, both ways of telling a
region.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import FormatError, LabelledBox, LabelledSet, label_studio
from annotations.formats.addresses import picture_name
from tests.annotations.formats.labelled import folder_of


def region(kind: str = "rectanglelabels", labels: list[str] | None = None, **value: Any) -> dict[str, Any]:
    given = {"x": 10, "y": 20, "width": 30, "height": 40, **value, kind: ["a"] if labels is None else labels}
    return {"id": "r", "type": kind, "original_width": 200, "original_height": 100, "value": given}


def task(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"image": "x.jpg"}, "annotations": [{"result": list(results)}], **more}


def read(tmp_path: Path, *tasks: Any) -> LabelledSet:
    root = folder_of(tmp_path, {"tasks.json": json.dumps(tasks)})
    assert label_studio.recognise(root)
    return label_studio.read(root, {"known.jpg": (200, 100)}.get)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/upload/3/1a2b3c4d-my_cat.jpg", "my_cat.jpg"),
        ("http://localhost:8080/data/upload/3/1a2b3c4d-%EA%B3%A0.jpg", "고.jpg"),
        ("/data/local-files/?d=images/a/b%20%231.jpg", "a/b #1.jpg"),
        ("/data/local-files/?d=C%3A%5Cset%5Cb.jpg", "set/b.jpg"),
        ("s3://bucket/folder/b.jpg", "folder/b.jpg"),
        ("https://host/a/b.jpg?X-Sign=1", "a/b.jpg"),
        ("/tasks/5/resolve/?fileuri=" + base64.urlsafe_b64encode(b"gs://bucket/k/b.jpg").decode(), "k/b.jpg"),
        ("b#1 50%.jpg", "b#1 50%.jpg"),
        ("C:\\set\\b.jpg", "set/b.jpg"),
    ],
)
def test_an_address_is_a_plain_name(address: str, name: str) -> None:
    assert picture_name(address) == name


def test_percents_are_pixels_and_an_answered_task_is_complete(tmp_path: Path) -> None:
    (image,) = read(tmp_path, task(region()))
    assert (image.name, image.width, image.height, image.complete, image.id) == ("x.jpg", 200, 100, True, 7)
    assert image.boxes == (LabelledBox("a", (20, 20, 80, 60)),)
    assert read(tmp_path / "b", task(annotations=[])).images[0].complete is None


def test_the_ground_truth_counts_then_the_latest_and_no_cancelled_one(tmp_path: Path) -> None:
    def annotation(label: str, **more: Any) -> dict[str, Any]:
        return {"result": [region(labels=[label])], **more}

    old, new = {"updated_at": "2026-01-01T00:00:00Z"}, {"updated_at": "2026-02-01T00:00:00Z"}
    labelled = read(
        tmp_path,
        {"data": {"image": "a.jpg"}, "annotations": [annotation("new", **new), annotation("old", **old)]},
        {
            "data": {"image": "b.jpg"},
            "annotations": [annotation("true", ground_truth=True, **old), annotation("x", **new)],
        },
        {
            "data": {"image": "c.jpg"},
            "annotations": [annotation("gone", was_cancelled=True, **new), annotation("y", **old)],
        },
    )
    assert [image.boxes[0].label for image in labelled] == ["new", "true", "y"]
    assert [notice.data["n"] for notice in labelled.notices] == [2, 1]


def test_predictions_have_scores_and_a_model(tmp_path: Path) -> None:
    own = {"model_version": "yolo 7", "score": 0.25, "result": [{**region(), "score": 0.75}, region(labels=["b"])]}
    labelled = read(tmp_path, task(annotations=[], predictions=[own]), {"data": {"image": "y.jpg"}, "predictions": [
        {"model_version": "yolo 7", "result": [region()]}]})  # fmt: skip
    assert labelled.model == "yolo 7"
    assert [box.score for image in labelled for box in image.predictions] == [0.75, 0.25, 0.5]
    assert ["no score" in str(notice) for notice in labelled.notices] == [True]


@pytest.mark.parametrize(
    ("result", "box", "reported"),
    [
        (region("polygonlabels", points=[[10, 20], [40, 20], [40, 60]]), (20, 20, 80, 60), "outlines"),
        (region("ellipselabels", x=25, y=40, radiusX=15, radiusY=20), (20, 20, 80, 60), "outlines"),
        (region(rotation=90), (-20, 20, 20, 80), "rotated"),
        (region("labels"), (20, 20, 80, 60), ""),
    ],
)
def test_other_shapes_are_the_boxes_around_them(
    result: dict[str, Any], box: Any, reported: str, tmp_path: Path
) -> None:
    labelled = read(tmp_path, task(result))
    assert labelled.images[0].boxes[0].xyxy == pytest.approx(box)
    assert [reported in str(notice) for notice in labelled.notices] == ([True] if reported else [])


def test_a_region_may_be_reported_in_two_results(tmp_path: Path) -> None:
    shape = {**region(), "type": "rectangle"}
    del shape["value"]["rectanglelabels"]
    labelled = read(tmp_path, task(shape, {**region("labels", labels=["a", "b"]), "id": "r"}))
    assert [box.label for box in labelled.images[0].boxes] == ["a", "b"]


def test_what_is_no_box_is_left_out_and_reported(tmp_path: Path) -> None:
    labelled = read(tmp_path, task(region("brushlabels"), region(labels=[]), {"type": "textarea", "value": {}}))
    assert labelled.images[0].boxes == ()
    assert [notice.data["n"] for notice in labelled.notices] == [2, 1]


def test_the_short_export_is_read_too(tmp_path: Path) -> None:
    value = {**region()["value"], "original_width": 200, "original_height": 100}
    (image,) = read(tmp_path, {"id": 1, "image": "/data/upload/1/1a2b3c4d-x.jpg", "label": [value], "annotator": 1})
    assert (image.name, image.boxes) == ("x.jpg", (LabelledBox("a", (20, 20, 80, 60)),))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (3, "not a task"),
        ({"data": {"text": "hello"}}, "names no picture"),
        (task(region(x="left")), "no numbers"),
        (task(region(width=0)), "no numbers"),
        ({"data": {"image": "x.jpg"}, "annotations": [{"result": [{**region(), "original_width": None}]}]}, "size"),
        (task(annotations=[], predictions=[{"score": 7, "result": [region()]}]), "between 0 and 1"),
    ],
)
def test_a_bad_task_costs_its_image_alone(bad: Any, words: str, tmp_path: Path) -> None:
    labelled = read(tmp_path, {"data": {"image": "known.jpg"}}, bad)
    assert [(image.name, image.width) for image in labelled] == [("known.jpg", 200)]
    (problem,) = labelled.problems
    assert words in str(problem)


def test_bad_json_is_refused_with_its_line(tmp_path: Path) -> None:
    root = folder_of(tmp_path, {"tasks.json": '[{"data":\n{]'})
    with pytest.raises(FormatError) as error:
        label_studio.read(root, lambda name: None)
    assert error.value.line == 2
