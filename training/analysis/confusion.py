"""Which other classes a class is taken for: by what people called its suggestions, and by what these look like."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from annotations.geometry import iou
from annotations.models import Box, LabelClass, Origin, Suggestion

LOOKED_AT = 200  # suggestions of each kind
LOOKED_THROUGH = 1000  # boxes
SAME = 0.5
State = Suggestion.State


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another class. became: suggested as ours, people said theirs. was: the other way round.

    near: waiting suggestions of ours that are like a box of theirs.
    """

    label: LabelClass
    became: int
    was: int
    near: int


def neighbours(label: LabelClass) -> list[Neighbour]:
    """The classes that are mixed up with this one, most first; a fixed number of queries over at most so many rows."""
    became = _renamed(label) + _denied(label)
    was = _were_others(label)
    near = _near(label)
    others = LabelClass.objects.filter(project=label.project_id, pk__in={*became, *was, *near})
    found = [Neighbour(other, became[other.pk], was[other.pk], near[other.pk]) for other in others]
    return sorted(found, key=lambda one: (-one.became - one.was, -one.near, one.label.pk))


def _were_others(label: LabelClass) -> Counter[int]:
    """Accepted as another class and then given this one. Nearly all boxes were this class from the start: only those of
    the newest images are looked through.
    """
    newest = Box.objects.filter(label=label, origin=Origin.SUGGESTION).order_by("-image").values("pk")[:LOOKED_THROUGH]
    given = Suggestion.objects.filter(state=State.ACCEPTED, box__in=newest).exclude(label=label).order_by()
    return Counter(given.values_list("label", flat=True)[:LOOKED_AT])


def _renamed(label: LabelClass) -> Counter[int]:
    """Accepted, but given another class; the likeliest first."""
    accepted = Suggestion.objects.filter(label=label, state=State.ACCEPTED, box__isnull=False)
    renamed = accepted.exclude(box__label=label).order_by("-probability", "id")
    return Counter(renamed.values_list("box__label", flat=True)[:LOOKED_AT])


def _denied(label: LabelClass) -> Counter[int]:
    """Rejected where people have a box of another class."""
    corners = ("x1", "y1", "x2", "y2")
    ours = Suggestion.objects.filter(label=label, state=State.REJECTED).only("image_id", *corners)
    rejected = list(ours.order_by("-probability", "id")[:LOOKED_AT])
    theirs = Box.objects.filter(image__in={one.image_id for one in rejected}).exclude(label=label)
    boxes: dict[int, list[Box]] = {}
    for box in theirs.only("image_id", "label_id", *corners).order_by():
        boxes.setdefault(box.image_id, []).append(box)
    found: Counter[int] = Counter()
    for one in rejected:
        here = boxes.get(one.image_id, ())
        best = max(here, key=lambda box: iou(one.xyxy, box.xyxy), default=None)
        if best is not None and iou(one.xyxy, best.xyxy) >= SAME:
            found[best.label_id] += 1
    return found


def _near(label: LabelClass) -> Counter[int]:
    """Waiting suggestions that have a box of another class among the examples that they are most like."""
    waiting = Suggestion.objects.filter(label=label, state=State.PENDING).order_by("-probability", "id")
    named = [
        {UUID(near["box_id"]) for near in evidence if near.get("box_id")}
        for evidence in waiting.values_list("evidence", flat=True)[:LOOKED_AT]
    ]
    ids = set().union(*named)
    classes = dict(Box.objects.filter(pk__in=ids).exclude(label=label).order_by().values_list("pk", "label"))
    return Counter(other for boxes in named for other in {classes[pk] for pk in boxes if pk in classes})
