"""What the shots teach the verifier of one class: its bank, its crop classifier, its fusion, and figures on held-out images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.bank import Bank, Entries, soft_nearest
from training.engine.class_model.candidates import SURE_HIT, SURE_MISS, Labels, ShotCandidates
from training.engine.class_model.held_out_errors import HeldOutImage, held_out_errors
from training.engine.class_model.keypoint_verifier import KeypointVerifier, fit_keypoint_verifier
from training.engine.class_model.logistic import Linear
from training.engine.class_model.metrics import Measured
from training.engine.class_model.proposals import CandidateFeatures
from training.engine.class_model.shot_split import ShotSplit
from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.class_model.thresholds import LOWEST_REVIEW, measure, unmeasured_shift
from training.engine.class_model.verifier import (
    FUSION,
    FUSION_BIAS,
    Affinity,
    FeatureClassifier,
    Verifier,
    fit_classifier,
    fit_fusion,
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
class ClassModel:
    """One class, ready to judge any box."""

    verifier: Verifier
    bank: Bank
    rules: SuppressionRules
    measured: Measured
    outliers: list[int]
    errors: list[dict[str, Any]]
    keypoint_verifier: KeypointVerifier | None = None

    @property
    def least_probability(self) -> float:
        """The probability that a box must be able to reach for its crop to be looked at."""
        least = HOPELESS if self.keypoint_verifier is None else HOPELESS_ALIKE
        # An unmeasured class finds its threshold only when all images were looked at.
        return min(least, LOWEST_REVIEW if self.measured.measured == "none" else self.measured.threshold_review)


def with_crop_features(found: CandidateFeatures, features: Features, images: Mapping[int, JobImage]) -> ShotCandidates:
    """Crop features for candidates that lie image by image in the table."""
    parts = []
    for image_id in dict.fromkeys(found.image.tolist()):
        rows = np.flatnonzero(found.image == image_id)
        parts.append(features.crops(images[image_id], found.xyxy[rows]))
    crop = stacked(parts, features.dim)
    return ShotCandidates(
        found.xyxy, crop, found.roi, found.head, found.generic, found.classes, found.support, found.image
    )


def fit_class_model(class_id: int, split: ShotSplit, candidates: ShotCandidates, features: Features) -> ClassModel:
    """Fits everything of one class. `held` are candidates of the shot images, from heads that had not seen them."""
    images = {image.id: image for image in split.images}
    labels = label(candidates, class_id, images)
    shots = known_boxes(split.images, class_id, features)
    entries = _bank_entries(shots, candidates, labels, split.images, features)
    rules = SuppressionRules.of([as_boxes([box.xyxy for box in im.shots_of(class_id)]) for im in split.images])
    training_set = TrainingSet.of(entries, candidates, labels)
    crop, roi, affinity = training_set.classifiers()
    bank = Bank(entries)
    if len(split.folds) > 1:
        rows = signals(*_held_out_scores(training_set, candidates, split), candidates, _margins(candidates, bank))
    else:
        scores = (crop.logits(candidates.crop), roi.logits(candidates.roi), affinity.logits(candidates.classes))
        rows = signals(*scores, candidates, bank.margin(candidates.crop))
    fusion = Linear(FUSION, FUSION_BIAS)
    if len(split.folds) > 1:
        chosen = np.flatnonzero(labels.known)
        chosen = chosen[_apart(candidates, fusion.logits(rows), chosen, rules)]
        fusion = fit_fusion(rows[chosen], labels.hit[chosen])
    probability = fusion_probability(fusion, rows)
    second = fit_keypoint_verifier(class_id, split, candidates, labels, probability, rules, features)
    keypoint_verifier, probability = (None, probability) if second is None else second
    images_held = held_out_images(candidates, probability, split, class_id, rules)
    measured = _measure(images_held, several=len(split.folds) > 1)
    if measured.measured == "none":
        fusion = replace(fusion, bias=fusion.bias + unmeasured_shift(measured.shots))
    errors = held_out_errors(images_held, measured.threshold_review) if measured.measured == "loo" else []
    return ClassModel(
        Verifier(crop, roi, affinity, fusion), bank, rules, measured, outliers(shots), errors, keypoint_verifier
    )


@dataclass(frozen=True, slots=True)
class TrainingSet:
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
    def of(cls, entries: Entries, candidates: ShotCandidates, labels: Labels) -> TrainingSet:
        """The lesson of one class."""
        hit = labels.known & (labels.overlap >= SURE_HIT)
        roi = np.concatenate([entries.roi, candidates.roi[hit]])
        return cls(
            np.concatenate([entries.features, candidates.crop[hit]]), roi,
            np.concatenate([entries.classes, candidates.classes[hit]]),
            np.concatenate([entries.positive, np.ones(int(hit.sum()), dtype=bool)]),
            np.concatenate([entries.image_id, candidates.image[hit]]),
            entries.features.mean(axis=0), roi.mean(axis=0), roi.std(axis=0) + np.float32(0.01),
        )  # fmt: skip

    def classifiers(
        self, without: frozenset[int] = frozenset()
    ) -> tuple[FeatureClassifier, FeatureClassifier, Affinity]:
        """The crop judge, the roi judge and the affinity, taught by all images but these."""
        used = ~np.isin(self.image, list(without))
        label, image = self.positive[used], self.image[used]
        flat = np.ones_like(self.crop_centre)
        classes = self.classes[used]
        return (
            fit_classifier(self.crop[used], label, image, self.crop_centre, flat),
            fit_classifier(self.roi[used], label, image, self.roi_centre, self.roi_spread),
            Affinity.of(classes[label], classes[~label]),
        )


def _apart(candidates: ShotCandidates, logits: FloatArray, rows: IntArray, rules: SuppressionRules) -> IntArray:
    """Places among rows that stay when each image keeps one box per object: copies of one object would count many times."""
    keep: list[IntArray] = []
    for image_id in np.unique(candidates.image[rows]):
        mine = np.flatnonzero(candidates.image[rows] == image_id)
        keep.append(mine[suppress(candidates.xyxy[rows[mine]], logits[rows[mine]], rules)])
    return np.concatenate([np.zeros(0, dtype=np.int64), *keep])


def fusion_probability(fusion: Linear, rows: FloatArray) -> FloatArray:
    """(n,) probabilities of fusion rows."""
    return np.asarray(1 / (1 + np.exp(-fusion.logits(rows))), dtype=np.float32)


def label(candidates: ShotCandidates, class_id: int, images: Mapping[int, JobImage]) -> Labels:
    """Overlaps with the shots; in an image that is not complete only boxes that people spoke about are known."""
    overlap = np.zeros(len(candidates), dtype=np.float32)
    known = np.zeros(len(candidates), dtype=bool)
    for image_id, image in images.items():
        rows = np.flatnonzero(candidates.image == image_id)
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        overlap[rows] = overlaps(candidates.xyxy[rows], shots)
        others = [box.xyxy for box in image.boxes if box.class_id != class_id]
        others += [box.xyxy for box in image.rejected if box.class_id == class_id]
        near_spoken = overlaps(candidates.xyxy[rows], as_boxes(others)) >= 0.5
        known[rows] = (class_id in image.complete_for) | (overlap[rows] > 0.2) | near_spoken
    return Labels(overlap, known)


def known_boxes(images: Sequence[JobImage], class_id: int, features: Features) -> Entries:
    """Bank entries of people's boxes: shots of the class, boxes of other classes, rejected boxes."""
    parts = []
    for image in images:
        own = image.shots_of(class_id)
        shots = as_boxes([box.xyxy for box in own])
        others = [box for box in image.boxes if box.class_id != class_id]
        others += [box for box in image.rejected if box.class_id == class_id]
        counter_examples = [box for box in others if iou(as_boxes([box.xyxy]), shots).max(initial=0.0) < 0.5]
        boxes = [*own, *counter_examples]
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
    shots: Entries, candidates: ShotCandidates, labels: Labels, images: Sequence[JobImage], features: Features
) -> Entries:
    """People's boxes, then the false finds of held-out heads, then parts of the shots where there is nothing else."""
    miss = np.flatnonzero(labels.known & (labels.overlap < SURE_MISS))
    count = len(miss)
    false_finds = Entries(
        candidates.crop[miss], np.zeros(count, dtype=bool), np.full(count, -1, dtype=np.int64), candidates.image[miss],
        candidates.xyxy[miss], candidates.roi[miss], candidates.classes[miss],
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


def _held_out_scores(
    training_set: TrainingSet, candidates: ShotCandidates, split: ShotSplit
) -> tuple[FloatArray, FloatArray, FloatArray]:
    crop, roi, affinity = np.zeros((3, len(candidates)), dtype=np.float32)
    for fold in split.folds:
        rows = np.isin(candidates.image, list(fold))
        if rows.any():
            of_crop, of_roi, of_classes = training_set.classifiers(without=fold)
            crop[rows], roi[rows] = of_crop.logits(candidates.crop[rows]), of_roi.logits(candidates.roi[rows])
            affinity[rows] = of_classes.logits(candidates.classes[rows])
    return crop, roi, affinity


def _margins(candidates: ShotCandidates, bank: Bank) -> FloatArray:
    margin = np.zeros(len(candidates), dtype=np.float32)
    for image_id in dict.fromkeys(candidates.image.tolist()):
        rows = candidates.image == image_id
        margin[rows] = bank.margin(candidates.crop[rows], without_image=image_id)
    return margin


def held_out_images(
    candidates: ShotCandidates, probability: FloatArray, split: ShotSplit, class_id: int, rules: SuppressionRules
) -> list[HeldOutImage]:  # fmt: skip
    """What suggestions the shot images would have got, beside what people drew there.

    Of images that are not complete only the finds that hit are kept: what the others are nobody said.
    """
    found = []
    for image in split.images:
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        if class_id not in image.complete_for and not len(shots):
            continue
        rows = np.flatnonzero(candidates.image == image.id)
        keep = rows[suppress(candidates.xyxy[rows], probability[rows], rules)]
        if class_id not in image.complete_for:
            keep = keep[matches(candidates.xyxy[keep], shots) >= 0]
        found.append(HeldOutImage(image.id, candidates.xyxy[keep], probability[keep].astype(np.float32), shots))
    return found


def _measure(images: Sequence[HeldOutImage], several: bool) -> Measured:
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
