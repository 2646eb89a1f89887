"""What differs between two states of an image."""

from __future__ import annotations

import pytest

from annotations.geometry import XYXY
from annotations.versions.blocks import BoxState, ImageHead, ImageState
from annotations.versions.comparison import Totals, differences

CAT, DOG = 1, 2
HERE: XYXY = (1, 2, 11, 12)
THERE: XYXY = (3, 2, 13, 12)


def box(number: int, label: int = CAT, xyxy: XYXY = HERE) -> BoxState:
    return BoxState(number.to_bytes(16, "big"), label, xyxy, 0, "person")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([], [], []),
        ([box(1)], [box(1)], []),
        ([box(1)], [], ["removed"]),
        ([], [box(1)], ["added"]),
        ([box(1)], [box(1, xyxy=THERE)], ["moved"]),
        ([box(1)], [box(1)._replace(flags=4)], ["flagged"]),
        ([box(1)], [box(1, xyxy=THERE)._replace(flags=4)], ["moved"]),
        ([box(1)], [box(1, DOG)], ["relabelled"]),
        ([box(1)], [box(1, DOG, THERE)], ["relabelled"]),
        ([box(1)], [box(2)], []),  # imported again: another id, the same box
        ([box(1)], [box(2, DOG)], ["relabelled"]),
        ([box(1)], [box(2, xyxy=THERE)], ["removed", "added"]),
        ([box(1), box(2, DOG)], [box(3, DOG), box(4, CAT)], []),  # the same class is the twin
        ([box(1), box(2)], [box(3)], ["removed"]),  # each twin once
    ],
)
def test_boxes_are_added_moved_removed_relabelled(
    before: list[BoxState], after: list[BoxState], kinds: list[str]
) -> None:
    assert [one.kind for one in differences(before, after)] == kinds


def state(*boxes: BoxState, complete: tuple[int, ...] = (), split: str = "") -> ImageState:
    return ImageState(ImageHead(1, 1, "", "a", "", 9, 9, 1, split, complete, len(boxes)), boxes)


def test_totals_say_what_became_of_each_class() -> None:
    totals = Totals()
    totals.add(
        state(box(1), box(2), box(3), complete=(CAT,)), state(box(1, DOG), box(2, xyxy=THERE), box(4, DOG, THERE))
    )
    totals.add(None, state(box(5)))
    totals.add(state(), None)
    totals.add(state(split="train"), state(split="val", complete=(DOG,)))
    cat, dog = totals.classes[CAT], totals.classes[DOG]
    assert (cat.added, cat.moved, cat.removed, cat.arrived, cat.left) == (1, 1, 1, 0, 1)
    assert (dog.added, dog.moved, dog.removed, dog.arrived, dog.left) == (1, 0, 0, 1, 0)
    assert (totals.images_added, totals.images_removed, totals.images_changed) == (1, 1, 1)
    assert (totals.completed, totals.reopened, totals.split) == (1, 1, 1)


@pytest.mark.parametrize(
    ("before", "after", "given", "taken"),
    [
        ((), ("night",), {"night": 1}, {}),
        (("night",), (), {}, {"night": 1}),
        (("night", "rain"), ("fog", "night"), {"fog": 1}, {"rain": 1}),
        (("night",), ("night",), {}, {}),
    ],
)
def test_tags_that_images_got_and_lost_are_counted(
    before: tuple[str, ...], after: tuple[str, ...], given: dict[str, int], taken: dict[str, int]
) -> None:
    totals = Totals()
    old, new = (ImageState(state().head._replace(tags=tags), ()) for tags in (before, after))
    kinds = totals.add(old, new)
    assert kinds["tagged"] == len(given) + len(taken)
    assert totals.images_changed == bool(given or taken)
    counted = totals.as_dict()["tags"]
    assert {name: one["given"] for name, one in counted.items() if one["given"]} == given
    assert {name: one["taken"] for name, one in counted.items() if one["taken"]} == taken
    assert totals.as_dict()["boxes"] == {}
    totals.add(None, new)  # an image that came is no image that got a tag
    assert totals.as_dict()["tags"] == counted
