"""Exports that a worker makes: asked for, followed, taken in parts, cancelled, taken up again, and swept."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from annotations.exports import jobs, sweep
from annotations.models import Export
from projects.jobs.sweep import TRIES
from projects.models import AuditEntry, Membership, Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def labelled(project: Project) -> Project:
    label = factories.make_class(project, "cat")
    for number in range(3):
        factories.make_box(factories.make_image(project, name=f"{number}.jpg"), label)
    return project


def start(client: Any, project: Project, **choice: Any) -> Any:
    body = {"format": "coco", "unfinished": True} | choice
    return client.post(reverse("api-exports", args=[project.pk]), body, content_type="application/json")


def state_of(client: Any, id: int) -> dict[str, Any]:
    return dict(client.get(reverse("api-export-job", args=[id])).json())


def file_of(client: Any, id: int, **headers: str) -> Any:
    return client.get(reverse("api-export-file", args=[id]), headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def is_stored(job: Export) -> bool:
    return bool(job.file.name) and job.file.storage.exists(job.file.name)


@pytest.mark.parametrize("storage", [None, InMemoryStorage()])
def test_ask_follow_take(
    storage: Any, labelled: Project, client_as: Any, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    if storage:
        monkeypatch.setattr(Export._meta.get_field("file"), "storage", storage)
    client = client_as("viewer")
    with django_capture_on_commit_callbacks(execute=True):
        response = start(client, labelled)
    assert response.status_code == 202
    id = response.json()["id"]
    assert response["Location"] == reverse("api-export-job", args=[id])
    assert OrmQ.objects.filter(key="default").count() == 1
    assert file_of(client, id).status_code == 409
    jobs.run_export(id)
    row = state_of(client, id)
    assert (row["state"], row["done"], row["total"], row["problem"]) == ("done", 3, 3, "")
    whole = file_of(client, id)
    data = content(whole)
    assert len(json.loads(data)["annotations"]) == 3
    assert (row["bytes"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert whole["ETag"] == f'"{row["sha256"]}"'
    assert whole["Content-Disposition"].endswith('.json"')
    jobs.run_export(id)  # a second delivery
    assert Export.objects.get(pk=id).attempts == 1


def made(client: Any, project: Project, **choice: Any) -> Export:
    job = Export.objects.get(pk=start(client, project, **choice).json()["id"])
    jobs.run_export(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.problem
    return job


@pytest.mark.parametrize(
    ("headers", "status", "part"),
    [
        ({}, 200, slice(None)),
        ({"Range": "bytes=100-"}, 206, slice(100, None)),
        ({"Range": "bytes=0-0"}, 206, slice(0, 1)),
        ({"Range": "bytes=10-99999999"}, 206, slice(10, None)),
        ({"Range": "bytes=-20"}, 206, slice(-20, None)),
        ({"Range": "bytes=100-", "If-Range": "the file's"}, 206, slice(100, None)),
        ({"Range": "bytes=100-", "If-Range": '"another"'}, 200, slice(None)),
        ({"Range": "bytes=0-1,5-6"}, 200, slice(None)),
        ({"Range": "lines=1-2"}, 200, slice(None)),
        ({"Range": "bytes=9-3"}, 200, slice(None)),
        ({"Range": "bytes=99999999-"}, 416, None),
        ({"Range": "bytes=-0"}, 416, None),
    ],
)
def test_a_download_that_broke_off_goes_on(
    headers: dict[str, str], status: int, part: slice | None, labelled: Project, client_as: Any
) -> None:
    client = client_as("viewer")
    job = made(client, labelled)
    whole = content(file_of(client, job.pk))
    if headers.get("If-Range") == "the file's":
        headers = headers | {"If-Range": f'"{job.sha256}"'}
    response = file_of(client, job.pk, **headers)
    assert response.status_code == status
    if part is None:
        assert response["Content-Range"] == f"bytes */{len(whole)}"
        return
    wanted = whole[part]
    assert content(response) == wanted
    assert response["Content-Length"] == str(len(wanted))
    assert response["Accept-Ranges"] == "bytes"
    if status == 206:
        first = whole.index(wanted) if len(wanted) > 1 else 0
        assert response["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}"


def test_with_pictures_in_a_zip(labelled: Project, client_as: Any) -> None:
    client = client_as("annotator")
    job = made(client, labelled, format="yolo", images=True)
    archive = zipfile.ZipFile(io.BytesIO(content(file_of(client, job.pk))))
    assert archive.testzip() is None
    assert {"images/0.jpg", "images/1.jpg", "images/2.jpg", "data.yaml"} <= set(archive.namelist())


def test_the_same_is_made_once(labelled: Project, client_as: Any) -> None:
    client = client_as("viewer")
    first = start(client, labelled).json()["id"]
    again = start(client, labelled, **{"class": [labelled.classes.get().pk]})
    assert again.status_code == 202  # another choice, by its words
    response = start(client, labelled)
    assert (response.status_code, response.json()["code"], response.json()["export"]) == (409, "running", first)
    jobs.run_export(first)
    assert start(client, labelled).status_code == 202  # the labels may be others by now


def test_a_choice_that_makes_no_sense_starts_nothing(labelled: Project, client_as: Any) -> None:
    assert start(client_as("viewer"), labelled, format="nonsense").status_code == 400
    assert start(client_as("viewer"), labelled, unfinished=False).json()["code"] == "nothing_complete"
    assert not Export.objects.exists()


def test_the_list_names_who_and_when(labelled: Project, client_as: Any, django_assert_num_queries: Any) -> None:
    client = client_as("viewer")
    made(client, labelled)
    with django_assert_num_queries(5):  # session, person, project, count, rows
        (row,) = client.get(reverse("api-exports", args=[labelled.pk])).json()["results"]
    assert row["created_by"]["email"] == Membership.objects.get(role="viewer").user.email
    assert row["created_at"] < row["finished_at"] < row["expires_at"]
    assert row["choice"] == {"format": "coco", "unfinished": True}
    made(client, labelled, format="yolo")
    with django_assert_num_queries(5):
        assert client.get(reverse("api-exports", args=[labelled.pk])).json()["count"] == 2


def stop_after(monkeypatch: Any, pieces: int, then: Any) -> None:
    """Calls `then` when the worker is so far, and has it give a sign of life after every piece."""
    monkeypatch.setattr(jobs, "BEAT_S", 0)
    chunks = jobs.export

    def slow(*asked: Any) -> Any:
        download = chunks(*asked)

        def watched() -> Any:
            for count, chunk in enumerate(download.chunks):
                if count == pieces:
                    then()
                yield chunk
            for _ in range(3):  # a small file is one piece
                yield b" "

        return type(download)(download.name, download.content_type, watched())

    monkeypatch.setattr(jobs, "export", slow)


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_worker_that_lost_its_export_stops_and_leaves_no_file(
    how: str, labelled: Project, client_as: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_as("viewer")
    id = start(client, labelled).json()["id"]
    names = []

    def end() -> None:
        names.append(Export.objects.get(pk=id).file.name)
        address = reverse("api-export-cancel" if how == "cancel" else "api-export-job", args=[id])
        assert (client.post(address) if how == "cancel" else client.delete(address)).status_code in (200, 204)

    stop_after(monkeypatch, 0, end)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.run_export(id)
    assert names[0].startswith(f"exports/{labelled.pk}/")
    assert not Export._meta.get_field("file").storage.exists(names[0])
    assert [job.state for job in Export.objects.all()] == (["cancelled"] if how == "cancel" else [])
    assert AuditEntry.objects.filter(verb=f"export.{'cancelled' if how == 'cancel' else 'deleted'}").count() == 1


@pytest.mark.parametrize(
    ("role", "cancel", "delete"), [("viewer", 403, 403), ("reviewer", 403, 403), ("owner", 200, 204)]
)
def test_another_s_export_is_the_owner_s_to_end(
    role: str, cancel: int, delete: int, labelled: Project, client_as: Any
) -> None:
    id = start(client_as("annotator"), labelled).json()["id"]
    client = client_as(role)
    assert client.post(reverse("api-export-cancel", args=[id])).status_code == cancel
    assert client.delete(reverse("api-export-job", args=[id])).status_code == delete


def test_a_failure_is_reported_and_leaves_no_file(labelled: Project, client_as: Any, monkeypatch: Any) -> None:
    id = start(client_as("viewer"), labelled).json()["id"]

    names = []

    def fail() -> None:
        names.append(Export.objects.get(pk=id).file.name)
        raise OSError("disk full")

    stop_after(monkeypatch, 0, fail)
    jobs.run_export(id)
    job = Export.objects.get(pk=id)
    assert (job.state, "OSError" in job.problem, job.file.name) == ("failed", True, "")
    assert not Export._meta.get_field("file").storage.exists(names[0])


def test_who_has_left_gets_no_file(labelled: Project, client_as: Any) -> None:
    id = start(client_as("viewer"), labelled).json()["id"]
    Membership.objects.filter(role="viewer").delete()
    jobs.run_export(id)
    assert Export.objects.get(pk=id).state == "failed"


def test_a_class_that_went_meanwhile_is_reported(labelled: Project, client_as: Any) -> None:
    label = labelled.classes.get()
    id = start(client_as("viewer"), labelled, **{"class": [label.pk]}).json()["id"]
    label.delete()
    jobs.run_export(id)
    job = Export.objects.get(pk=id)
    assert (job.state, job.problem) == ("failed", f"This project has no class {job.choice['class'][0]}.")


def test_a_dead_worker_s_export_is_taken_up_again_and_given_up_in_the_end(
    labelled: Project, client_as: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_as("viewer")
    id = start(client, labelled).json()["id"]

    class Kill(BaseException):
        pass

    def die() -> None:
        raise Kill

    storage = Export._meta.get_field("file").storage
    left = []
    with monkeypatch.context() as patch:
        stop_after(patch, 0, die)
        for attempt in range(1, TRIES + 1):
            with pytest.raises(Kill):
                jobs.run_export(id)
            left.append(Export.objects.get(pk=id).file.name)
            sweep.sweep()
            assert state_of(client, id)["state"] == "running"  # its worker may still be at it
            Export.objects.filter(pk=id).update(updated_at=timezone.now() - timedelta(minutes=3))
            with django_capture_on_commit_callbacks(execute=True):
                sweep.sweep()
            assert OrmQ.objects.count() == min(attempt, TRIES - 1)
            if attempt == 1:
                second = Export.objects.get(pk=id)
                assert second.state == "queued"
    row = state_of(client, id)
    assert (row["state"], "3" in row["problem"]) == ("failed", True)
    assert len(set(left)) == 3
    assert not any(map(storage.exists, left))


def test_what_a_dead_worker_began_is_made_anew(labelled: Project, client_as: Any, monkeypatch: Any) -> None:
    client = client_as("viewer")
    id = start(client, labelled).json()["id"]
    Export.objects.filter(pk=id).update(state="running", attempts=1, updated_at=timezone.now() - timedelta(minutes=3))
    sweep.sweep()
    jobs.run_export(id)
    assert state_of(client, id)["state"] == "done"


def test_a_worker_that_was_thought_dead_does_not_write_over_the_next(
    labelled: Project, client_as: Any, monkeypatch: Any
) -> None:
    client = client_as("viewer")
    id = start(client, labelled).json()["id"]
    turns = itertools.count()

    def overtake() -> None:
        if next(turns) == 0:
            Export.objects.filter(pk=id).update(state="queued")
            jobs.run_export(id)

    stop_after(monkeypatch, 0, overtake)
    jobs.run_export(id)
    job = Export.objects.get(pk=id)
    assert (job.state, job.attempts, is_stored(job)) == ("done", 2, True)


def test_a_message_that_was_lost_is_sent_again(
    labelled: Project, client_as: Any, django_capture_on_commit_callbacks: Any
) -> None:
    id = start(client_as("viewer"), labelled).json()["id"]
    OrmQ.objects.all().delete()
    Export.objects.filter(pk=id).update(updated_at=timezone.now() - timedelta(minutes=3))
    with django_capture_on_commit_callbacks(execute=True):
        sweep.sweep()
        sweep.sweep()
    assert OrmQ.objects.count() == 1


def test_what_is_old_goes_with_its_file(
    labelled: Project, client_as: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_as("viewer")
    old, new = made(client, labelled), made(client, labelled)
    Export.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
    settings.EXPORT_KEEP_DAYS = 0
    sweep.sweep()
    assert Export.objects.count() == 2
    settings.EXPORT_KEEP_DAYS = 7
    with django_capture_on_commit_callbacks(execute=True):
        sweep.sweep()
    assert list(Export.objects.all()) == [new]
    assert (is_stored(old), is_stored(new)) == (False, True)


def test_the_file_goes_with_its_project(
    labelled: Project, client_as: Any, django_capture_on_commit_callbacks: Any
) -> None:
    job = made(client_as("viewer"), labelled)
    with django_capture_on_commit_callbacks(execute=True):
        labelled.delete()
    assert not is_stored(job)
