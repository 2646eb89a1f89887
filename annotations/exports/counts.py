"""What an export would hold, counted before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Sum

from annotations.exports.selection import Selection, complete_for

LARGE_IMAGES, LARGE_BYTES = 5_000, 256 * 2**20  # above either, a worker makes the file


@dataclass(frozen=True, slots=True)
class ClassCount:
    id: int
    name: str
    boxes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """images: that go in. complete, unfinished: of all that are chosen, whether the unfinished go in or not. empty:
    without a box of the classes. bytes: of the pictures that go in, 0 where none does.
    """

    images: int
    boxes: int
    predictions: int
    empty: int
    complete: int
    unfinished: int
    bytes: int
    splits: dict[str, int]
    classes: tuple[ClassCount, ...]

    @property
    def large(self) -> bool:
        return self.images > LARGE_IMAGES or self.bytes > LARGE_BYTES


def count(selection: Selection) -> Counts:
    """In eight questions at most, however many classes there are."""
    chosen = selection.with_unfinished(True).images().order_by()
    finished = complete_for(chosen, selection.in_use())
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
        bytes=(images.aggregate(n=Sum("bytes"))["n"] or 0) if selection.choice.pictures else 0,
        splits={split or "none": n for split, n in splits.items()},
        classes=tuple(ClassCount(label.pk, label.name, boxes.get(label.pk, 0)) for label in selection.classes),
    )
