"""Images dealt out, and samples of them."""

from __future__ import annotations

import pytest

from annotations.work.division import divide
from annotations.work.sampling import draw, passes


@pytest.mark.parametrize(
    ("count", "people", "each", "shares"),
    [
        (7, 3, None, [[0, 1, 2], [3, 4], [5, 6]]),
        (2, 3, None, [[0], [1], []]),
        (7, 2, 2, [[0, 1], [2, 3]]),
        (3, 2, 2, [[0, 1], [2]]),
    ],
)
def test_shares(count: int, people: int, each: int | None, shares: list[list[int]]) -> None:
    assert divide(range(count), people, each) == shares


def test_a_sample_is_the_same_for_its_seed_and_in_order() -> None:
    ids = list(range(500))
    sample = draw(ids, 20, seed=7)
    assert sample == draw(ids[::-1], 20, seed=7)[::-1] == sorted(sample)
    assert len(set(sample)) == 20
    assert sample != draw(ids, 20, seed=8)


@pytest.mark.parametrize(
    ("lot", "wrong", "size", "most", "chance"),
    [(500, 0, 20, 1, 1.0), (500, 500, 20, 1, 0.0), (4, 2, 2, 0, 1 / 6), (500, 100, 20, 1, 0.066)],
)
def test_how_probable_a_sample_passes(lot: int, wrong: int, size: int, most: int, chance: float) -> None:
    assert passes(lot, wrong, size, most) == pytest.approx(chance, abs=0.005)
