"""How far people agree who labelled the same images apart: per pair, per class, and beyond chance. Pure.

A unit is a place where somebody has a box: boxes of the people that are of one object (annotations.quality.consensus).
What a person says of a unit is the class of their box, or none. Krippendorff's alpha for nominal data (Krippendorff,
Content Analysis, 2004, chapter 11) is 1 where all agree and 0 where they do as chance would have it; any number of
people may have labelled an image. Places where nobody has a box are without number and no units, so alpha is stern: it
takes the share of "none" from the units that there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from annotations.quality.consensus import Group, groups
from annotations.quality.estimates import FEW, Estimate, Sums, ratio, student
from annotations.quality.marks import Mark

NONE = 0
BLOCKS = 40  # of images, for the jackknife

Values = tuple[int, ...]  # what each person says of a unit: ids of classes, NONE for no box


@dataclass(frozen=True, slots=True)
class ImageUnits:
    """The units of one image. people: who labelled it, in the order of their ids."""

    people: Sequence[int]
    units: Sequence[Group]

    @classmethod
    def of(cls, boxes: Mapping[int, Sequence[Mark]]) -> ImageUnits:
        return cls(sorted(boxes), groups(boxes))

    def values(self, people: Iterable[int] | None = None) -> list[Values]:
        """Of all of the people, or of these; without units that none of them has a box in."""
        asked = [one for one in self.people if people is None or one in people]
        rows = [tuple(_said(unit, one) for one in asked) for unit in self.units]
        return [row for row in rows if len(row) > 1 and any(row)]


@dataclass(frozen=True, slots=True)
class Pair:
    """first, second: people. same: the share of boxes that both have with one class (F1 of one against the other)."""

    first: int
    second: int
    images: int
    units: int
    same: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """same: of the boxes that people gave the class, the share that another person has too; units: places."""

    label: int
    units: int
    same: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    images: int
    units: int
    alpha: Estimate
    pairs: Sequence[Pair]
    classes: Sequence[ClassAgreement]


def agreement(images: Sequence[ImageUnits]) -> Agreement:
    values = [image.values() for image in images]
    return Agreement(len(images), sum(map(len, values)), alpha(values), list(_pairs(images)), list(_classes(values)))


def alpha(images: Sequence[Sequence[Values]]) -> Estimate:
    """Krippendorff's alpha of all units, with an interval by leaving out one block of images after the other (grouped
    jackknife; Miller 1974). n: images. Nothing is said of fewer than FEW images.
    """
    counted = [_coincidences(units) for units in images]
    whole = _summed(counted)
    value = _alpha(whole)
    blocks = min(BLOCKS, len(counted))
    if len(counted) < FEW or value is None:
        return Estimate(len(counted))
    left = []
    for block in range(blocks):
        without = Counter(whole)
        without.subtract(_summed(counted[block::blocks]))
        one = _alpha(without)
        if one is not None:
            left.append(one)
    mean = sum(left) / len(left)
    spread = student(len(left) - 1) * sqrt((len(left) - 1) / len(left) * sum((one - mean) ** 2 for one in left))
    return Estimate(len(counted), value, max(-1.0, value - spread), min(1.0, value + spread))


Coincidences = Counter[tuple[int, int]]


def _coincidences(units: Iterable[Values]) -> Coincidences:
    """How often two people say these of one unit, each ordered pair weighing 1 / (people - 1)."""
    found: Coincidences = Counter()
    for values in units:
        for i, one in enumerate(values):
            for j, other in enumerate(values):
                if i != j:
                    found[one, other] += 1 / (len(values) - 1)  # type: ignore[assignment]
    return found


def _summed(parts: Iterable[Coincidences]) -> Coincidences:
    whole: Coincidences = Counter()
    for one in parts:
        whole.update(one)
    return whole


def _alpha(found: Coincidences) -> float | None:
    """None where all that was ever said is one thing: there is nothing that chance could differ in."""
    totals: dict[int, float] = defaultdict(float)
    for (one, _other), weight in found.items():
        totals[one] += weight
    n = sum(totals.values())
    by_chance = n * n - sum(total * total for total in totals.values())
    if n < 2 or by_chance <= 1e-9:
        return None
    differ = sum(weight for (one, other), weight in found.items() if one != other)
    return 1 - (n - 1) * differ / by_chance


def _pairs(images: Sequence[ImageUnits]) -> Iterable[Pair]:
    met: dict[tuple[int, int], list[ImageUnits]] = defaultdict(list)
    for image in images:
        for pair in combinations(image.people, 2):
            met[pair].append(image)
    for (first, second), together in sorted(met.items()):
        values = [image.values((first, second)) for image in together]
        sums = sum(map(_same, values), Sums())
        yield Pair(first, second, len(values), sum(map(len, values)), ratio(sums, most=1.0), alpha(values))


def _same(units: Iterable[Values]) -> Sums:
    """Twice the boxes with the same class, over all boxes of both."""
    rows = list(units)
    boxes = sum(sum(one != NONE for one in row) for row in rows)
    return Sums.of(2 * sum(row[0] == row[1] for row in rows), boxes)


def _classes(images: Sequence[Sequence[Values]]) -> Iterable[ClassAgreement]:
    labels = sorted({value for units in images for row in units for value in row} - {NONE})
    for label in labels:
        here = [[row for row in units if label in row] for units in images]
        alone = [[tuple(int(value == label) for value in row) for row in units] for units in images]
        sums = sum((_of_class(label, units) for units in here if units), Sums())
        yield ClassAgreement(label, sum(map(len, here)), ratio(sums, most=1.0), alpha(alone))


def _of_class(label: int, units: Iterable[Values]) -> Sums:
    """Pairs of people who both say so, over pairs of which one does: each box asks every other person."""
    both = asked = 0
    for row in units:
        says = row.count(label)
        both += says * (says - 1)
        asked += says * (len(row) - 1)
    return Sums.of(both, asked)


def _said(unit: Group, person: int) -> int:
    mark = unit.marks.get(person)
    return mark.label if mark else NONE
