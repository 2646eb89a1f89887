"""Iterative stratification: images go into splits so that each split gets its share of the images of every class.

After Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data" (ECML PKDD 2011): the class with the
fewest images left is dealt out first, each image to the split that lacks most of that class.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Unit:
    """Images that stay together: near-copies, or one image alone. classes: how many of the images hold each class."""

    images: tuple[int, ...]
    classes: Mapping[int, int] = field(default_factory=dict)


def stratify(
    units: Sequence[Unit], shares: Mapping[str, float], seed: int, there: Mapping[str, Sequence[Unit]] | None = None
) -> dict[str, list[int]]:
    """Ids of images by split. The same units, shares and seed give the same.

    shares: of all images, 0..1, by split. there: units that are in their split already; they count in its share.
    """
    splits = [split for split, share in shares.items() if share > 0]
    there = there or {}
    every = [*units, *(unit for split in splits for unit in there.get(split, ()))]
    needs = _Needs(splits, every, shares)
    for split in splits:
        for unit in there.get(split, ()):
            needs.meet(split, unit)
    rng = Random(seed)
    order = sorted(units, key=lambda unit: unit.images)
    rng.shuffle(order)
    order.sort(key=lambda unit: -len(unit.images))  # the largest first: small ones even out what they leave
    found: dict[str, list[int]] = {split: [] for split in splits}
    for unit, label in _rarest_first(order):
        split = needs.most(label, rng)
        needs.meet(split, unit)
        found[split] += unit.images
    return {split: sorted(images) for split, images in found.items()}


def _rarest_first(units: Sequence[Unit]) -> list[tuple[Unit, int | None]]:
    """Each unit with the class for whose sake it is dealt out, None where it holds none."""
    by_class: dict[int, list[int]] = defaultdict(list)
    left: Counter[int] = Counter()
    for place, unit in enumerate(units):
        for label, images in unit.classes.items():
            by_class[label].append(place)
            left[label] += images
    order: list[tuple[Unit, int | None]] = []
    dealt = [False] * len(units)
    while left:
        label = min(left, key=lambda one: (left[one], one))
        for place in by_class[label]:
            if not dealt[place]:
                dealt[place] = True
                order.append((units[place], label))
                for other, images in units[place].classes.items():
                    left[other] -= images
        del left[label]
    return order + [(unit, None) for unit, done in zip(units, dealt, strict=True) if not done]


class _Needs:
    """How many images each split still lacks, of each class and in all."""

    def __init__(self, splits: Sequence[str], units: Sequence[Unit], shares: Mapping[str, float]) -> None:
        images = sum(len(unit.images) for unit in units)
        classes: Counter[int] = Counter()
        for unit in units:
            classes.update(unit.classes)
        self.images = {split: images * shares[split] for split in splits}
        self.classes = {split: {label: n * shares[split] for label, n in classes.items()} for split in splits}

    def most(self, label: int | None, rng: Random) -> str:
        """The split that lacks most of the class, then most in all, then by lot."""
        of_class = {split: self.classes[split][label] if label is not None else 0.0 for split in self.images}
        return max(self.images, key=lambda split: (of_class[split], self.images[split], rng.random()))

    def meet(self, split: str, unit: Unit) -> None:
        self.images[split] -= len(unit.images)
        for label, images in unit.classes.items():
            self.classes[split][label] -= images
