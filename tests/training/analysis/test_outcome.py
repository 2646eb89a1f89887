"""How a run did where people have finished since: which images and boxes count, and which do not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import Box, Complete, LabelClass, Suggestion
from projects.models import Image, Project
from tests import factories
from training.analysis.outcome import since_finished
from training.models import Run

RIGHT, CLOSE, WRONG = (10.0, 10.0, 30.0, 30.0), (10.0, 10.0, 30.0, 27.0), (40.0, 30.0, 60.0, 45.0)


class Table:
    """A run that ended an hour ago, and what people did before and after."""

    def __init__(self) -> None:
        self.project: Project = factories.make_project()
        self.label: LabelClass = factories.make_class(self.project)
        self.end = timezone.now() - timedelta(hours=1)
        self.run = Run.objects.create(
            project=self.project, number=1, kind=Run.Kind.AUTOLABEL, state=Run.State.DONE, params={"images": None},
            started_at=self.end - timedelta(minutes=5), finished_at=self.end, batch=factories.make_batch(self.project),
        )  # fmt: skip
        self.run.classes.add(self.label)

    def image(
        self, *, found: list[tuple] = (), drawn: list[tuple] = (), complete: bool = True, new: bool = False
    ) -> Image:
        image = factories.make_image(self.project)
        if not new:
            Image.objects.filter(pk=image.pk).update(created_at=self.end - timedelta(days=1))
        for box in found:
            factories.make_suggestion(image, self.label, box, batch=self.run.batch)
        for box in drawn:
            factories.make_box(image, self.label, box)
        if complete:
            Complete.objects.create(image=image, label=self.label)
        return image

    def reported(self) -> tuple[int, int, int, float | None, float | None] | None:
        found = since_finished(Run.objects.select_related("batch", "project", "dataset").get(pk=self.run.pk))
        if self.label.pk not in found:
            return None
        one = found[self.label.pk]
        return one["images"], one["suggested"], one["boxes"], one["precision"], one["recall"]


@pytest.fixture
def table(db: None) -> Table:
    return Table()


@pytest.mark.parametrize(
    ("found", "drawn", "expected"),
    [
        ([RIGHT], [RIGHT], (1, 1, 1, 1.0, 1.0)),
        ([CLOSE], [RIGHT], (1, 1, 1, 1.0, 1.0)),
        ([RIGHT, WRONG], [RIGHT], (1, 2, 1, 0.5, 1.0)),
        ([RIGHT, CLOSE], [RIGHT], (1, 2, 1, 0.5, 1.0)),
        ([WRONG], [RIGHT], (1, 1, 1, 0.0, 0.0)),
        ([], [RIGHT, WRONG], (1, 0, 2, None, 0.0)),
        ([WRONG], [], (1, 1, 0, 0.0, None)),
        ([], [], (1, 0, 0, None, None)),
    ],
)
def test_figures(table: Table, found: list[tuple], drawn: list[tuple], expected: tuple) -> None:
    table.image(found=found, drawn=drawn)
    assert table.reported() == expected


def test_only_images_that_people_finished_after_the_run_and_that_it_saw(table: Table) -> None:
    table.image(found=[RIGHT], drawn=[RIGHT])
    table.image(found=[WRONG], drawn=[RIGHT], complete=False)
    table.image(drawn=[RIGHT], new=True)
    before = table.image(drawn=[RIGHT])
    Complete.objects.filter(image=before).update(at=table.end - timedelta(minutes=10))
    assert table.reported() == (1, 1, 1, 1.0, 1.0)


def test_boxes_from_before_are_no_part(table: Table) -> None:
    image = table.image(found=[RIGHT], drawn=[RIGHT])
    old = factories.make_box(image, table.label, WRONG)
    Box.objects.filter(pk=old.pk).update(created_at=table.end - timedelta(minutes=1))
    assert table.reported() == (1, 1, 1, 1.0, 1.0)


@pytest.mark.parametrize("state", sorted({*Suggestion.State.values} - {Suggestion.State.DROPPED}))
def test_suggestions_count_whatever_became_of_them(table: Table, state: str) -> None:
    table.image(found=[RIGHT], drawn=[RIGHT])
    Suggestion.objects.update(state=state)
    assert table.reported() == (1, 1, 1, 1.0, 1.0)


@pytest.mark.parametrize("change", ["undone", "live", "dataset gone", "nothing finished"])
def test_nothing_is_said_of_a_run_that_cannot_be_measured(table: Table, change: str) -> None:
    table.image(found=[RIGHT], drawn=[RIGHT], complete=change != "nothing finished")
    if change == "undone":
        table.run.batch.withdrawn_at = timezone.now()
        table.run.batch.save()
    if change == "live":
        Run.objects.filter(pk=table.run.pk).update(state=Run.State.RUNNING)
    if change == "dataset gone":
        Run.objects.filter(pk=table.run.pk).update(params={"images": None, "dataset": 12345})
    assert table.reported() is None


def test_the_run_s_own_scope(table: Table) -> None:
    inside = table.image(found=[RIGHT], drawn=[RIGHT])
    table.image(drawn=[RIGHT])
    Run.objects.filter(pk=table.run.pk).update(params={"images": [inside.pk]})
    assert table.reported() == (1, 1, 1, 1.0, 1.0)


def test_the_page_tells_it_and_asks_no_more_when_there_is_more(table: Table, client) -> None:
    client.force_login(table.project.created_by)
    url = reverse("run", args=[table.run.pk])

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    table.image(found=[RIGHT], drawn=[RIGHT])
    asked()
    few = asked()
    for _ in range(4):
        table.image(found=[RIGHT, WRONG], drawn=[RIGHT])
    assert asked() == few
    reported = client.get(url).context["data"]["since"][table.label.pk]
    assert (reported["images"], reported["precision"], reported["recall"]) == (5, pytest.approx(5 / 9), 1.0)
    assert reported["precision_low"] < 5 / 9 < reported["precision_high"]
