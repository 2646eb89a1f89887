"""A moment of the database: a reader sees one state, and who saves meanwhile does not wait."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from labelhub.moment import one_moment
from projects.models import Project
from tests import factories


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="tests of SQLite share one memory, where readers lock")
def test_a_reader_sees_one_state_and_a_writer_does_not_wait() -> None:
    project = factories.make_project(name="before")
    written: list[int] = []

    def rename() -> None:
        written.append(Project.objects.filter(pk=project.pk).update(name="after"))
        connection.close()

    def name() -> str:
        return Project.objects.get(pk=project.pk).name

    with one_moment():
        assert name() == "before"
        other = Thread(target=rename)
        other.start()
        other.join(10)
        assert written == [1]
        assert name() == "before"
    assert name() == "after"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite takes the lock of writers as it begins")
def test_a_moment_takes_no_lock_and_what_follows_does() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        with one_moment():
            Project.objects.count()
        with transaction.atomic():
            Project.objects.count()
    begun = [query["sql"] for query in queries if query["sql"].startswith("BEGIN")]
    assert begun == ["BEGIN DEFERRED", "BEGIN IMMEDIATE"]
