"""Down to which similarity a search's list goes: where what people boxed tells the same from others, else where
similarity is chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from annotations.geometry import XYXY, iou
from annotations.models import Box, Complete
from projects.models import Image

FEW = 5  # known matches of either kind; below this they measure nothing
CHANCE = 0.3  # cosine after the mean was taken away; an estimate, for where people's boxes say too little
SAME = 0.5  # IoU from which a match lies on a box


@dataclass(frozen=True, slots=True)
class Floor:
    """similarity: of the last that is listed. measured: whether people's boxes said so."""

    similarity: float
    measured: bool


def floor_of(same: Sequence[float], other: Sequence[float]) -> Floor:
    """The similarity that parts known matches of the class from those of something else with the fewest mistakes."""
    if len(same) < FEW or len(other) < FEW:
        return Floor(CHANCE, measured=False)

    def mistakes(cut: float) -> float:
        missed = sum(one < cut for one in same) / len(same)
        wrong = sum(one >= cut for one in other) / len(other)
        return missed + wrong

    return Floor(min(sorted(same), key=mistakes), measured=True)


def known(label: int, matches: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    """Similarities of matches on boxes of the class, and of those on others' boxes or in images that are complete
    without them.
    """
    places = {int(image) for image, *_ in matches}
    images = Image.objects.filter(pk__in=places).exclude(split=Image.Split.TEST).values("pk")
    boxes: dict[int, list[tuple[int, XYXY]]] = defaultdict(list)
    rows = (
        Box.objects.filter(image__in=images).order_by("pk").values_list("image_id", "label_id", "x1", "y1", "x2", "y2")
    )
    for image, of, x1, y1, x2, y2 in rows:
        boxes[image].append((of, (x1, y1, x2, y2)))
    complete = set(Complete.objects.filter(image__in=images, label=label).values_list("image_id", flat=True))
    same: list[float] = []
    other: list[float] = []
    for row in matches:
        place, xyxy, similarity = int(row[0]), (row[1], row[2], row[3], row[4]), row[5]
        on = {of for of, box in boxes[place] if iou(xyxy, box) >= SAME}
        if label in on:
            same.append(similarity)
        elif on or place in complete:
            other.append(similarity)
    return same, other
