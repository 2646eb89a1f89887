"""Scores of boxes against the truth, as a table."""

from __future__ import annotations

import pytest

from annotations.flags import Flag
from annotations.geometry import matched
from annotations.quality.marks import Mark, Score, score

A, B, C = (0, 0, 10, 10), (1, 0, 11, 10), (40, 40, 60, 60)
IGNORED = Mark(1, (0, 0, 100, 100), Flag.IGNORE)


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [
        ([], [], Score(0, 0, 0)),
        ([Mark(1, B)], [Mark(1, A)], Score(1, 1, 1)),
        ([Mark(2, B)], [Mark(1, A)], Score(0, 1, 1)),
        ([Mark(1, A), Mark(1, B)], [Mark(1, A)], Score(1, 2, 1)),
        ([Mark(1, C)], [Mark(1, A), Mark(1, C)], Score(1, 1, 2)),
        ([Mark(3, C)], [Mark(1, A)], Score(0, 0, 1)),  # nobody knows the truth of class 3
        ([Mark(1, C)], [Mark(1, A), Mark(3, C)], Score(0, 1, 1)),
        ([Mark(1, C)], [IGNORED], Score(0, 0, 0)),
        ([Mark(1, C, Flag.IGNORE)], [Mark(1, A)], Score(0, 0, 1)),
    ],
)
def test_a_score(said: list[Mark], true: list[Mark], expected: Score) -> None:
    assert score(said, true, {1, 2}) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], [A], []),
        ([A], [C], []),
        ([B, A], [A], [(1, 0)]),  # the better overlap, not the first box
        ([A, B], [B, A], [(0, 1), (1, 0)]),
    ],
)
def test_pairs(first: list[tuple[int, ...]], second: list[tuple[int, ...]], expected: list[tuple[int, int]]) -> None:
    assert matched(first, second, 0.5) == expected  # type: ignore[arg-type]
