"""Which image would go into which split, before anything is written. Pure: contents in, moves out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from annotations.splits.contents import Content, unit_of, units
from annotations.splits.stratify import Unit, stratify


@dataclass(frozen=True, slots=True)
class Division:
    """What is asked: percent of the images for each split, together 100; the seed of the lots.

    keep: images that are in a split stay there, and only the others are dealt out.
    """

    train: int
    val: int
    test: int
    seed: int = 0
    keep: bool = True

    @property
    def shares(self) -> dict[str, float]:
        return {"train": self.train / 100, "val": self.val / 100, "test": self.test / 100}


def split_of_copies(there: Sequence[str]) -> str:
    """The split of an image whose near-copies are in these, by their age: a copy of a test image must teach nothing."""
    return "test" if "test" in there else there[0]


def moves(images: Sequence[Content], division: Division) -> dict[int, str]:
    """The split of each image that changes. Near-copies go together, with those that stay where these are."""
    free: list[Unit] = []
    there: dict[str, list[Unit]] = defaultdict(list)
    followers: dict[int, str] = {}
    for together in units(images):
        kept = [image.split for image in together if image.split] if division.keep else []
        if not kept:
            free.append(unit_of(together))
            continue
        split = split_of_copies(kept)
        followers |= {image.id: split for image in together if not image.split}
        there[split].append(unit_of(together))
    dealt = stratify(free, division.shares, division.seed, there)
    target = followers | {image: split for split, ids in dealt.items() for image in ids}
    return {image.id: target[image.id] for image in images if target.get(image.id, image.split) != image.split}
