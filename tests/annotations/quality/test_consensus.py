"""Groups of boxes of one object, and the one box of each, as a table."""

from __future__ import annotations

import pytest

from annotations.flags import Flag
from annotations.geometry import XYXY
from annotations.quality.consensus import Group, groups
from annotations.quality.marks import Mark

A, A2, B = (0.0, 0.0, 10.0, 10.0), (2.0, 0.0, 12.0, 10.0), (40.0, 40.0, 60.0, 60.0)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ({1: [], 2: []}, []),
        ({1: [Mark(1, A)], 2: [Mark(1, A2)]}, [({1, 2}, True, 1)]),
        ({1: [Mark(1, A)], 2: [Mark(2, A2)]}, [({1, 2}, False, None)]),
        ({1: [Mark(1, A)], 2: []}, [({1}, False, None)]),
        ({1: [Mark(1, A)], 2: [], 3: []}, [({1}, False, 0)]),
        ({1: [Mark(1, A)], 2: [Mark(1, A2)], 3: [Mark(2, A)]}, [({1, 2, 3}, False, 1)]),
        ({1: [Mark(1, A), Mark(1, B)], 2: [Mark(1, B), Mark(1, A)]}, [({1, 2}, True, 1), ({1, 2}, True, 1)]),
        # a rider and a horse: the same place, but each with its own class
        ({1: [Mark(1, A), Mark(2, A2)], 2: [Mark(2, A), Mark(1, A2)]}, [({1, 2}, True, 1), ({1, 2}, True, 2)]),
    ],
)
def test_groups(boxes: dict[int, list[Mark]], expected: list[tuple[set[int], bool, int | None]]) -> None:
    found = [(set(group.marks), group.agreed, group.majority) for group in groups(boxes)]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("marks", "xyxy", "flags", "attributes"),
    [
        ([Mark(1, A), Mark(1, A2)], (1.0, 0.0, 11.0, 10.0), 0, {}),
        ([Mark(1, A, Flag.OCCLUDED), Mark(1, A)], A, 0, {}),
        ([Mark(1, A, Flag.OCCLUDED, {"stain": "dark"})] * 2 + [Mark(2, B)], A, Flag.OCCLUDED, {"stain": "dark"}),
        ([Mark(1, A, 0, {"stain": "dark"}), Mark(1, A, 0, {"stain": "pale"})], A, 0, {}),
    ],
)
def test_the_box_that_is_kept(marks: list[Mark], xyxy: XYXY, flags: int, attributes: dict[str, str]) -> None:
    assert Group(3, dict(enumerate(marks))).box(1) == Mark(1, xyxy, flags, attributes)  # type: ignore[arg-type]
