"""Many files, one zip: the good go in, the bad are named."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from projects.errors import Forbidden
from projects.images import imports, pictures, storing, uploads
from projects.jobs import sweep
from projects.models import Import, Project
from tests import factories
from tests.conftest import BUGS
from tests.factories import picture_bytes

pytestmark = pytest.mark.django_db


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def zip_of(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def unpack(project: Project, data: bytes) -> Import:
    job = Import.objects.create(
        dataset=project.datasets.first(), name="a.zip", file=upload("a.zip", data), created_by=project.created_by
    )
    imports.run_import(job.pk)
    job.refresh_from_db()
    return job


def test_the_good_go_in_the_bad_are_named(project: Project) -> None:
    good, twin = picture_bytes(seed=1), picture_bytes(seed=1)
    result = uploads.add_images(
        project.created_by,
        project.datasets.get(),
        [
            upload("first.jpg", good),
            upload("../../etc/again.jpg", twin),
            upload("fake.png", b"I am no picture"),
            upload("torn.jpg", picture_bytes(seed=2)[:-50]),
            upload("second.png", picture_bytes(seed=3, kind="PNG")),
        ],
    )
    assert [image.name for image in result.added] == ["first.jpg", "second.png"]
    assert [(problem.file, problem.code) for problem in result.problems] == [
        ("again.jpg", "duplicate"), ("fake.png", "not_image"), ("torn.jpg", "broken"),
    ]  # fmt: skip
    assert "first.jpg" in result.problems[0].detail
    assert project.images.count() == 2


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [("UPLOAD_MAX_BYTES", 100, "too_large"), ("UPLOAD_MAX_PIXELS", 100, "too_many_pixels")],
)
def test_oversized(project: Project, settings: Any, setting: str, value: int, code: str) -> None:
    setattr(settings, setting, value)
    result = uploads.add_images(project.created_by, project.datasets.get(), [upload("big.jpg", picture_bytes())])
    assert [problem.code for problem in result.problems] == [code]
    assert result.problems[0].detail.endswith(".")
    assert not project.images.exists()


def test_viewers_do_not_upload(project: Project) -> None:
    with pytest.raises(Forbidden):
        uploads.add_images(
            factories.make_member(project, "viewer"), project.datasets.get(), [upload("a.jpg", picture_bytes())]
        )


def test_a_zip_becomes_work_for_the_worker(project: Project) -> None:
    result = uploads.add_images(
        project.created_by, project.datasets.get(), [upload("many.zip", zip_of({"a.jpg": picture_bytes(seed=1)}))]
    )
    assert [job.state for job in result.imports] == ["queued"]
    imports.run_import(result.imports[0].pk)
    imports.run_import(result.imports[0].pk)  # a second delivery does nothing
    job = Import.objects.get()
    assert (job.state, job.done, job.total, job.added, bool(job.file)) == ("done", 1, 1, 1, False)


def test_bad_entries_of_a_zip_are_named(project: Project, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 200_000
    job = unpack(
        project,
        zip_of(
            {
                "train/a.jpg": picture_bytes(seed=1),
                "val/a.jpg": picture_bytes(seed=2),
                "../escape.jpg": picture_bytes(seed=3),
                "/etc/absolute.jpg": picture_bytes(seed=4),
                "bomb.jpg": b"\0" * 199_000,
                "huge.jpg": b"\0" * 300_000,
                "readme.md": b"hello",
                "labels/a.txt": b"0 .5 .5 .1 .1",
                "__MACOSX/a.jpg": b"litter",
                ".DS_Store": b"litter",
            }
        ),
    )
    assert (job.state, job.total, job.added) == ("done", 7, 2)
    assert {(problem["file"], problem["code"]) for problem in job.problems} == {
        ("../escape.jpg", "unsafe_path"), ("/etc/absolute.jpg", "unsafe_path"), ("bomb.jpg", "zip_ratio"),
        ("huge.jpg", "too_large"), ("readme.md", "not_image"),
    }  # fmt: skip
    assert [note["code"] for note in job.notes] == ["labels_unread"]


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (zip_of({"a.jpg": b"x" * 500})[:-30], {}, "zip_broken"),
        (zip_of({"a.jpg": b"1", "b.jpg": b"2"}), {"ZIP_MAX_FILES": 1}, "zip_too_many"),
        (zip_of({"a.jpg": b"1" * 500}), {"ZIP_MAX_BYTES": 400}, "zip_too_large"),
    ],
    ids=["broken", "too many", "too large"],  # the bytes hold the time, and parallel runs must agree on names
)
def test_a_zip_that_cannot_be_taken(
    project: Project, settings: Any, data: bytes, limits: dict[str, int], code: str
) -> None:
    for name, value in limits.items():
        setattr(settings, name, value)
    job = unpack(project, data)
    assert (job.state, [problem["code"] for problem in job.problems]) == ("failed", [code])


def test_an_import_goes_on_where_its_worker_died(project: Project) -> None:
    files = {f"{n}.jpg": picture_bytes(seed=n) for n in range(5)}
    job = Import.objects.create(
        dataset=project.datasets.first(), name="a.zip", file=upload("a.zip", zip_of(files)),
        created_by=project.created_by,
        state=Import.State.RUNNING, done=2, added=2, total=5,
    )  # fmt: skip
    assert imports.resume_imports() == 0  # its worker may still be at it
    Import.objects.filter(pk=job.pk).update(updated_at=job.updated_at - 2 * sweep.STUCK_AFTER)
    assert imports.resume_imports() == 1
    imports.run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.added, project.images.count()) == ("done", 5, 5, 3)


def test_a_worker_that_dies_over_a_zip_again_and_again_ends_it(project: Project) -> None:
    job = Import.objects.create(
        dataset=project.datasets.first(), name="a.zip", file=upload("a.zip", zip_of({"a.jpg": picture_bytes()})),
        created_by=project.created_by, state=Import.State.RUNNING, attempts=sweep.TRIES,
    )  # fmt: skip
    Import.objects.filter(pk=job.pk).update(updated_at=job.updated_at - 2 * sweep.STUCK_AFTER)
    assert imports.resume_imports() == 0
    job.refresh_from_db()
    assert (job.state, [problem["code"] for problem in job.problems]) == ("failed", ["gave_up"])


@pytest.mark.parametrize("error", [IndexError("empty"), MemoryError(), KeyError("x")], ids=["index", "memory", "key"])
def test_any_error_ends_an_import_with_its_reason(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(imports, "entries_of", fail)
    job = unpack(project, zip_of({"a.jpg": picture_bytes()}))
    assert (job.state, [problem["code"] for problem in job.problems]) == ("failed", ["internal"])
    assert type(error).__name__ in job.problems[0]["detail"]


def test_no_transaction_is_open_while_pictures_are_decoded(
    project: Project, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """People's saves wait for every open transaction of an import, so decoding must not lie in one."""
    depth = len(connection.savepoint_ids)
    depths: list[int] = []
    read = pictures.read

    def watched(data: bytes, **options: Any) -> pictures.Picture:
        depths.append(len(connection.savepoint_ids))
        return read(data, **options)

    monkeypatch.setattr(pictures, "read", watched)
    job = unpack(project, zip_of({f"{n}.jpg": picture_bytes(seed=n) for n in range(3)}))
    assert (job.added, depths) == (3, [depth] * 3)


