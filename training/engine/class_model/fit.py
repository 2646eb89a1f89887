"""What the shots teach the verifier of one class: its bank, its crop classifier, its fusion, and figures on held-out images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.bank import Bank, Entries, soft_nearest
from training.engine.class_model.candidates import SURE_HIT, SURE_MISS, Evidence, Labels
from training.engine.class_model.held_out_errors import HeldOut, worst_cases
from training.engine.class_model.keypoint_verifier import Likeness, teach_likeness
from training.engine.class_model.logistic import Linear
from training.engine.class_model.metrics import Measured
from training.engine.class_model.proposals import Found
from training.engine.class_model.shot_split import Lessons
from training.engine.class_model.suppression import Rules, one_per_object
from training.engine.class_model.thresholds import LOWEST_REVIEW, measure, unmeasured_shift
from training.engine.class_model.verifier import (
    FUSION,
    FUSION_BIAS,
    Affinity,
    Judge,
    Verifier,
    fit_fusion,
    fit_judge,
    overlaps,
    signals,
)
from training.engine.core.arrays import BoolArray, FloatArray, IntArray
from training.engine.core.boxes import as_boxes, iou, matches
from training.engine.vision.features import Features, stacked
from training.protocol.job import JobImage

BANK_LIMIT = 500
# What even an excellent crop would not lift to this is not looked at. Five sets: a third less crops than at .25, the same F1; but
# points may yet lift a box that is made alike.
HOPELESS, HOPELESS_ALIKE = 0.35, 0.25
FEW_NEGATIVES = 8


@dataclass(frozen=True, slots=True)
class Taught:
    """One class, ready to judge any box."""

    verifier: Verifier
    bank: Bank
    rules: Rules
    measured: Measured
    outliers: list[int]
    worst: list[dict[str, Any]]
    likeness: Likeness | None = None

    @property
    def hopeless(self) -> float:
        """The probability that a box must be able to reach for its crop to be looked at."""
        least = HOPELESS if self.likeness is None else HOPELESS_ALIKE
        # An unmeasured class finds its threshold only when all images were looked at.
        return min(least, LOWEST_REVIEW if self.measured.measured == "none" else self.measured.threshold_review)


def evidence_of(found: Found, features: Features, images: Mapping[int, JobImage]) -> Evidence:
    """Crop features for candidates that lie image by image in the table."""
    parts = []
    for image_id in dict.fromkeys(found.image.tolist()):
        rows = np.flatnonzero(found.image == image_id)
        parts.append(features.crops(images[image_id], found.xyxy[rows]))
    crop = stacked(parts, features.dim)
    return Evidence(found.xyxy, crop, found.roi, found.head, found.generic, found.classes, found.support, found.image)


def teach(class_id: int, split: Lessons, held: Evidence, features: Features) -> Taught:
    """Fits everything of one class. `held` are candidates of the shot images, from heads that had not seen them."""
    images = {image.id: image for image in split.images}
    labels = label(held, class_id, images)
    shots = known_boxes(split.images, class_id, features)
    entries = _bank_entries(shots, held, labels, split.images, features)
    rules = Rules.of([as_boxes([box.xyxy for box in im.shots_of(class_id)]) for im in split.images])
    lesson = Lesson.of(entries, held, labels)
    crop, roi, affinity = lesson.judges()
    bank = Bank(entries)
    if len(split.folds) > 1:
        rows = signals(*_held_out_words(lesson, held, split), held, _margins(held, bank))
    else:
        words = (crop.logits(held.crop), roi.logits(held.roi), affinity.logits(held.classes))
        rows = signals(*words, held, bank.margin(held.crop))
    fusion = Linear(FUSION, FUSION_BIAS)
    if len(split.folds) > 1:
        chosen = np.flatnonzero(labels.known)
        chosen = chosen[_apart(held, fusion.logits(rows), chosen, rules)]
        fusion = fit_fusion(rows[chosen], labels.hit[chosen])
    probability = fusion_probability(fusion, rows)
    second = teach_likeness(class_id, split, held, labels, probability, rules, features)
    likeness, probability = (None, probability) if second is None else second
    images_held = held_out(held, probability, split, class_id, rules)
    measured = _measure(images_held, several=len(split.folds) > 1)
    if measured.measured == "none":
        fusion = replace(fusion, bias=fusion.bias + unmeasured_shift(measured.shots))
    worst = worst_cases(images_held, measured.threshold_review) if measured.measured == "loo" else []
    return Taught(Verifier(crop, roi, affinity, fusion), bank, rules, measured, outliers(shots), worst, likeness)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the judges learn from: the bank, and the candidates that hit.

    A judge must accept boxes as the sources draw them, not only people's.
    """

    crop: FloatArray
    roi: FloatArray
    classes: FloatArray
    positive: BoolArray
    image: IntArray
    crop_centre: FloatArray
    roi_centre: FloatArray
    roi_spread: FloatArray

    @classmethod
    def of(cls, entries: Entries, held: Evidence, labels: Labels) -> Lesson:
        """The lesson of one class."""
        hit = labels.known & (labels.overlap >= SURE_HIT)
        roi = np.concatenate([entries.roi, held.roi[hit]])
        return cls(
            np.concatenate([entries.features, held.crop[hit]]), roi,
            np.concatenate([entries.classes, held.classes[hit]]),
            np.concatenate([entries.positive, np.ones(int(hit.sum()), dtype=bool)]),
            np.concatenate([entries.image_id, held.image[hit]]),
            entries.features.mean(axis=0), roi.mean(axis=0), roi.std(axis=0) + np.float32(0.01),
        )  # fmt: skip

    def judges(self, without: frozenset[int] = frozenset()) -> tuple[Judge, Judge, Affinity]:
        """The crop judge, the roi judge and the affinity, taught by all images but these."""
        used = ~np.isin(self.image, list(without))
        label, image = self.positive[used], self.image[used]
        flat = np.ones_like(self.crop_centre)
        classes = self.classes[used]
        return (
            fit_judge(self.crop[used], label, image, self.crop_centre, flat),
            fit_judge(self.roi[used], label, image, self.roi_centre, self.roi_spread),
            Affinity.of(classes[label], classes[~label]),
        )


