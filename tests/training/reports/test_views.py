"""The manager's page: right counts in the reader's days, the same rows as CSV, and no query more for more jobs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import Comment, WorkImage, WorkJob
from projects.models import Project
from tests import factories

State = WorkImage.State
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def led(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Ten images in a job of ten days ago: one is labelled a day, in the evening of UTC; the first two are final."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    ann = factories.make_member(project, "annotator", name="=Ann")
    project.workflow = True
    project.save()
    Project.objects.filter(pk=project.pk).update(created_at=NOON - timedelta(days=20))
    job = WorkJob.objects.create(project=project, name="Monday", assignee=ann, due=date(2026, 3, 21))
    WorkJob.objects.filter(pk=job.pk).update(created_at=NOON - timedelta(days=10))
    evening = NOON.replace(hour=20)
    for n in range(10):
        item = WorkImage(job=job, image=factories.make_image(project), position=n, worker=ann)
        if n < 7:
            item.state, item.submitted_by, item.submitted_at = State.SUBMITTED, ann, evening - timedelta(days=9 - n)
        if n < 2:
            item.state, item.decided_at = State.FINAL, evening - timedelta(days=1)
        if n == 8:
            item.state, item.decided_at = State.RETURNED, evening - timedelta(days=2)
        item.save()
    Comment.objects.create(image=item.image, text="?", author=ann)
    return project


def table(client: Any, project: Project, name: str, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse("report-table", args=[project.pk, name]) + query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_what_is_left_day_by_day(led: Project, client_as: Any) -> None:
    rows = table(client_as("manager"), led, "burndown", "?range=7")
    assert [row["day"] for row in rows] == [f"2026-03-{day}" for day in range(20, 13, -1)]
    assert [row["left_to_label"] for row in rows] == ["3", "3", "3", "3", "4", "5", "6"]
    assert [row["left_to_finish"] for row in rows] == ["8", "8", "10", "10", "10", "10", "10"]


@pytest.mark.parametrize(("zone", "last"), [("UTC", "17"), ("Asia/Seoul", "18"), ("no/where", "17")])
def test_days_are_the_readers(zone: str, last: str, led: Project, client_as: Any) -> None:
    client = client_as("manager")
    client.cookies["zone"] = zone
    labelled = [row["day"] for row in table(client, led, "burndown") if row["labelled"] == "1"]
    assert labelled[0] == f"2026-03-{last}"


def test_when_a_job_is_done(led: Project, client_as: Any) -> None:
    (row,) = table(client_as("manager"), led, "jobs")
    assert (row["job"], row["assignee"], row["images"], row["to_label"]) == ("Monday", "'=Ann", "10", "3")
    assert date(2026, 3, 21) <= date.fromisoformat(row["labelled_from"]) < date.fromisoformat(row["labelled_until"])
    assert row["forecast"] == "later than it is due" or "perhaps" in row["forecast"]


def test_who_waits_for_what(led: Project, client_as: Any) -> None:
    found = {
        row["what"]: (row["who"], row["count"], row["since"]) for row in table(client_as("manager"), led, "waiting")
    }
    assert found == {
        "Returned images to mend": ("'=Ann", "1", "2026-03-18"),
        "Submitted images to review": ("Reviewers", "5", "2026-03-13"),
        "Due soon: Monday": ("'=Ann", "3", "2026-03-21"),
        "Open comments": ("Everybody", "1", "2026-03-20"),
    }


def test_a_dataset_without_jobs_says_so(led: Project, client_as: Any) -> None:
    other = led.datasets.create(name="Other")
    factories.make_image(led, dataset=other)
    answer = client_as("manager").get(reverse("report", args=[led.pk]), {"dataset": other.pk})
    assert "Nothing is handed out of these images" in answer.content.decode()


def test_more_jobs_ask_no_more(led: Project, client_as: Any) -> None:
    client, url = client_as("manager"), reverse("report", args=[led.pk])

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(url).status_code == 200
        return len(found)

    asked()
    before = asked()
    for _ in range(5):
        job = WorkJob.objects.create(project=led, name="more", assignee=factories.make_member(led, "annotator"))
        WorkImage.objects.create(job=job, image=factories.make_image(led), position=0, state=State.RETURNED)
    assert asked() <= before


def test_no_such_table(led: Project, client_as: Any) -> None:
    assert client_as("manager").get(reverse("report-table", args=[led.pk, "nothing"])).status_code == 404


@pytest.fixture
def made(led: Project) -> Project:
    """Ann drew five boxes, and accepted eight suggestions, two of them adjusted; one more she rejected."""
    ann = led.memberships.get(role="annotator").user
    image, label = led.images.all()[0], factories.make_class(led, "car")
    for n in range(5):
        factories.make_box(image, label, author=ann, created_at=NOON - timedelta(days=n % 2))
    for n in range(9):
        one = factories.make_suggestion(image, label, state="accepted" if n else "rejected")
        one.decided_by, one.decided_at = ann, NOON - timedelta(days=1)
        if n:
            moved = (1, 1, 9, 9) if n < 3 else one.xyxy
            one.box = factories.make_box(image, label, moved, author=ann, origin="suggestion", created_at=NOON)
        one.save()
    WorkImage.objects.filter(job__project=led, state=State.FINAL).update(rounds=1)
    return led


def test_what_people_made(made: Project, client_as: Any) -> None:
    client = client_as("manager")
    (row,) = [row for row in table(client, made, "people") if row["person"] == "'=Ann"]
    assert (row["images"], row["boxes"], row["answers"], row["unchanged_share"]) == ("7", "13", "9", "0.75")
    assert float(row["unchanged_low"]) < 0.75 < float(row["unchanged_high"])
    assert (row["decided"], row["returned_share"]) == ("2", "")  # too few to say
    days = {
        row["day"]: (row["drawn"], row["accepted"]) for row in table(client, made, "throughput") if row["drawn"] != "0"
    }
    assert days == {"2026-03-20": ("3", "8"), "2026-03-19": ("2", "0")}
    (said,) = table(client, made, "suggestions")
    assert (said["answers"], said["right"], said["precision"]) == ("9", "8", "0.8889")
    assert [row["boxes"] for row in table(client, made, "classes")] == ["13"]
    sizes = {row["what"]: int(row["bytes"]) for row in table(client, made, "storage")}
    assert sizes["Images"] > 0
    assert sizes["Thumbnails (by a sample)"] > 0


def test_everybody_sees_their_own_figures_alone(made: Project, client_as: Any) -> None:
    answer = client_as("reviewer").get(reverse("report-mine", args=[made.pk]))
    (row,) = answer.context["tables"]["people"].rows
    assert row[1:5] == (0, 0, 0, 0)
    assert "=Ann" not in answer.content.decode()
