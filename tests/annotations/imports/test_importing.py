"""Labels come in once, with their pictures or without, as a person chose; what cannot go in is named."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.imports import actions
from annotations.models import Box, BoxHistory, Complete, LabelImport, Suggestion
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, imported, step, taken, yolo, zip_of
from tests.conftest import BUGS

pytestmark = pytest.mark.django_db

MIDDLE = (16.0, 12.0, 48.0, 36.0)


def test_a_set_with_its_pictures(project: Project) -> None:
    job = taken(project, "set.zip", zip_of(yolo()))
    assert (job.phase, job.preview["format"]) == ("ready", "yolo")
    assert job.preview["images"] == {"labelled": 2, "new": 2, "here": 0, "missing": 0, "unlabelled": 0}
    assert [(row["name"], row["boxes"], row["class"]) for row in job.preview["classes"]] == [
        ("cat", 2, None),
        ("dog", 0, None),
    ]
    assert not project.images.exists()
    assert not project.classes.exists()
    job = step(actions.start(project.created_by, job, {}))
    assert (job.phase, job.counts["boxes"], job.counts["added"], job.problems) == ("done", 2, 2, [])
    assert boxes_of(project) == [("a.jpg", "cat", MIDDLE), ("b.jpg", "cat", MIDDLE)]
    assert [label.name for label in project.classes.all()] == ["cat"]  # what no box is of is not made
    assert {(box.origin, box.author) for box in Box.objects.all()} == {("import", project.created_by)}
    assert set(BoxHistory.objects.filter(box__isnull=False).values_list("verb", "actor")) == {
        ("imported", project.created_by.pk)
    }
    assert list(project.images.values_list("version", flat=True)) == [2, 2]
    assert not job.file
    assert AuditEntry.objects.filter(verb="labels.imported", project=project).exists()


def test_labels_for_pictures_that_are_here(project: Project) -> None:
    for name in ("a.jpg", "Ä.jpg"):
        factories.make_image(project, name=name)
    job = imported(
        project, "x.json", coco({"deep/a.jpg": [("cat", 1, 2, 30, 40)], "ä.JPG": [], "gone.jpg": [("dog", 1, 1, 9, 9)]})
    )
    assert job.preview["images"] | {"unlabelled": 0} == {
        "labelled": 3,
        "new": 0,
        "here": 2,
        "missing": 1,
        "unlabelled": 0,
    }
    assert job.preview["missing"] == ["gone.jpg"]
    assert boxes_of(project) == [("a.jpg", "cat", (1, 2, 30, 40))]
    assert [row["data"] for row in job.notices if "what" in row and "file name" in row["what"]] == [{"n": 2}]


def test_twice_is_once(project: Project) -> None:
    data = zip_of(yolo())
    imported(project, "set.zip", data)
    again = imported(project, "set.zip", data)
    assert again.preview["images"] == {"labelled": 2, "new": 0, "here": 2, "missing": 0, "unlabelled": 0}
    assert (again.counts.get("boxes", 0), again.counts["there"], again.counts.get("added", 0)) == (0, 2, 0)
    assert Box.objects.count() == 2
    assert list(project.images.values_list("version", flat=True)) == [2, 2]


def test_a_rounded_box_is_the_same_box(project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    factories.make_box(image, factories.make_class(project, "cat"), (1.0, 2.0, 30.0, 40.0))
    imported(
        project,
        "x.json",
        coco({"a.jpg": [("cat", 1.01, 2, 30, 39.98), ("dog", 1, 2, 30, 40), ("cat", 1.2, 2, 30, 40)]}),
    )
    assert [row[1:] for row in boxes_of(project)] == [
        ("cat", (1, 2, 30, 40)), ("dog", (1, 2, 30, 40)), ("cat", (1.2, 2, 30, 40)),
    ]  # fmt: skip


def test_classes_become_what_was_chosen(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    pet = factories.make_class(project, "pet")
    boxes = {"a.jpg": [("cat", 1, 1, 9, 9), ("dog", 11, 1, 19, 9), ("owl", 21, 1, 29, 9), ("Elk", 31, 1, 39, 9)]}
    elk = factories.make_class(project, "elk")
    job = taken(project, "x.json", coco(boxes, ["cat", "dog", "owl", "Elk"]))
    assert [row["class"] for row in job.preview["classes"]] == [None, None, None, elk.pk]
    step(actions.start(project.created_by, job, {"classes": {"cat": pet.pk, "dog": "hound", "owl": None}}))
    assert [row[1] for row in boxes_of(project)] == ["pet", "hound", "elk"]


@pytest.mark.parametrize(
    "wanted", [{"classes": {"nobody": None}}, {"classes": {"cat": 10**9}}, {"classes": {"cat": " "}}]
)
def test_choices_that_make_no_sense(project: Project, wanted: Any) -> None:
    job = taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}))
    with pytest.raises(Refusal):
        actions.start(project.created_by, job, wanted)
    assert LabelImport.objects.get().phase == "ready"


def test_only_owners_make_classes(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    worker = factories.make_member(project, "annotator")
    job = taken(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)]}), worker)
    with pytest.raises(Refusal, match="cat"):
        actions.start(worker, job, {})
    label = factories.make_class(project, "animal")
    job = step(actions.start(worker, job, {"classes": {"cat": label.pk}}))
    assert (job.phase, boxes_of(project)[0][1]) == ("done", "animal")


@pytest.mark.parametrize(("role", "error"), [("viewer", Forbidden)])
def test_who_does_not_import(project: Project, role: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        taken(project, "x.json", coco({}), factories.make_member(project, role))


@pytest.mark.parametrize(("complete", "marks"), [("no", 0), ("file", 0), ("all", 4)])
def test_what_is_marked_complete(project: Project, complete: str, marks: int) -> None:
    """COCO says of no image that it is complete; all that are labelled may be, for the classes that came."""
    for name in ("a.jpg", "b.jpg"):
        factories.make_image(project, name=name)
    for name in ("cat", "dog"):
        factories.make_class(project, name)
    job = imported(project, "x.json", coco({"a.jpg": [("cat", 1, 1, 9, 9)], "b.jpg": []}), complete=complete)
    assert Complete.objects.count() == job.counts.get("marks", 0) == marks
    assert BoxHistory.objects.filter(verb="completed").count() == marks


def test_boxes_are_fitted_into_their_images(project: Project) -> None:
    """Cut at the edges; scaled where the picture was made smaller; left out, and told, where it has another shape."""
    factories.make_image(project, name="a.jpg")
    factories.make_image(project, name="half.jpg", width=32, height=24)
    factories.make_image(project, name="turned.jpg", width=48, height=64)
    boxes = [("cat", -5.0, 10.0, 20.0, 99.0), ("cat", 70.0, 1.0, 90.0, 9.0), ("cat", 1.0, 1.0, 1.5, 30.0)]
    job = imported(project, "x.json", coco({"a.jpg": boxes, "half.jpg": [("cat", 2, 2, 40, 40)], "turned.jpg": boxes}))
    assert boxes_of(project) == [("a.jpg", "cat", (0, 10, 20, 48)), ("half.jpg", "cat", (1, 1, 20, 20))]
    assert (job.counts["outside"], job.counts["scaled"]) == (2, 1)
    assert [row["file"] for row in job.problems] == ["a.jpg", "turned.jpg"]


def test_an_imported_box_answers_the_suggestion_that_it_lies_on(project: Project) -> None:
    image, label = factories.make_image(project, name="a.jpg"), factories.make_class(project, "cat")
    here = factories.make_suggestion(image, label, (10, 10, 30, 30))
    other = factories.make_suggestion(image, label, (40, 10, 60, 30))
    imported(project, "x.json", coco({"a.jpg": [("cat", 10, 10, 30, 31)]}))
    here.refresh_from_db()
    other.refresh_from_db()
    assert (here.state, here.box, other.state) == ("accepted", Box.objects.get(), "pending")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.json", "{}", "neither labels nor pictures"),
        ("x.json", '{"images": [], "categories": [], "annotations": 3}', "annotations"),
        ("x.zip", b"PK\x03\x04 torn", "damaged"),
        ("x.zip", zip_of({"readme.md": "hello"}), "neither labels nor pictures"),
        ("x.zip", zip_of({}), "neither labels nor pictures"),
        ("x.bin", b"\0\1\2", "neither labels nor pictures"),
    ],
    ids=["no labels", "no list", "torn", "nothing to read", "empty", "bytes"],
)
def test_what_cannot_be_read(project: Project, name: str, data: bytes | str, words: str) -> None:
    from annotations.imports.notices import said

    job = taken(project, name, data)
    assert (job.phase, bool(job.file)) == ("failed", False)
    assert words in said(job.problems[0])["detail"]
    with pytest.raises(Conflict):
        actions.start(project.created_by, job, {})


def test_pictures_alone(project: Project) -> None:
    job = imported(project, "x.zip", zip_of({"a.jpg": factories.picture_bytes(), "torn.jpg": b"\xff\xd8\xff"}))
    assert (job.preview["format"], job.preview["images"]["unlabelled"]) == ("", 1)
    assert (job.phase, job.counts["added"], [row["file"] for row in job.problems]) == ("done", 1, ["torn.jpg"])


def test_pictures_that_no_label_names(project: Project) -> None:
    files = {
        "x.json": coco({"a.jpg": []}),
        "a.jpg": factories.picture_bytes(seed=1),
        "b.jpg": factories.picture_bytes(seed=2),
    }
    assert imported(project, "x.zip", zip_of(files), pictures=False).counts["added"] == 1
    assert imported(project, "x.zip", zip_of(files)).counts["added"] == 1
    assert sorted(image.name for image in project.images.all()) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../x.jpg", "unsafe_path"),
        ("/etc/x.jpg", "unsafe_path"),
        ("C:\\x.jpg", "unsafe_path"),
        ("..\\x.txt", "unsafe_path"),
    ],
)
def test_paths_that_lead_out_are_named(project: Project, path: str, code: str) -> None:
    job = imported(project, "x.zip", zip_of(yolo() | {path: factories.picture_bytes(seed=9)}))
    assert (job.phase, [row["code"] for row in job.problems]) == ("done", [code])
    assert project.images.count() == 2


def test_links_and_bombs_are_named(project: Project) -> None:
    import io
    import zipfile

    out = io.BytesIO(zip_of(yolo()))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        link = zipfile.ZipInfo("images/link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("labels/bomb.txt", b"0" * 5_000_000)
    job = imported(project, "x.zip", out.getvalue())
    assert (job.phase, sorted(row["code"] for row in job.problems)) == ("done", ["zip_link", "zip_ratio"])
    assert Box.objects.count() == 2


@pytest.mark.parametrize("prefix", ["", "my set/", "a/b/"])
@pytest.mark.parametrize("litter", [{}, {"__MACOSX/images/._a.jpg": b"x", ".DS_Store": b"x"}])
def test_folders_and_litter_around_a_set(project: Project, prefix: str, litter: dict[str, bytes]) -> None:
    job = imported(project, "x.zip", zip_of({prefix + path: data for path, data in yolo().items()} | litter))
    assert (job.counts["boxes"], job.problems) == (2, [])


@pytest.mark.skipif(not BUGS.is_dir(), reason="the inputs lie beside the project")
def test_the_reported_set(project: Project) -> None:
    job = imported(project, "yolo_set.zip", (BUGS / "zips" / "yolo_set.zip").read_bytes())
    assert (job.phase, job.problems) == ("done", [])
    assert job.counts["added"] == project.images.count() > 0
    assert job.counts["boxes"] == Box.objects.count() > 0


def test_suggestions_wait_is_not_touched_by_other_classes(project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    one = factories.make_suggestion(image, factories.make_class(project, "dog"), (10, 10, 30, 30))
    imported(project, "x.json", coco({"a.jpg": [("cat", 10, 10, 30, 30)]}))
    assert Suggestion.objects.get(pk=one.pk).state == "pending"
