"""What the Python client does, sync and async, with the real server behind it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotations.models import Box, Complete, Suggestion
from labelhub_client import AsyncClient, Client, JobFailure, LabelHubError, NotFound, OutsidePrediction, Progress
from labelhub_client.uploads import pictures_of
from projects.models import Image, Project
from projects.people import tokens
from tests import factories
from tests.annotations.imports.made import coco, zip_of
from tests.clients.in_process import InProcess

pytestmark = pytest.mark.django_db
Do = Callable[..., Any]


@pytest.fixture
def server() -> InProcess:
    return InProcess()


@pytest.fixture(params=["sync", "async"])
def do(request: pytest.FixtureRequest, project: Project, server: InProcess) -> Do:
    """Calls a method of the sync or of the async client by its name; a stream's items come as a list."""
    token = tokens.create(project.created_by)[1]
    if request.param == "sync":
        hub = Client("http://testserver", token, transport=server)

        def call(name: str, *arguments: Any, **options: Any) -> Any:
            found = getattr(hub, name)(*arguments, **options)
            return list(found) if inspect.isgenerator(found) else found

        return call

    async def wait_for(name: str, *arguments: Any, **options: Any) -> Any:
        async with AsyncClient("http://testserver", token, transport=server) as hub:
            found = getattr(hub, name)(*arguments, **options)
            return [item async for item in found] if inspect.isasyncgen(found) else await found

    return lambda name, *arguments, **options: server.carry_out(wait_for(name, *arguments, **options))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / ".cache").mkdir()
    for number, name in enumerate(("a.jpg", "b.PNG", "more/c.jpg", ".cache/d.jpg")):
        (folder / name).write_bytes(factories.picture_bytes(seed=number, kind="PNG" if "PNG" in name else "JPEG"))
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def test_a_folder_is_uploaded_once(do: Do, project: Project, photos: Path, server: InProcess) -> None:
    dataset = do("find_dataset", project.pk)
    reported: list[Progress] = []
    first = do("upload_folder", dataset.id, photos, reported.append)
    assert [image.name for image in first.added] == ["a.jpg", "b.PNG", "c.jpg"]
    assert [problem.file for problem in first.problems] == ["broken.jpg"]
    assert (reported[-1].done, reported[-1].total) == (4, 4)
    (photos / "broken.jpg").unlink()
    server.paths.clear()
    again = do("upload_folder", dataset.id, photos)
    assert (again.added, again.known) == ((), 3)
    assert server.paths == [f"/api/datasets/{dataset.id}/images/known/"]
    assert Image.objects.count() == 3


