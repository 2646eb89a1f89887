"""Iterative stratification: shares, classes, groups, seeds."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from annotations.splits.stratify import Unit, stratify

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}


def made(images: int, chances: list[float], seed: int = 0) -> list[Unit]:
    """Units of one image, each class in it with its chance."""
    rng = Random(seed)
    return [
        Unit((pk,), {label: 1 for label, chance in enumerate(chances) if rng.random() < chance})
        for pk in range(1, images + 1)
    ]


def holding(units: list[Unit], found: dict[str, list[int]], label: int) -> Counter[str]:
    of = {pk: split for split, images in found.items() for pk in images}
    return Counter(of[unit.images[0]] for unit in units if label in unit.classes)


def test_every_image_goes_into_one_split() -> None:
    units = made(500, [0.5, 0.1])
    found = stratify(units, SHARES, 3)
    assert sorted(pk for images in found.values() for pk in images) == list(range(1, 501))


@pytest.mark.parametrize("chances", [[0.5], [0.8, 0.3, 0.02], [0.05, 0.04, 0.03, 0.02], [0.9, 0.9, 0.9]])
def test_each_split_gets_its_share_of_every_class(chances: list[float]) -> None:
    units = made(1000, chances)
    found = stratify(units, SHARES, 1)
    for split, share in SHARES.items():
        assert len(found[split]) == pytest.approx(1000 * share, abs=15)
    for label in range(len(chances)):
        there = holding(units, found, label)
        for split, share in SHARES.items():
            assert there[split] == pytest.approx(sum(there.values()) * share, abs=2.5)


def test_it_splits_a_rare_class_better_than_lots_do() -> None:
    """Ten images of a thousand hold it: two belong into test."""
    units = [Unit((pk,), {0: 1} if pk % 100 == 0 else {1: 1}) for pk in range(1, 1001)]
    assert [holding(units, stratify(units, SHARES, seed), 0)["test"] for seed in range(5)] == [2] * 5


def test_the_same_seed_gives_the_same_whatever_the_order() -> None:
    units = made(200, [0.4, 0.1])
    assert stratify(units, SHARES, 5) == stratify(units[::-1], SHARES, 5)
    assert stratify(units, SHARES, 5) != stratify(units, SHARES, 6)


def test_what_is_there_already_counts_in_its_share() -> None:
    units = made(80, [0.5])
    there = {"test": [Unit((1000 + pk,), {0: 1}) for pk in range(20)]}
    assert len(stratify(units, {"train": 0.8, "test": 0.2}, 0, there)["test"]) <= 1


@pytest.mark.parametrize("size", [2, 7, 40])
def test_near_copies_stay_together(size: int) -> None:
    units = [Unit(tuple(range(size)), {0: size}), *(Unit((pk,), {0: 1}) for pk in range(100, 200))]
    found = stratify(units, SHARES, 2)
    assert any(set(range(size)) <= set(images) for images in found.values())


def test_a_split_without_a_share_gets_nothing() -> None:
    assert set(stratify(made(10, [0.5]), {"train": 0.5, "val": 0.0, "test": 0.5}, 0)) == {"train", "test"}


def test_nothing_to_split() -> None:
    assert stratify([], SHARES, 0) == {"train": [], "val": [], "test": []}
