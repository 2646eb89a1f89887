"""Pace from the history: pauses are cut out, machines' steps are none, and what simulated people do is found again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from annotations.models import Box, BoxHistory, Suggestion
from annotations.quality.pace import Pace, paces
from projects.models import Image, Project, User
from tests import factories

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
Verb = BoxHistory.Verb


class Clock:
    """A person's steps, as the history and the suggestions would keep them; rows are written at once."""

    def __init__(self, project: Project, person: User) -> None:
        self.project, self.person, self.now = project, person, START
        self.rows: list[BoxHistory] = []
        self.answers: list[Suggestion] = []
        self.batch = factories.make_batch(project)

    def step(self, image: Image, verb: str, after: float, suggestion: int | None = None) -> None:
        self.now += timedelta(seconds=after)
        row = BoxHistory(
            project=self.project, image=image, image_number=image.pk, image_name=image.name, version=1, verb=verb,
            actor=self.person, suggestion=suggestion,
        )  # fmt: skip
        row.at = self.now
        self.rows.append(row)

    def answer(self, image: Image, label: Any, after: float, **fields: Any) -> None:
        self.now += timedelta(seconds=after)
        fields = {"state": "accepted", "decided_by": self.person, "decided_at": self.now} | fields
        one = Suggestion(
            image=image, label=label, batch=self.batch, probability=0.5, score=0.5, source="head", **fields
        )
        one.xyxy = (1, 1, 9, 9)
        self.answers.append(one)

    def write(self, monkeypatch: pytest.MonkeyPatch) -> None:
        field: Any = BoxHistory._meta.get_field("at")
        with monkeypatch.context() as patch:
            patch.setattr(field, "auto_now_add", False)
            BoxHistory.objects.bulk_create(self.rows, batch_size=200)
        Suggestion.objects.bulk_create(self.answers, batch_size=200)


@pytest.fixture
def clock(project: Project) -> Clock:
    return Clock(project, factories.make_member(project, "annotator"))


def pace(clock: Clock, monkeypatch: pytest.MonkeyPatch, **narrowed: Any) -> Pace:
    clock.write(monkeypatch)
    return paces(clock.project, START, **narrowed).get(clock.person.pk, Pace())


@pytest.mark.parametrize(
    ("steps", "seconds", "boxes"),
    [
        ([(Verb.TAKEN, 0), (Verb.CREATED, 7), (Verb.CHANGED, 3)], 10, 1),
        ([(Verb.TAKEN, 0), (Verb.CREATED, 61), (Verb.CREATED, 5)], 5, 1),  # a pause, and the box after it
        ([(Verb.TAKEN, 0), (Verb.CREATED, 60), (Verb.SUBMITTED, 2)], 62, 1),
        ([(Verb.TAKEN, 0), (Verb.IMPORTED, 4), (Verb.HANDED, 1), (Verb.DELETED, 1)], 6, 0),
        ([(Verb.CREATED, 0)], 0, 0),
    ],
)
def test_pauses_are_no_work(
    steps: list[tuple[str, float]], seconds: float, boxes: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = factories.make_image(clock.project)
    for verb, after in steps:
        clock.step(image, verb, after)
    work = pace(clock, monkeypatch).work
    assert (round(work.x, 3), work.y) == (seconds, boxes)


def test_boxes_accepted_unseen_are_nobodys_work(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    image, label = factories.make_image(clock.project), factories.make_class(clock.project)
    for n in range(2):
        one = factories.make_suggestion(image, label, unseen=bool(n))
        clock.step(image, Verb.ACCEPTED, 2, suggestion=one.pk)
    clock.step(image, Verb.ACCEPTED, 2, suggestion=one.pk)
    work = pace(clock, monkeypatch).work
    assert (round(work.x, 3), work.y) == (4, 0)


def test_other_images_count_for_the_pause_alone(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = factories.make_image(clock.project), factories.make_image(clock.project)
    clock.step(there, Verb.CREATED, 0)
    clock.step(here, Verb.CREATED, 4)
    clock.step(there, Verb.CREATED, 9)
    work = pace(clock, monkeypatch, images=Image.objects.filter(pk=here.pk)).work
    assert (work.n, round(work.x, 3), work.y) == (1, 4, 1)


def test_answers_of_one_save_share_its_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    image, label = factories.make_image(clock.project), factories.make_class(clock.project)
    drawn: Box = factories.make_box(image, label)
    for after, answers in (
        (0, [{}]),  # nobody knows how long it took
        (0.4, [{}]),
        (0.6, [{}]),
        (3, [{}, {}, {"state": "rejected"}, {}]),
        (0.9, [{}, {}]),
        (0.1, [{"unseen": True}] * 3),
        (0.1, [{"box": drawn}]),
    ):
        clock.now += timedelta(seconds=after)
        for one in answers:
            clock.answer(image, label, 0, **one)
    found = pace(clock, monkeypatch)
    assert (found.timed, found.fast) == (7, 3)


@pytest.mark.parametrize("seed", range(4))
def test_what_simulated_people_do_is_found_in_the_intervals(
    seed: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 images of a person who takes 5 s a box, goes for coffee, and accepts a fifth of suggestions without a look."""
    rng = random.Random(seed)
    label = factories.make_class(clock.project)
    images = [factories.make_image(clock.project) for _ in range(30)]
    clock.step(images[0], Verb.TAKEN, 0)
    for image in images:
        for _ in range(rng.randrange(2, 9)):
            pause = 600 if rng.random() < 0.1 else 0
            clock.step(image, Verb.CREATED, pause or rng.gammavariate(4, 5 / 4))
        clock.answer(image, label, 100)
        for _ in range(5):
            clock.answer(image, label, 0.3 if rng.random() < 0.2 else rng.uniform(0.8, 3))
    found = pace(clock, monkeypatch)
    for one, planted in ((found.per_box, 5.0), (found.fast_share, 0.2 * 5 / 6)):
        assert one.low is not None
        assert one.high is not None
        assert one.low <= planted <= one.high, one
        assert one.high - one.low < planted
