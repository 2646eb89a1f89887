"""What the images of a project hold, as far as a split asks: their classes, their near-copies, the split they are
in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from annotations.models import OBJECTS, Box, Complete
from annotations.splits.stratify import Unit
from projects.models import Image, Project

SPLITS = (*Image.Split.values, "")


@dataclass(slots=True)
class Content:
    """One image. group: a number that near-copies share, None where it has none. boxes: how many, by class."""

    id: int
    split: str
    group: int | None
    boxes: dict[int, int] = field(default_factory=dict)
    complete: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class ClassContents:
    """Images that hold a class, its boxes, and images that are complete for it."""

    images: int = 0
    boxes: int = 0
    complete: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """images: by split. classes: by class and split."""

    images: Mapping[str, int]
    classes: Mapping[int, Mapping[str, ClassContents]]


def contents(project: Project) -> list[Content]:
    """All images of a project, by id, in three queries."""
    rows = Image.objects.filter(project=project).order_by("pk").values_list("pk", "split", "group")
    found = {pk: Content(pk, split, group) for pk, split, group in rows.iterator(chunk_size=5000)}
    boxes = Box.objects.filter(OBJECTS, image__project=project).order_by().values_list("image", "label")
    for image, label, n in boxes.annotate(n=Count("pk")).iterator(chunk_size=5000):
        if image in found:
            found[image].boxes[label] = n
    said = Complete.objects.filter(image__project=project).order_by().values_list("image", "label")
    for image, label in said.iterator(chunk_size=5000):
        if image in found:
            found[image].complete.add(label)
    return list(found.values())


def table(images: Iterable[Content], moved: Mapping[int, str] | None = None) -> Table:
    """Counts by split; `moved` says into which split images would go."""
    moved = moved or {}
    per_split: Counter[str] = Counter()
    boxes: dict[int, Counter[str]] = defaultdict(Counter)
    holding: dict[int, Counter[str]] = defaultdict(Counter)
    complete: dict[int, Counter[str]] = defaultdict(Counter)
    for image in images:
        split = moved.get(image.id, image.split)
        per_split[split] += 1
        for label, n in image.boxes.items():
            boxes[label][split] += n
            holding[label][split] += 1
        for label in image.complete:
            complete[label][split] += 1
    classes = {
        label: {
            split: ClassContents(holding[label][split], boxes[label][split], complete[label][split]) for split in SPLITS
        }
        for label in boxes.keys() | complete.keys()
    }
    return Table({split: per_split[split] for split in SPLITS}, classes)


def units(images: Iterable[Content]) -> list[list[Content]]:
    """Near-copies together; others alone."""
    groups: dict[tuple[str, int], list[Content]] = defaultdict(list)
    for image in images:
        groups[("alone", image.id) if image.group is None else ("copies", image.group)].append(image)
    return list(groups.values())


def unit_of(images: Sequence[Content]) -> Unit:
    """Images that stay together, as stratification has them."""
    return Unit(tuple(image.id for image in images), Counter(label for image in images for label in image.boxes))