def _apart(held: Evidence, logits: FloatArray, rows: IntArray, rules: Rules) -> IntArray:
    """Places among rows that stay when each image keeps one box per object: copies of one object would count many times."""
    keep: list[IntArray] = []
    for image_id in np.unique(held.image[rows]):
        mine = np.flatnonzero(held.image[rows] == image_id)
        keep.append(mine[one_per_object(held.xyxy[rows[mine]], logits[rows[mine]], rules)])
    return np.concatenate([np.zeros(0, dtype=np.int64), *keep])


def fusion_probability(fusion: Linear, rows: FloatArray) -> FloatArray:
    """(n,) probabilities of fusion rows."""
    return np.asarray(1 / (1 + np.exp(-fusion.logits(rows))), dtype=np.float32)


def label(held: Evidence, class_id: int, images: Mapping[int, JobImage]) -> Labels:
    """Overlaps with the shots; in an image that is not complete only boxes that people spoke about are known."""
    overlap = np.zeros(len(held), dtype=np.float32)
    known = np.zeros(len(held), dtype=bool)
    for image_id, image in images.items():
        rows = np.flatnonzero(held.image == image_id)
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        overlap[rows] = overlaps(held.xyxy[rows], shots)
        spoken = [box.xyxy for box in image.boxes if box.class_id != class_id]
        spoken += [box.xyxy for box in image.rejected if box.class_id == class_id]
        near_spoken = overlaps(held.xyxy[rows], as_boxes(spoken)) >= 0.5
        known[rows] = (class_id in image.complete_for) | (overlap[rows] > 0.2) | near_spoken
    return Labels(overlap, known)


def known_boxes(images: Sequence[JobImage], class_id: int, features: Features) -> Entries:
    """Bank entries of people's boxes: shots of the class, boxes of other classes, rejected boxes."""
    parts = []
    for image in images:
        own = image.shots_of(class_id)
        shots = as_boxes([box.xyxy for box in own])
        spoken = [box for box in image.boxes if box.class_id != class_id]
        spoken += [box for box in image.rejected if box.class_id == class_id]
        nots = [box for box in spoken if iou(as_boxes([box.xyxy]), shots).max(initial=0.0) < 0.5]
        boxes = [*own, *nots]
        ids = [-1 if box.id is None else box.id for box in boxes]
        parts.append(_entries(image, [box.xyxy for box in boxes], [box in own for box in boxes], ids, features))
    return _joined(parts)


def _entries(
    image: JobImage, xyxy: Sequence[Sequence[float]], positive: Sequence[bool], ids: Sequence[int], features: Features
) -> Entries:
    boxes, dense = as_boxes(xyxy), features.dense(image)
    return Entries(
        features.crops(image, boxes), np.array(positive, dtype=bool), np.array(ids, dtype=np.int64),
        np.full(len(boxes), image.id, dtype=np.int64), boxes, dense.pooled(boxes), dense.class_scores(boxes),
    )  # fmt: skip


