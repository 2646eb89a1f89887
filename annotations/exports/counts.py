"""What an export would hold, counted before it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, OuterRef, Sum

from annotations.exports.choice import FINAL, ExportChoice
from annotations.exports.selection import Selection, complete_for
from annotations.exports.sources import Labels, source_of
from projects.models import Project

LARGE_IMAGES, LARGE_BYTES = 5_000, 256 * 2**20  # above either, a worker makes the file


@dataclass(frozen=True, slots=True)
class ClassCount:
    id: int
    name: str
    boxes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """images: that go in. complete, unfinished: of all that are chosen, whether the unfinished go in or not. not_final:
    left out because only final ones are chosen, which go in complete or not. empty: without a box of the classes.
    bytes: of the pictures that go in, 0 where none does.
    """

    images: int
    boxes: int
    predictions: int
    empty: int
    complete: int
    unfinished: int
    not_final: int
    bytes: int
    splits: dict[str, int]
    classes: tuple[ClassCount, ...]

    @property
    def large(self) -> bool:
        return self.images > LARGE_IMAGES or self.bytes > LARGE_BYTES


def counts_of(project: Project, choice: ExportChoice) -> Counts:
    """Raises Refusal where there is no such class, dataset or version."""
    if choice.version is None:
        return count(Selection.of(project, choice))
    labels = source_of(project, replace(choice, unfinished=True)).labels
    return _count_version(labels, unfinished=choice.unfinished)


def _count_version(labels: Labels, *, unfinished: bool) -> Counts:
    """One look at all its images. Their pictures may be gone, so that nothing is said of bytes."""
    boxes, splits = Counter[str](), Counter[str]()
    chosen = complete = images = empty = 0
    for image in labels:
        chosen += 1
        complete += bool(image.complete)
        if image.complete or unfinished:
            images += 1
            empty += not image.boxes
            splits[image.split or "none"] += 1
            boxes.update(box.label for box in image.boxes)
    classes = zip(labels.class_keys, labels.classes, strict=True)
    return Counts(
        images=images,
        boxes=boxes.total(),
        predictions=0,
        empty=empty,
        complete=complete,
        unfinished=chosen - complete,
        not_final=0,
        bytes=0,
        splits=dict(splits),
        classes=tuple(ClassCount(pk, name, boxes[name]) for pk, name in classes),
    )


def count(selection: Selection) -> Counts:
    """In nine questions at most, however many classes there are."""
    chosen = selection.with_unfinished(True).images().order_by()
    only_final = selection.choice.state == FINAL
    finished = chosen if only_final else complete_for(chosen, selection.in_use())
    images = chosen if selection.choice.unfinished else finished
    splits = dict(images.values_list("split").annotate(n=Count("pk")))
    total, complete = chosen.count(), finished.count()
    boxes = dict(
        selection.boxes().filter(image__in=images.values("pk")).values_list("label").annotate(n=Count("label"))
    )
    boxed = selection.boxes().filter(image=OuterRef("pk"))
    predictions = selection.suggestions().filter(image__in=images.values("pk"))
    return Counts(
        images=sum(splits.values()),
        boxes=sum(boxes.values()),
        predictions=predictions.count() if selection.choice.predictions else 0,
        empty=images.filter(~Exists(boxed)).count(),
        complete=complete,
        unfinished=total - complete,
        not_final=selection.in_any_state().images().count() - total if only_final else 0,
        bytes=(images.aggregate(n=Sum("bytes"))["n"] or 0) if selection.choice.pictures else 0,
        splits={split or "none": n for split, n in splits.items()},
        classes=tuple(ClassCount(label.pk, label.name, boxes.get(label.pk, 0)) for label in selection.classes),
    )