def test_the_same_picture_at_the_same_moment_goes_in_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    data, real = picture_bytes(seed=1), storing._new_ones
    looked: list[int] = []

    def late(dataset: Any, decoded: Any, *back: Any) -> Any:
        found = real(dataset, decoded, *back)
        if not looked:  # another request is faster by a moment
            looked.append(1)
            uploads.add_images(project.created_by, dataset, [upload("theirs.jpg", data)])
        return found

    monkeypatch.setattr(storing, "_new_ones", late)
    files = [upload("mine.jpg", data), upload("other.jpg", picture_bytes(seed=2))]
    result = uploads.add_images(project.created_by, project.datasets.get(), files)
    assert [image.name for image in result.added] == ["other.jpg"]
    assert [(problem.file, problem.code) for problem in result.problems] == [("mine.jpg", "duplicate")]
    assert project.images.count() == 2


@pytest.mark.skipif(not BUGS.is_dir(), reason="../shared/bugs is not here")
@pytest.mark.parametrize(
    ("name", "added", "problems", "notes"),
    [
        ("dot_name", 2, ["zip_no_name"], []),
        ("nul_name", 1, ["zip_no_name"], []),
        ("cp949", 2, [], ["names_decoded"]),
        ("prefixed", 6, [], []),
        ("litter", 1, [], []),
        ("yolo_set", 1, [], ["labels_unread"]),
    ],
)
def test_zips_that_went_wrong(project: Project, name: str, added: int, problems: list[str], notes: list[str]) -> None:
    data = (BUGS / "zips" / f"{name}.zip").read_bytes()
    assert uploads.is_zip(upload(f"{name}.zip", data))
    job = unpack(project, data)
    assert (job.state, job.added) == ("done", added)
    assert [problem["code"] for problem in job.problems] == problems
    assert [note["code"] for note in job.notes] == notes
    if name == "cp949":
        assert {image.name for image in project.images.all()} == {"강아지 1.png", "똠방각하.png"}
