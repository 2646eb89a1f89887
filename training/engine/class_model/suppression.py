"""Suppression: one box per object, and one class per object where one is clearly surer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import FloatArray, IntArray, logit
from training.engine.core.boxes import ios, iou
from training.engine.tuning.class_model import SuppressionSettings


@dataclass(frozen=True, slots=True)
class SuppressionRules:
    """When two boxes are one object.

    overlap: the IoU above which they are. nested: whether one object may lie inside another. inside: the IoS above
    which one box lies in another.
    """

    overlap: float
    nested: bool
    inside: float

    @classmethod
    def of(cls, images: Sequence[FloatArray], settings: SuppressionSettings) -> SuppressionRules:
        """What the shots show: boxes may overlap little more than people's do, and be nested only where people drew
        some.

        Where too few boxes can tell, nesting stays allowed.
        """
        several = [boxes for boxes in images if len(boxes) > 1]
        shares = [_largest(ios(boxes, boxes)) for boxes in several]
        most = max((_largest(iou(boxes, boxes)) for boxes in several), default=0.0)
        boxes = sum(len(boxes) for boxes in images)
        overlap = float(np.clip(most + settings.room, settings.apart, settings.same_object))
        return cls(overlap, any(share > settings.inside for share in shares) or boxes < 2, settings.inside)


def _largest(pairs: FloatArray) -> float:
    return float(np.where(np.eye(len(pairs), dtype=bool), 0, pairs).max())


def suppress(boxes: FloatArray, probability: FloatArray, rules: SuppressionRules) -> IntArray:
    """Indices of the boxes that stay, most probable first."""
    order = np.argsort(-probability, kind="stable")
    overlap = iou(boxes, boxes)
    inner = ios(boxes, boxes)
    gone = np.zeros(len(boxes), dtype=bool)
    keep: list[int] = []
    for index in order:
        if gone[index]:
            continue
        keep.append(int(index))
        gone |= overlap[index] > rules.overlap
        if not rules.nested:
            gone |= inner[index] > rules.inside
    return np.asarray(keep, dtype=np.int64)


def second_claims(
    boxes: FloatArray, probability: FloatArray, keep: IntArray, rules: SuppressionRules, same_object: float
) -> tuple[IntArray, FloatArray]:
    """Of the boxes that gave way those that may be other objects after all, most probable first, and how likely that
    is: as likely as the box is, were none of the surer ones that it gave way to an object.

    A part that is surer than the whole, or one of two objects that overlap more than people's boxes do, takes the place
    of a true box; who lowers the cut-off shall find that box. keep: as `suppress` gives it. same_object: the IoU from
    which a box is a copy of one that is there already.
    """
    overlap, inner = iou(boxes, boxes), ios(boxes, boxes)
    there = keep.tolist()
    claims: list[int] = []
    chance: list[float] = []
    for index in np.argsort(-probability, kind="stable").tolist():
        if index in there or (overlap[index, there] > same_object).any():
            continue
        near = overlap[index, keep] > rules.overlap
        if not rules.nested:
            near |= inner[index, keep] > rules.inside
        surer = probability[keep[near & (probability[keep] >= probability[index])]]
        claims.append(index)
        chance.append(float(probability[index] * np.prod(1 - surer)))
        there.append(index)
    return np.asarray(claims, dtype=np.int64), np.asarray(chance, dtype=np.float32)


def shared_classes(
    images: Sequence[tuple[FloatArray, IntArray]], settings: SuppressionSettings
) -> frozenset[tuple[int, int]]:
    """Pairs of classes (the lesser id first) that people gave to one object somewhere; from each image's boxes and
    class ids.
    """
    pairs = set()
    for boxes, classes in images:
        for one, other in np.argwhere(np.triu(iou(boxes, boxes) >= settings.rivals, 1)):
            pairs.add(class_pair(int(classes[one]), int(classes[other])))
    return frozenset(pairs)


def class_pair(one: int, other: int) -> tuple[int, int]:
    """Two class ids, the lesser first."""
    return (one, other) if one < other else (other, one)


def suppress_rivals(
    boxes: FloatArray,
    probability: FloatArray,
    classes: IntArray,
    shared: frozenset[tuple[int, int]],
    settings: SuppressionSettings,
) -> IntArray:
    """Indices of the boxes that stay when classes compete for an object, most probable first; pairs in `shared` do not
    compete.

    A class gives way where another is clearly more probable; where the two are close, a person has to tell. A
    probability above one stands for a person's own box.
    """
    near = iou(boxes, boxes) >= settings.rivals
    odds = np.where(probability > 1, np.inf, logit(np.minimum(probability, 1)))
    keep: list[int] = []
    for index in np.argsort(-odds, kind="stable"):
        mine = int(classes[index])
        surer = (int(classes[one]) for one in keep if near[index, one] and odds[one] >= odds[index] + settings.clearly)
        if all(other == mine or class_pair(mine, other) in shared for other in surer):
            keep.append(int(index))
    return np.asarray(keep, dtype=np.int64)
