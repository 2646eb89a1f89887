"""A look at all stored files by a worker, files that nothing names, and how much each project has."""

import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from annotations.models import Export
from projects.errors import Conflict, Forbidden
from projects.models import AuditEntry, StorageCheck
from projects.storage import actions, holdings, jobs
from tests import factories

FILES, STORAGE = reverse("admin:files"), reverse("admin:storage")


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """An installation without the files of other tests."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"default": place}
    return tmp_path


def looked(actor):
    check = actions.start(actor)
    jobs.run_check(check.pk)
    check.refresh_from_db()
    return check


def old_file(name):
    stored = default_storage.save(name, ContentFile(b"x"))
    past = time.time() - 3 * 24 * 3600
    os.utime(default_storage.path(stored), (past, past))
    return stored


def test_what_is_missing_broken_or_there_for_nothing_is_found(console, administrator, project):
    whole, gone, broken, empty = (factories.make_image(project) for _ in range(4))
    default_storage.delete(gone.file.name)
    with open(broken.file.path, "wb") as file:
        file.write(b"no picture")
    open(empty.thumb.path, "wb").close()
    loose = old_file("images/loose.jpg")
    check = looked(administrator)
    assert (check.state, check.total, check.done, check.wrong, check.loose) == ("done", 8, 8, 3, 1)
    found = {(fault["row"], fault["problem"]) for fault in check.faults}
    label = "projects.Image"
    assert found == {
        (f"{label} {gone.pk}", "missing"),
        (f"{label} {broken.pk}", "changed"),
        (f"{label} {empty.pk}", "empty"),
    }
    assert check.orphans == [loose]
    page = console.get(FILES).content.decode()
    for image in (gone, broken, empty):
        assert reverse("admin:projects_image_change", args=[image.pk]) in page
    assert reverse("admin:projects_image_change", args=[whole.pk]) not in page
    assert loose in page
    assert AuditEntry.objects.get(verb="storage.checked").data == {"files": 8, "wrong": 3, "orphans": 1}


def test_files_are_deleted_that_nothing_names_even_now(console, administrator, project):
    image, loose, named = factories.make_image(project), old_file("images/loose.jpg"), old_file("images/named.jpg")
    check = looked(administrator)
    assert check.loose == 2
    image.file.name = named
    image.save(update_fields=["file"])  # somebody names it meanwhile
    assert loose in console.get(reverse("admin:orphans", args=[check.pk])).content.decode()
    assert default_storage.exists(loose)
    assert console.get(reverse("admin:orphans-delete", args=[check.pk])).status_code == 405
    console.post(reverse("admin:orphans-delete", args=[check.pk]))
    assert not default_storage.exists(loose)
    assert default_storage.exists(named)
    assert AuditEntry.objects.get(verb="storage.orphans_deleted").data == {"count": 1, "files": [loose]}
    check.refresh_from_db()
    assert check.orphans == []


def test_one_look_at_a_time_and_it_can_be_ended(console, administrator):
    console.post(FILES)
    check = StorageCheck.objects.get()
    assert (check.state, check.created_by) == ("queued", administrator)
    with pytest.raises(Conflict):
        actions.start(administrator)
    assert "being looked at already" in console.post(FILES, follow=True).content.decode()
    actions.cancel(administrator, check)
    jobs.run_check(check.pk)
    check.refresh_from_db()
    assert (check.state, check.done) == ("cancelled", 0)
    assert actions.start(administrator).pk != check.pk


@pytest.mark.parametrize("address", [FILES, STORAGE, reverse("admin:orphans", args=[1])])
@pytest.mark.parametrize("who", ["owner", "staff", "stranger", None])
def test_what_is_stored_is_for_administrators(who, address, client_as, client, db):
    if who == "staff":
        client.force_login(factories.make_user(is_staff=True))
    else:
        client = client_as(who)
    assert client.get(address).status_code in {302, 403}
    assert client.post(address).status_code in {302, 403}
    assert not StorageCheck.objects.exists()


@pytest.mark.parametrize("act", [actions.cancel, actions.delete_orphans])
def test_the_actions_ask_who_it_is(act, project):
    with pytest.raises(Forbidden):
        act(project.created_by, StorageCheck.objects.create())
    with pytest.raises(Forbidden):
        actions.start(project.created_by)


def test_storage_is_counted_per_project(console, project, django_assert_num_queries):
    images = [factories.make_image(project) for _ in range(2)]
    small = factories.make_image(factories.make_project())
    Export.objects.create(project=project, name="x.zip", key="x", state="done", bytes=5000)
    found = holdings.find()
    whole = sum(image.bytes for image in images)
    row = next(row for row in found.rows if row.project == project)
    assert (row.bytes, row.cells[0].files, row.cells[0].bytes) == (whole + 5000, 2, whole)
    assert found.rows[0] == row
    assert sum(cell.share for cell in row.cells) == pytest.approx(100, abs=0.05)
    assert found.bytes == whole + 5000 + small.bytes
    with django_assert_num_queries(7) as before:  # session, user, a query for each part, names
        page = console.get(STORAGE).content.decode()
    assert project.name in page
    assert " style=" not in page
    for _ in range(5):
        factories.make_image(factories.make_project())
    with django_assert_num_queries(len(before)):
        console.get(STORAGE)