def test_pictures_of_one_name_in_two_folders_are_two_images(do: Do, project: Project, tmp_path: Path) -> None:
    for number, folder in enumerate(("cam1", "cam2", "copy")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(factories.picture_bytes(seed=number % 2))
    done = do("upload_folder", do("find_dataset", project.pk).id, tmp_path)
    assert ([image.name for image in done.added], done.known, done.problems) == (["a.jpg", "a.jpg"], 1, ())
    assert project.images.values("sha256").distinct().count() == 2


def test_names_are_found_or_said_to_be_wrong(do: Do, project: Project) -> None:
    assert do("find_project", project.name).id == project.pk
    assert do("find_project", str(project.pk)).id == project.pk
    with pytest.raises(NotFound, match="nothing of it"):
        do("find_project", "nothing of it")
    made = do("create_class", project.pk, "cat")
    assert do("find_classes", project.pk, ["cat"]) == [made]
    with pytest.raises(NotFound, match="dog"):
        do("find_classes", project.pk, ["dog"])


def test_labels_come_in_and_go_again(do: Do, project: Project, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        factories.make_image(project, name=name)
    file = tmp_path / "labels.json"
    file.write_text(coco({"a.jpg": [("cat", 1, 2, 30, 40)], "b.jpg": [("dog", 5, 5, 9, 9)]}))
    preview = do("preview_labels", project.pk, file)
    assert (preview.state, preview.preview.boxes, preview.preview.images.here) == ("ready", 2, 2)
    assert not Box.objects.exists()
    job = do("start_import", project.pk, preview.id, classes={"dog": None}, complete="all")
    assert (job.state, Box.objects.get().label.name, Complete.objects.count()) == ("done", "cat", 2)
    assert do("undo_import", project.pk, job.id).state == "undone"
    assert not Box.objects.exists()


def test_a_folder_of_labels_and_pictures_is_sent_as_one(do: Do, project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "new.jpg").write_bytes(factories.picture_bytes())
    (folder / "annotations.json").write_text(coco({"new.jpg": [("cat", 1, 2, 30, 40)]}))
    do("import_labels", project.pk, folder)
    assert [(box.image.name, box.label.name) for box in Box.objects.all()] == [("new.jpg", "cat")]


def test_what_cannot_be_read_is_said(do: Do, project: Project, tmp_path: Path) -> None:
    file = tmp_path / "labels.zip"
    file.write_bytes(b"no zip")
    with pytest.raises(JobFailure, match="zip"):
        do("import_labels", project.pk, file)


def test_predictions_of_another_model_become_suggestions(do: Do, project: Project) -> None:
    image = factories.make_image(project, name="a.jpg")
    rows = [OutsidePrediction("a.jpg", "cat", (1.0, 2.0, 30.0, 40.0), 0.75)]
    do("push_predictions", project.pk, rows, model="my/detector")
    found = Suggestion.objects.get()
    assert (found.image, found.batch.model, found.label.name) == (image, "my-detector", "cat")
    assert found.xyxy == (1.0, 2.0, 30.0, 40.0)
    assert found.score == 0.75


def test_images_come_with_their_boxes_over_pages(do: Do, project: Project) -> None:
    label = factories.make_class(project, "cat")
    for number in range(102):
        image = factories.make_image(project, name=f"{number:03}.jpg")
        factories.make_box(image, label, (1, 2, 3, number + 3))
    found = do("iter_images", project.pk)
    assert len(found) == len({image.id for image in found}) == 102
    assert {image.included.boxes[0].xyxy for image in found} == {(1.0, 2.0, 3.0, float(n + 3)) for n in range(102)}
    assert {image.included.boxes[0].label for image in found} == {label.pk}


@pytest.mark.parametrize(("images", "written"), [(False, {"cat.json"}), (True, {"annotations.json", "a.jpg"})])
def test_an_export_lies_in_the_folder(
    do: Do, project: Project, tmp_path: Path, images: bool, written: set[str]
) -> None:
    image = factories.make_image(project, name="a.jpg")
    factories.make_box(image, factories.make_class(project, "cat"), (1, 2, 30, 40))
    files = do("export", project.pk, tmp_path / "out", "coco", images=images, unfinished=True)
    assert all(file.is_file() for file in files)
    names = {file.name if images else "cat.json" for file in files}
    assert names == written
    assert not list((tmp_path / "out").rglob("*.part"))


def test_a_refusal_says_why(do: Do, project: Project) -> None:
    factories.make_image(project)
    with pytest.raises(LabelHubError) as caught:
        do("export", project.pk, "nowhere", "coco")
    assert (caught.value.status, caught.value.code, caught.value.field) == (400, "nothing_complete", "unfinished")
    with pytest.raises(LabelHubError) as caught:
        do("list_classes", project.pk + 1)
    assert caught.value.status == 404


def test_detections_are_those_of_supervision(do: Do, project: Project) -> None:
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "dog")
    full, _empty = factories.make_image(project, name="a.jpg"), factories.make_image(project, name="b.jpg")
    factories.make_box(full, dog, (5, 6, 30, 40))
    factories.make_box(full, cat, (1, 2, 3, 4))
    found = {image.name: boxes for image, boxes in do("iter_detections", project.pk)}
    assert len(found["b.jpg"]) == 0
    rows = zip(found["a.jpg"].xyxy.tolist(), found["a.jpg"].data["class_name"].tolist(), strict=True)
    assert sorted(rows) == [([1, 2, 3, 4], "cat"), ([5, 6, 30, 40], "dog")]
    assert sorted(found["a.jpg"].class_id.tolist()) == [0, 1]


def test_a_zip_is_taken_as_it_is(do: Do, project: Project, tmp_path: Path) -> None:
    file = tmp_path / "set.zip"
    file.write_bytes(zip_of({"images/a.jpg": factories.picture_bytes(), "annotations.json": coco({"a.jpg": []})}))
    assert do("import_labels", project.pk, file).counts["images"] == 1


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("photos", ["b.PNG", "broken.jpg", "a.jpg", "c.jpg"]),
        ("photos/a.jpg", ["a.jpg"]),
        ("photos/notes.txt", None),
        ("no", None),
    ],
)
def test_what_counts_as_a_folder_of_pictures(photos: Path, name: str, taken: list[str] | None) -> None:
    if taken is None:
        with pytest.raises(NotADirectoryError):
            pictures_of(photos.parent / name)
    else:
        assert sorted(path.name for path in pictures_of(photos.parent / name)) == sorted(taken)
