"""Tasks whose pictures lie at http(s) addresses: what the project has not is fetched, by the rules of all addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.imports import notices
from projects.models import Project
from projects.people import tokens
from tests import factories
from tests.annotations.imports.made import boxes_of
from tests.annotations.imports.test_remote import site  # noqa: F401  (a fixture)
from tests.annotations.label_studio.test_api import region, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(project: Project) -> Client:
    return Client(headers={"authorization": f"Token {tokens.create(project.created_by)[1]}"})


def task(address: str, *regions: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"image": address}, "annotations": [{"result": list(regions)}]}


def test_pictures_come_with_their_labels(project: Project, script: Client, site: str) -> None:  # noqa: F811
    tasks = [task(f"{site}/deep/a.jpg", region("cat", 8, 6, 32, 24)), {"data": {"image": f"{site}/other/a.jpg"}}]
    _answer, job = sent(script, project, tasks)
    assert (job.phase, job.problems, job.urls) == ("done", [], [])
    assert boxes_of(project) == [("a.jpg", "cat", (8, 6, 32, 24))]
    assert sorted(image.name for image in project.images.all()) == ["a.jpg", "a.jpg"]


def test_what_is_here_is_not_asked_for(project: Project, script: Client, site: str) -> None:  # noqa: F811
    factories.make_image(project, name="gone.jpg")
    _answer, job = sent(script, project, [task(f"{site}/gone.jpg", region("cat", 8, 6, 32, 24))])
    assert (job.phase, job.problems, project.images.count()) == ("done", [], 1)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x.jpg", "http://10.0.0.1/x.jpg", "http://[::1]/x.jpg"])
def test_no_private_address_is_asked(project: Project, script: Client, address: str) -> None:
    factories.make_image(project, name="a.jpg")
    _answer, job = sent(script, project, [task("a.jpg", region("cat", 8, 6, 32, 24)), task(address)])
    assert [(row["file"], row["what"]) for row in job.problems if row["file"] == address] == [
        (address, notices.NOT_FETCHED)
    ]
    assert (job.phase, len(boxes_of(project)), project.images.count()) == ("done", 1, 1)
