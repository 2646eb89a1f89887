"""What lies in a file is found, or a sentence says why not: labels without names, two formats, zips in zips,
results.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotations.imports import notices
from annotations.models import LabelImport, Suggestion
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, imported, taken, yolo, zip_of

pytestmark = pytest.mark.django_db
MIDDLE = (16.0, 12.0, 48.0, 36.0)


def words(job: LabelImport) -> str:
    return " | ".join(notices.said(row)["detail"] for row in [*job.problems, *job.notices])


def results(*ids: Any, category: int = 1, **more: Any) -> str:
    return json.dumps(
        [{"image_id": id, "category_id": category, "bbox": [16, 12, 32, 24], "score": 0.5} | more for id in ids]
    )


@pytest.mark.parametrize(
    ("images", "brought", "said"),
    [
        ([], {}, "No picture called x is in it"),
        (["one/x.jpg", "two/x.png"], {}, "Several pictures are called x (one/x.jpg, two/x.png)"),
        ([], {"images/x.jpg": b"\xff\xd8\xff\xe0 cut"}, "is damaged: not even its size"),
    ],
)
def test_why_labels_have_no_picture(project: Project, images: list[str], brought: Any, said: str) -> None:
    for name in images:
        factories.make_image(project, name=name)
    job = taken(project, "x.zip", zip_of({"classes.txt": "cat\n", "labels/x.txt": "0 0.5 0.5 0.5 0.5\n"} | brought))
    assert (job.phase, job.preview["boxes"]) == ("ready", 0)
    assert said in words(job)


def test_a_picture_that_is_cut_short_is_named_beforehand(project: Project) -> None:
    files = yolo()
    files["images/a.jpg"] = bytes(files["images/a.jpg"])[:-200]  # type: ignore[arg-type]
    job = imported(project, "x.zip", zip_of(files))
    assert (job.preview["boxes"], job.counts["boxes"]) == (1, 1)
    assert "damaged" in words(job)


def test_label_files_whose_classes_nobody_names(project: Project) -> None:
    files = yolo()
    del files["data.yaml"]
    files["labels/b.txt"] = "7 0.5 0.5 0.5 0.5 0.9\n"
    label = factories.make_class(project, "cat")
    job = imported(project, "x.zip", zip_of(files), classes={"class 0": label.pk})
    assert [(row["name"], row["boxes"], row["predictions"]) for row in job.preview["classes"]] == [
        ("class 0", 1, 0), ("class 7", 0, 1),
    ]  # fmt: skip
    assert "called by their numbers" in words(job)
    assert boxes_of(project) == [("a.jpg", "cat", MIDDLE)]


def test_two_formats_at_once(project: Project) -> None:
    job = taken(project, "x.zip", zip_of(yolo() | {"x.json": coco({"a.jpg": []})}))
    assert job.preview["format"] == "coco"
    assert "Labels in YOLO are in it, too" in words(job)


@pytest.mark.parametrize("folder", ["", "set/", "images/"])
def test_pictures_in_a_zip_beside_their_labels(project: Project, folder: str) -> None:
    inner = zip_of({f"{folder}a.jpg": factories.picture_bytes(64, 48), "__MACOSX/._a.jpg": b"x"})
    job = imported(project, "x.zip", zip_of({"images.zip": inner, "x.json": coco({"a.jpg": [("cat", 1, 1, 9, 9)]})}))
    assert (job.preview["images"]["new"], job.counts["boxes"], job.problems) == (1, 1, [])


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (zip_of({"deep.zip": zip_of({"a.jpg": b"x"})}), "stays shut"),
        (b"PK\x03\x04 torn", "The zip is damaged"),
        (zip_of({"../a.jpg": b"x"}), "leads outside"),
    ],
)
def test_a_zip_in_a_zip_that_cannot_be_read_is_named(project: Project, inner: bytes, said: str) -> None:
    job = taken(project, "x.zip", zip_of(yolo() | {"inner.zip": inner}))
    assert (job.preview["boxes"], len(job.problems)) == (2, 1)
    assert said in words(job)


def test_zips_in_a_zip_share_its_limits(project: Project, settings: Any) -> None:
    settings.ZIP_MAX_FILES = 4
    inner = zip_of({f"{n}.txt": "x" for n in range(3)})
    job = taken(project, "x.zip", zip_of({"a.zip": inner, "b.zip": inner}))
    assert (job.phase, "more than 4 files" in words(job)) == ("failed", True)


@pytest.mark.parametrize(
    ("ids", "more", "beside", "names"),
    [
        ([1], {}, {"x.json": coco({"a.jpg": [], "b.jpg": []})}, ["cat"]),
        (["a"], {}, {"data.yaml": "names: [cat, dog]\n"}, ["cat"]),
        ([139], {"file_name": "a.jpg"}, {"classes.txt": "cat\n"}, ["cat"]),
        (["a"], {"category_id": 0}, {"classes.txt": "cat\n"}, ["cat"]),
        (["a"], {}, {}, ["class 1"]),
        ([7], {}, {}, ["class 1"]),
    ],
)
def test_results_of_a_detector(project: Project, ids: list[Any], more: Any, beside: Any, names: list[str]) -> None:
    factories.make_image(project, name="a.jpg")
    factories.make_image(project, name="000000000007.jpg")
    label = factories.make_class(project, "cat")
    job = imported(project, "x.zip", zip_of({"predictions.json": results(*ids, **more)} | beside))
    assert job.preview["format"] == "coco"
    assert [(row["name"], row["class"]) for row in job.preview["classes"] if row["predictions"]] == [
        (names[0], label.pk)
    ]
    assert (job.preview["predictions"], job.problems) == (1, [])
    found = Suggestion.objects.get()
    assert (found.xyxy, found.label, found.probability) == (MIDDLE, label, 0.5)


def test_results_of_images_that_nobody_knows(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    job = taken(project, "predictions.json", results("a", 12, "b", None))
    assert (job.preview["predictions"], len(job.problems)) == (1, 3)
    assert "No picture is called 12" in words(job)
