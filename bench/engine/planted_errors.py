"""Label errors planted by seed into a set of true boxes: wrong classes, missing, loose and spurious boxes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.engine.measure import Box, overlap

KINDS = ("wrong_class", "spurious", "missing", "loose")
LOOSE = (0.4, 0.7)  # IoU of a loosened box with the true one
APART = 0.2  # IoU of a spurious box with any true one, at most
TRIES = 2000


@dataclass(frozen=True, slots=True)
class Label:
    """A box of an image: xywh pixels, and its class."""

    box: Box
    class_id: int


@dataclass(frozen=True, slots=True)
class PlantedError:
    """One error. label: as it stands in the set (None: missing); truth: as it was (None: spurious)."""

    kind: str
    image: int
    label: Label | None
    truth: Label | None


@dataclass(frozen=True, slots=True)
class SpoiltSet:
    """Labels by image with the errors in them."""

    labels: dict[int, list[Label]]
    errors: list[PlantedError] = field(default_factory=list)


def plant(
    truth: Mapping[int, Sequence[Label]], sizes: Mapping[int, tuple[int, int]], share: float, seed: int
) -> SpoiltSet:
    """A share of all boxes gets each kind of error, no box two. Spurious boxes are of a true one's size and class."""
    chance = random.Random(seed)
    every = [(image, label) for image, labels in truth.items() for label in labels]
    classes = sorted({label.class_id for _, label in every})
    count = max(round(share * len(every)), 1)
    chance.shuffle(every)
    spoilt = SpoiltSet({image: list(labels) for image, labels in truth.items()})
    rows = iter(every)
    for kind in ("wrong_class", "missing", "loose"):
        if kind == "wrong_class" and len(classes) < 2:
            continue
        for image, label in (next(rows) for _ in range(count)):
            wrong = _spoil(kind, label, classes, sizes[image], chance)
            place = spoilt.labels[image].index(label)
            spoilt.labels[image][place : place + 1] = [wrong] if wrong else []
            spoilt.errors.append(PlantedError(kind, image, wrong, label))
    for _ in range(count):
        image, label = _spurious(every, truth, sizes, chance)
        spoilt.labels[image].append(label)
        spoilt.errors.append(PlantedError("spurious", image, label, None))
    return spoilt


def _spoil(
    kind: str, label: Label, classes: Sequence[int], size: tuple[int, int], chance: random.Random
) -> Label | None:
    if kind == "wrong_class":
        return Label(label.box, chance.choice([one for one in classes if one != label.class_id]))
    return None if kind == "missing" else Label(loosened(label.box, size, chance), label.class_id)


def loosened(box: Box, size: tuple[int, int], chance: random.Random) -> Box:
    """The box moved and scaled, within the image, so that it overlaps itself by LOOSE."""
    x, y, width, height = box
    for _ in range(TRIES):
        wide, high = (side * 2 ** chance.uniform(-0.7, 0.7) for side in (width, height))
        left = x + width / 2 - wide / 2 + chance.uniform(-0.4, 0.4) * width
        top = y + height / 2 - high / 2 + chance.uniform(-0.4, 0.4) * height
        left, top = max(left, 0.0), max(top, 0.0)
        loose = (left, top, min(wide, size[0] - left), min(high, size[1] - top))
        if min(loose[2:]) > 2 and LOOSE[0] <= overlap(loose, box) <= LOOSE[1]:
            return loose
    return (x, y, width * 0.75, height * 0.75)  # a box that fills its image can only shrink


def _spurious(
    every: Sequence[tuple[int, Label]],
    truth: Mapping[int, Sequence[Label]],
    sizes: Mapping[int, tuple[int, int]],
    chance: random.Random,
) -> tuple[int, Label]:
    for _ in range(TRIES):
        image, (_, like) = chance.choice(sorted(truth)), chance.choice(every)
        width, height = like.box[2:]
        if width >= sizes[image][0] or height >= sizes[image][1]:
            continue
        box = (chance.uniform(0, sizes[image][0] - width), chance.uniform(0, sizes[image][1] - height), width, height)
        if all(overlap(box, one.box) < APART for one in truth[image]):
            return image, Label(box, like.class_id)
    raise ValueError("no image has room for a spurious box")
