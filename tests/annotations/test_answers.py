"""One accuracy, one count of seconds: home, wall and run make them here of the same answers."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from annotations import statistics
from annotations.answers import Answers, total, wilson
from annotations.models import Suggestion
from annotations.outcome import answers_of
from tests import factories
from training.protocol import intervals as engine_side

State = Suggestion.State


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (Answers(), None),
        (Answers(kept=100), 540),
        (Answers(adjusted=100), 140),
        (Answers(renamed=100), 140),
        (Answers(wrong=100), -160),
        (Answers(unseen=100), 700),
        (Answers(kept=50, adjusted=10, wrong=40), 220),
    ],
)
def test_seconds(answers: Answers, expected: float | None) -> None:
    assert answers.seconds == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("n", [0, 4, 5, 7])
def test_a_share_says_nothing_below_five_answers(n: int) -> None:
    share = Answers(kept=n, unseen=9).share()
    assert (share["right"], share["all"], share["low"] is None) == (n, n, n < 5)


def test_parts_add_up() -> None:
    parts = [Answers(kept=1, wrong=2), Answers(kept=3, unseen=1)]
    assert total(parts) == Answers(kept=4, wrong=2, unseen=1)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (0, 5), (1, 7), (7, 7), (50, 80)])
def test_the_engine_s_interval_is_the_same(hits: int, n: int) -> None:
    assert wilson(hits, n) == pytest.approx(engine_side.wilson(hits, n))


def test_home_and_review_say_the_same_of_the_same_answers(project, client_as) -> None:
    """Seven answers: four as they were, one corrected, one renamed, one whose box was deleted later; and one accepted
    unseen.
    """
    label, other = factories.make_class(project), factories.make_class(project)
    image = factories.make_image(project)
    for box in (
        *[factories.make_box(image, label, (8, 8, 30, 30)) for _ in range(4)],
        factories.make_box(image, label, (9, 9, 30, 30)),
        factories.make_box(image, other, (8, 8, 30, 30)),
        None,
    ):
        factories.make_suggestion(image, label, state=State.ACCEPTED, box=box, decided_at=timezone.now())
    unseen = factories.make_box(image, label, (8, 8, 30, 30))
    factories.make_suggestion(image, label, state=State.ACCEPTED, box=unseen, decided_at=timezone.now(), unseen=True)
    expected = Answers(kept=4, adjusted=1, renamed=1, wrong=1, unseen=1)
    assert answers_of(Suggestion.objects.all()) == expected
    assert total(day.answers for day in statistics.count(project).decisions) == expected
    url = reverse("api-suggestions-cutoff", args=[project.pk])
    answer = client_as("viewer").get(url, {"state": "all"}).json()
    assert answer["answers"] == expected.share()
    assert (sum(row["yes"] for row in answer["bins"]), sum(row["no"] for row in answer["bins"])) == (5, 2)
    page = client_as("viewer").get(reverse("project", args=[project.pk])).content.decode()
    assert "71%" in page  # 5 of 7


def test_the_card_of_a_project_counts_as_its_home_does(project, client_as) -> None:
    label = factories.make_class(project)
    images = [factories.make_image(project) for _ in range(4)]
    factories.make_box(images[0], label)
    factories.make_box(images[0], label)
    factories.make_suggestion(images[2], label)
    statistics.Complete.objects.create(image=images[0], label=label)
    statistics.Complete.objects.create(image=images[1], label=label)
    found = statistics.count(project)
    assert statistics.project_counts([project.pk])[project.pk]["begun"] == found.begun + found.complete == 2
    assert "2 of 4 images labelled" in client_as("owner").get(reverse("projects")).content.decode()
