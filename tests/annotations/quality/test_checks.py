"""Check images: only complete ones, and the planted error rates of simulated annotators are found in the intervals."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import CheckImage, Replica, WorkJob
from annotations.quality import checks
from annotations.quality.estimates import Sums, ratio
from projects.errors import Forbidden, Refusal
from projects.models import Image, Project
from tests import factories

START = timezone.now() - timedelta(days=1)


def complete_image(project: Project, label: Any, boxes: int, rng: random.Random) -> Image:
    image = factories.make_image(project, width=1000, height=1000)
    for n in range(boxes):
        x, y = 100 * (n % 9), 100 * (n // 9)
        factories.make_box(image, label, (x, y, x + rng.randrange(50, 90), y + rng.randrange(50, 90)))
    image.complete.create(label=label)
    return image


def test_only_complete_images_are_checks(project: Project) -> None:
    label = factories.make_class(project)
    known, unknown = complete_image(project, label, 1, random.Random(0)), factories.make_image(project)
    assert checks.make_checks(project.created_by, project, [known.pk, unknown.pk]) == [known.pk]
    with pytest.raises(Refusal):
        checks.draw_checks(project.created_by, project, 1, seed=0)
    assert checks.unmake_checks(project.created_by, project, [known.pk]) == 1
    assert checks.draw_checks(project.created_by, project, 1, seed=0) == [known.pk]


def test_reviewers_make_none(project: Project) -> None:
    with pytest.raises(Forbidden):
        checks.make_checks(factories.make_member(project, "reviewer"), project, [])


@pytest.mark.parametrize(("missed", "wrong_class", "invented"), [(0.0, 0.0, 0.0), (0.2, 0.05, 0.1), (0.05, 0.3, 0.0)])
def test_planted_error_rates_are_found(missed: float, wrong_class: float, invented: float, project: Project) -> None:
    """Three people answer 30 checks each, in a class of cells and one of dust; F1 of what was planted is in 2 of 3
    intervals at least, which all are of use: below 0.15 wide.
    """
    rng = random.Random(5)
    label, other = factories.make_class(project), factories.make_class(project)
    images = [complete_image(project, label, rng.randrange(3, 12), rng) for _ in range(30)]
    for image in images:
        image.complete.create(label=other)
    checks.make_checks(project.created_by, project, [image.pk for image in images])
    people = [factories.make_member(project, "annotator") for _ in range(3)]
    job = WorkJob.objects.create(project=project, name="job")
    for person in people:
        for image in images:
            answer(job, person, image, [one.pk for one in (label, other)], rng, (missed, wrong_class, invented))
    right, said = (1 - missed) * (1 - wrong_class), (1 - missed) + invented
    planted = 2 * right / (said + 1)
    found = checks.checked(project, START)
    inside = 0
    for person in people:
        one = ratio(sum((each.score.sums for each in found if each.person == person.pk), Sums()), most=1.0)
        assert one.low is not None
        assert one.high is not None
        assert one.high - one.low < 0.15
        inside += one.low - 1e-9 <= planted <= one.high + 1e-9
    assert inside >= 2
    assert CheckImage.objects.count() == 30


def answer(
    job: WorkJob, person: Any, image: Image, classes: list[int], rng: random.Random, rates: tuple[float, float, float]
) -> None:
    missed, wrong_class, invented = rates
    rows = []

    def say(label: int, xyxy: list[float]) -> None:
        rows.append({"id": str(uuid.uuid4()), "class": label, "xyxy": xyxy, "flags": 0, "attributes": {}})

    for n, box in enumerate(image.boxes.order_by("pk")):
        if rng.random() >= missed:
            say(classes[rng.random() < wrong_class], [edge + rng.uniform(-2, 2) for edge in box.xyxy])
        if rng.random() < invented:
            say(classes[0], [100.0 * n, 500.0, 100.0 * n + 60, 560.0])
    Replica.objects.create(
        job=job, image=image, person=person, position=0, boxes=rows, state="submitted", submitted_at=timezone.now()
    )