def _joined(parts: Sequence[Entries]) -> Entries:
    return Entries(*(np.concatenate([getattr(part, name) for part in parts]) for name in Entries.__slots__))


def _bank_entries(
    shots: Entries, held: Evidence, labels: Labels, images: Sequence[JobImage], features: Features
) -> Entries:
    """People's boxes, then the false finds of held-out heads, then parts of the shots where there is nothing else."""
    miss = np.flatnonzero(labels.known & (labels.overlap < SURE_MISS))
    count = len(miss)
    false_finds = Entries(
        held.crop[miss], np.zeros(count, dtype=bool), np.full(count, -1, dtype=np.int64), held.image[miss],
        held.xyxy[miss], held.roi[miss], held.classes[miss],
    )  # fmt: skip
    parts = [shots, false_finds]
    if int((~shots.positive).sum()) + count < FEW_NEGATIVES:
        parts += [_parts_of(shots, image, features) for image in images]
    joined = _joined(parts)
    return joined if len(joined) <= BANK_LIMIT else joined.take(np.arange(BANK_LIMIT))


def _parts_of(shots: Entries, image: JobImage, features: Features) -> Entries:
    """Quarters of the shots: too small to count as the object."""
    parts: list[tuple[float, float, float, float]] = []
    for box in shots.xyxy[shots.positive & (shots.image_id == image.id)]:
        x1, y1, x2, y2 = (float(edge) for edge in box)
        mid_x, mid_y = (x1 + x2) / 2, (y1 + y2) / 2
        parts += [(x1, y1, mid_x, mid_y), (mid_x, y1, x2, mid_y), (x1, mid_y, mid_x, y2), (mid_x, mid_y, x2, y2)]
    return _entries(image, parts, [False] * len(parts), [-1] * len(parts), features)


def _held_out_words(lesson: Lesson, held: Evidence, split: Lessons) -> tuple[FloatArray, FloatArray, FloatArray]:
    crop, roi, affinity = np.zeros((3, len(held)), dtype=np.float32)
    for fold in split.folds:
        rows = np.isin(held.image, list(fold))
        if rows.any():
            of_crop, of_roi, of_classes = lesson.judges(without=fold)
            crop[rows], roi[rows] = of_crop.logits(held.crop[rows]), of_roi.logits(held.roi[rows])
            affinity[rows] = of_classes.logits(held.classes[rows])
    return crop, roi, affinity


def _margins(held: Evidence, bank: Bank) -> FloatArray:
    margin = np.zeros(len(held), dtype=np.float32)
    for image_id in dict.fromkeys(held.image.tolist()):
        rows = held.image == image_id
        margin[rows] = bank.margin(held.crop[rows], without_image=image_id)
    return margin


def held_out(
    held: Evidence, probability: FloatArray, split: Lessons, class_id: int, rules: Rules
) -> list[HeldOut]:  # fmt: skip
    """What suggestions the shot images would have got, beside what people drew there.

    Of images that are not complete only the finds that hit are kept: what the others are nobody said.
    """
    found = []
    for image in split.images:
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        if class_id not in image.complete_for and not len(shots):
            continue
        rows = np.flatnonzero(held.image == image.id)
        keep = rows[one_per_object(held.xyxy[rows], probability[rows], rules)]
        if class_id not in image.complete_for:
            keep = keep[matches(held.xyxy[keep], shots) >= 0]
        found.append(HeldOut(image.id, held.xyxy[keep], probability[keep].astype(np.float32), shots))
    return found


def _measure(images: Sequence[HeldOut], several: bool) -> Measured:
    """Figures of held-out images. several: more than one image could be held out."""
    nothing: FloatArray = np.zeros(0, dtype=np.float32)
    p = np.concatenate([nothing, *(image.probability for image in images)])
    hits = np.concatenate([nothing.astype(bool), *(matches(image.xyxy, image.shots) >= 0 for image in images)])
    with_shots = sum(len(image.shots) > 0 for image in images)
    return measure(p, hits, sum(len(image.shots) for image in images), with_shots if several else 1)


def outliers(shots: Entries) -> list[int]:
    """Ids of shots that look like none of the others: far below the rest in similarity to their nearest fellow."""
    index = np.flatnonzero(shots.positive)
    if len(index) < 5:
        return []
    near = np.array([
        float(soft_nearest(shots.features[i : i + 1], shots.features[index[index != i]])[0]) for i in index
    ])  # fmt: skip
    middle = np.median(near)
    spread = 1.4826 * np.median(np.abs(near - middle)) + 0.02
    return [
        int(shots.box_id[i])
        for i, value in zip(index, near, strict=True)
        if value < middle - 3 * spread and shots.box_id[i] >= 0
    ]
