"""Figures of people: managers see all, each person their own, and more people ask no more."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import BoxHistory
from projects.models import Project, User
from tests import factories


@pytest.fixture
def worked(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Ann makes a box in each of six images, four seconds apart, and so does Bo."""
    for name in ("Ann", "Bo"):
        add_work(project, factories.make_member(project, "annotator", name=name), monkeypatch)
    return project


def add_work(project: Project, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    field: Any = BoxHistory._meta.get_field("at")
    monkeypatch.setattr(field, "auto_now_add", False)
    for n in range(7):
        image = factories.make_image(project)
        BoxHistory.objects.create(
            project=project, image=image, image_number=image.pk, image_name=image.name, version=1, verb="created",
            actor=person, at=timezone.now() - timedelta(minutes=5, seconds=-4 * n),
        )  # fmt: skip


def test_the_table_is_a_csv(worked: Project, client_as: Any) -> None:
    answer = client_as("manager").get(reverse("quality-table", args=[worked.pk, "pace"]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["person"], row["images"], row["boxes"]) for row in rows] == [("Ann", "6", "6"), ("Bo", "6", "6")]
    assert [round(float(row["seconds_per_box"])) for row in rows] == [4, 4]
    assert {row["fast_share"] for row in rows} == {""}


def test_no_such_table(worked: Project, client_as: Any) -> None:
    assert client_as("manager").get(reverse("quality-table", args=[worked.pk, "waiting"])).status_code == 404


@pytest.mark.parametrize(("role", "seen"), [("manager", ["Ann", "Bo"]), ("reviewer", ["me"]), ("annotator", ["me"])])
def test_the_api_tells_others_of_leaders_alone(role: str, seen: list[str], worked: Project, client_as: Any) -> None:
    client = client_as(role)
    User.objects.filter(pk=client.session["_auth_user_id"]).update(name="me")
    answer = client.get(reverse("api-quality-people", args=[worked.pk]), {"range": "7"})
    assert [row["person"]["name"] for row in answer.json()["people"]] == seen


def test_everybody_has_their_own_on_their_page(worked: Project, client_as: Any) -> None:
    answer = client_as("reviewer").get(reverse("report-mine", args=[worked.pk]))
    (row,) = answer.context["tables"]["pace"].rows
    assert row[1:4] == (0, 0.0, 0)


def test_more_people_ask_no_more(worked: Project, client_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, url = client_as("manager"), reverse("quality", args=[worked.pk])

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    asked()
    before = asked()
    for _ in range(3):
        add_work(worked, factories.make_member(worked, "annotator"), monkeypatch)
    assert asked() <= before
