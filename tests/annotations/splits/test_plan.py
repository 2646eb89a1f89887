"""What a division would do: near-copies, and images that stay."""

from __future__ import annotations

import pytest

from annotations.splits.contents import Content, table
from annotations.splits.plan import Division, moves


def content(pk: int, split: str = "", group: int | None = None, boxes: dict[int, int] | None = None) -> Content:
    return Content(pk, split, group, boxes or {})


def test_all_are_dealt_out_where_none_stays() -> None:
    images = [content(pk, "test", boxes={1: 2}) for pk in range(100)]
    after = table(images, moves(images, Division(50, 0, 50, keep=False)))
    assert after.images == {"train": 50, "val": 0, "test": 50, "": 0}
    assert after.classes[1]["train"].boxes == 100


def test_images_in_a_split_stay_and_only_the_others_are_dealt_out() -> None:
    images = [*(content(pk, "test") for pk in range(20)), *(content(pk) for pk in range(20, 100))]
    moved = moves(images, Division(80, 0, 20))
    assert set(moved) == set(range(20, 100))
    assert table(images, moved).images == {"train": 80, "val": 0, "test": 20, "": 0}


@pytest.mark.parametrize("seed", range(5))
def test_near_copies_go_together(seed: int) -> None:
    images = [content(pk, group=pk // 4) for pk in range(100)]
    moved = moves(images, Division(60, 20, 20, seed))
    assert all(len({moved[pk] for pk in range(start, start + 4)}) == 1 for start in range(0, 100, 4))


@pytest.mark.parametrize(
    ("there", "follows"), [(["train"], "train"), (["train", "test"], "test"), (["val", "train"], "val")]
)
def test_a_new_copy_follows_those_that_stay(there: list[str], follows: str) -> None:
    images = [*(content(pk, split, 7) for pk, split in enumerate(there)), content(50, "", 7)]
    assert moves(images, Division(0, 0, 100)) == {50: follows}


def test_nothing_moves_that_is_where_it_goes() -> None:
    images = [content(pk, "train") for pk in range(10)]
    assert moves(images, Division(100, 0, 0, keep=False)) == {}
