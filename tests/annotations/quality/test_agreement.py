"""Agreement: the textbook's figure, and the planted error rates of simulated people inside the intervals."""

from __future__ import annotations

import random

import pytest

from annotations.geometry import XYXY
from annotations.quality.agreement import NONE, ImageUnits, agreement, alpha
from annotations.quality.marks import Mark

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), C: four observers, twelve units, five values; 0.743.
OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .",
]  # fmt: skip


def test_the_textbooks_example() -> None:
    columns = zip(*(row.split() for row in OBSERVERS), strict=True)
    units = [tuple(int(value) for value in column if value != ".") for column in columns]
    found = alpha([[unit] for unit in units if len(unit) > 1])
    assert found.value == pytest.approx(0.743, abs=0.001)


@pytest.mark.parametrize(
    ("units", "expected"),
    [([(1, 1)], None), ([(1, 1), (2, 2)], 1.0), ([(1, NONE), (NONE, 1)], -0.9)],
)
def test_ends_of_the_scale(units: list[tuple[int, ...]], expected: float | None) -> None:
    found = alpha([units] * 5)
    assert found.value == (expected if expected is None else pytest.approx(expected))


def test_few_images_say_nothing() -> None:
    assert alpha([[(1, 1), (2, 2)]] * 4).value is None


def place(n: int) -> XYXY:
    return (100.0 * n, 0.0, 100.0 * n + 60, 60.0)


def simulated(rng: random.Random, missed: float, wrong: float) -> list[ImageUnits]:
    """60 images with objects of two classes; each of three people misses some boxes, and calls some the other class."""
    images = []
    for _ in range(60):
        objects = [(place(n), rng.choice((1, 2))) for n in range(rng.randrange(2, 9))]
        said: dict[int, list[Mark]] = {person: [] for person in (1, 2, 3)}
        for marks in said.values():
            for xyxy, label in objects:
                if rng.random() >= missed:
                    x1, y1, x2, y2 = (edge + rng.uniform(-3, 3) for edge in xyxy)
                    marks.append(Mark(label if rng.random() >= wrong else 3 - label, (x1, y1, x2, y2)))
        images.append(ImageUnits.of(said))
    return images


@pytest.mark.parametrize(("missed", "wrong"), [(0.1, 0.05), (0.25, 0.0), (0.02, 0.2)])
def test_planted_error_rates_are_found(missed: float, wrong: float) -> None:
    """Two people's boxes have the same class where both saw the object and both or neither took it for the other."""
    found = agreement(simulated(random.Random(11), missed, wrong))
    planted = (1 - missed) * (wrong**2 + (1 - wrong) ** 2)
    assert len(found.pairs) == 3
    inside = sum((pair.same.low or 0) <= planted <= (pair.same.high or 0) for pair in found.pairs)
    assert inside >= 2, [pair.same for pair in found.pairs]
    for one in found.classes:
        assert one.same.low is not None
        assert one.same.high is not None
        assert one.same.low - 0.02 <= planted <= one.same.high + 0.02, one


def test_alphas_interval_holds() -> None:
    """Against alpha of very many images; nineteen of twenty would be exact."""
    truth = alpha(
        [
            image.values()
            for image in (one for seed in range(25) for one in simulated(random.Random(1000 + seed), 0.1, 0.1))
        ]
    ).value
    assert truth is not None
    tries = [alpha([image.values() for image in simulated(random.Random(seed), 0.1, 0.1)]) for seed in range(40)]
    inside = sum((one.low or 0) <= truth <= (one.high or 0) for one in tries)
    assert inside >= 35
