"""What of a run's new suggestions is worth a person's look, beside what is there already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from annotations.flags import Flag
from annotations.geometry import XYXY, Place, inside_share, iou
from annotations.models import OBJECTS, Box, Complete, LabelClass, Suggestion, SuggestionBatch
from projects.models import Image
from training.protocol import results as protocol

SAME = 0.7  # IoU from which two boxes of a class are one object
IGNORED = 0.5  # share of a suggestion that lies in an ignore region of its class
SAME_REJECTED = 0.85  # a person said no to just this box; a better one of the same object may be offered


@dataclass(frozen=True, slots=True)
class Arrival:
    """One suggestion as the engine wrote it."""

    image: int
    label: int
    xyxy: XYXY
    probability: float
    score: float
    source: str
    sure: bool
    evidence: list[dict[str, Any]]

    @classmethod
    def of(cls, image: int, row: protocol.Suggestion, boxes: dict[int, str]) -> Arrival:
        """From the results file; boxes of the job get the names of people's boxes again."""
        x1, y1, x2, y2 = row["xyxy"]
        evidence = [{**near, "box_id": boxes.get(near["box_id"] or 0)} for near in row["neighbours"]]
        return cls(
            image, row["class_id"], (x1, y1, x2, y2), row["probability"], row["score"], row["source"][:40],
            row["state"] == "auto", evidence,
        )  # fmt: skip

    @property
    def place(self) -> Place:
        return (self.image, self.label)


@dataclass(slots=True)
class MergeResult:
    """What to store, what it replaces, and what was left out for which reason."""

    fresh: list[Suggestion] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)


def merge(batch: SuggestionBatch, arrivals: list[Arrival], state: str = Suggestion.State.PENDING) -> MergeResult:
    """Reads what is there for the images of `arrivals` and sorts the new ones out.

    Left out: on people's boxes, in images that are complete for the class, on what was rejected, on what this batch has
    already (so that storing again stores nothing twice). An earlier run's pending suggestion of the same object is
    replaced; what is to be stored as dropped replaces nothing, and is left out where a suggestion waits.
    """
    there = _There(batch, {arrival.image for arrival in arrivals}, {arrival.label for arrival in arrivals})
    found = MergeResult()
    for arrival in arrivals:
        xyxy = there.clipped(arrival)
        reason = "deleted" if xyxy is None else there.why_not(arrival, xyxy)
        if xyxy is not None and reason in ("", "doubled"):
            replaced = there.replaced_by(arrival.place, xyxy)
            if state == Suggestion.State.PENDING:
                found.replaced |= replaced
            elif replaced:
                reason = "waiting"
        if reason:
            found.left_out[reason] += 1
            continue
        assert xyxy is not None
        suggestion = Suggestion(
            batch=batch, image_id=arrival.image, label_id=arrival.label, probability=arrival.probability,
            score=arrival.score, source=arrival.source, sure=arrival.sure, evidence=arrival.evidence, state=state,
        )  # fmt: skip
        suggestion.xyxy = xyxy
        found.fresh.append(suggestion)
        there.own[arrival.place].append(xyxy)
    return found


class _There:
    """What the database holds for some images and classes."""

    def __init__(self, batch: SuggestionBatch, images: set[int], labels: set[int]) -> None:
        self.sizes = {
            pk: (width, height)
            for pk, width, height in Image.objects.filter(pk__in=images).values_list("pk", "width", "height")
        }
        self.test = set(Image.objects.filter(pk__in=images, split=Image.Split.TEST).values_list("pk", flat=True))
        self.labels = set(LabelClass.objects.filter(pk__in=labels).values_list("pk", flat=True))
        self.complete = set(Complete.objects.filter(image__in=images).values_list("image_id", "label_id"))
        there = Box.objects.filter(image__in=images, label__in=labels)
        self.boxes = _by_place(there.filter(OBJECTS))
        self.ignored = _by_place(there.filter(flags__gte=Flag.IGNORE))
        self.own: dict[Place, list[XYXY]] = defaultdict(list)
        self.rejected: dict[Place, list[XYXY]] = defaultdict(list)
        self.pending: dict[Place, list[tuple[int, XYXY]]] = defaultdict(list)
        known = Q(batch=batch) | Q(state__in=(Suggestion.State.PENDING, Suggestion.State.REJECTED))
        for row in Suggestion.objects.filter(known, image__in=images, label__in=labels).defer("evidence"):
            place = (row.image_id, row.label_id)
            if row.batch_id == batch.pk:
                if row.state == Suggestion.State.WITHDRAWN:
                    continue  # taken back when an earlier attempt was cancelled or undone: it may come again
                self.own[place].append(row.xyxy)
            elif row.state == Suggestion.State.REJECTED:
                self.rejected[place].append(row.xyxy)
            else:
                self.pending[place].append((row.pk, row.xyxy))

    def clipped(self, arrival: Arrival) -> XYXY | None:
        """Its box inside the image; None where image, class or box are gone."""
        if arrival.image not in self.sizes or arrival.label not in self.labels:
            return None
        width, height = self.sizes[arrival.image]
        x1, y1, x2, y2 = arrival.xyxy
        box = (max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2))
        return box if box[2] - box[0] >= 1 and box[3] - box[1] >= 1 else None

    def why_not(self, arrival: Arrival, xyxy: XYXY) -> str:
        """The reason to leave it out, or "" ."""
        place = arrival.place
        if _overlaps(xyxy, self.own[place], SAME):
            return "doubled"
        if place[0] in self.test:  # put there since the run began
            return "test"
        if place in self.complete:
            return "complete"
        if _overlaps(xyxy, self.boxes[place], SAME):
            return "boxed"
        if any(inside_share(xyxy, region) >= IGNORED for region in self.ignored[place]):
            return "ignored"
        if _overlaps(xyxy, self.rejected[place], SAME_REJECTED):
            return "rejected"
        return ""

    def replaced_by(self, place: Place, xyxy: XYXY) -> set[int]:
        return {pk for pk, other in self.pending[place] if iou(xyxy, other) >= SAME}


def _by_place(rows: Iterable[Box]) -> dict[Place, list[XYXY]]:
    found: dict[Place, list[XYXY]] = defaultdict(list)
    for row in rows:
        found[(row.image_id, row.label_id)].append(row.xyxy)
    return found


def _overlaps(xyxy: XYXY, others: Iterable[XYXY], least: float) -> bool:
    return any(iou(xyxy, other) >= least for other in others)
