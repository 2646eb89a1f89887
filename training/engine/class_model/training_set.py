"""The training set of one class: what is known of its shots and their candidates, and the rows that classifiers are
fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.class_model.bank import Bank, Entries, soft_mean
from training.engine.class_model.candidates import Labels, ShotCandidates
from training.engine.class_model.proposals import CandidateFeatures
from training.engine.class_model.shot_split import ShotSplit
from training.engine.class_model.verifier import Affinity, FeatureClassifier, fit_classifier, overlaps
from training.engine.core.arrays import BoolArray, FloatArray, IntArray
from training.engine.core.boxes import as_boxes, iou, lies_inside
from training.engine.tuning import Tuning
from training.engine.tuning.class_model import BankSettings, LabelSettings, ProposalSettings, VerifierSettings
from training.engine.vision.features import Features, stacked
from training.protocol.job import JobImage

NORMAL = 1.4826  # times the median distance from the median is a normal distribution's standard deviation


def with_crop_features(found: CandidateFeatures, features: Features, images: Mapping[int, JobImage]) -> ShotCandidates:
    """The candidates of shot images with (n, features.dim) crop features; rows of one image lie together."""
    parts = []
    for image_id in dict.fromkeys(found.image.tolist()):
        rows = np.flatnonzero(found.image == image_id)
        parts.append(features.crops(images[image_id], found.xyxy[rows]))
    crop = stacked(parts, features.dim)
    return ShotCandidates(
        found.xyxy, crop, found.roi, found.head, found.generic, found.classes, found.support, found.second, found.image
    )


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What the classifiers are fitted on: the bank, and the candidates that hit.

    A classifier must accept boxes as the sources draw them, not only people's.
    """

    crop: FloatArray
    roi: FloatArray
    classes: FloatArray
    positive: BoolArray
    image: IntArray
    crop_centre: FloatArray
    roi_centre: FloatArray
    roi_spread: FloatArray
    settings: VerifierSettings

    @classmethod
    def of(
        cls, entries: Entries, candidates: ShotCandidates, labels: Labels, settings: VerifierSettings
    ) -> TrainingSet:
        """The training set of one class."""
        hit = labels.sure_hit
        roi = np.concatenate([entries.roi, candidates.roi[hit]])
        return cls(
            np.concatenate([entries.features, candidates.crop[hit]]), roi,
            np.concatenate([entries.classes, candidates.classes[hit]]),
            np.concatenate([entries.positive, np.ones(int(hit.sum()), dtype=bool)]),
            np.concatenate([entries.image_id, candidates.image[hit]]),
            entries.features.mean(axis=0), roi.mean(axis=0), roi.std(axis=0) + np.float32(settings.roi_spread),
            settings,
        )  # fmt: skip

    def classifiers(
        self, without: frozenset[int] = frozenset()
    ) -> tuple[FeatureClassifier, FeatureClassifier, Affinity]:
        """The classifiers of crop and pooled features and the affinity, fitted on all images but these."""
        used = ~np.isin(self.image, list(without))
        label, image = self.positive[used], self.image[used]
        flat = np.ones_like(self.crop_centre)
        classes = self.classes[used]
        return (
            fit_classifier(self.crop[used], label, image, self.crop_centre, flat, self.settings),
            fit_classifier(self.roi[used], label, image, self.roi_centre, self.roi_spread, self.settings),
            Affinity.of(classes[label], classes[~label], self.settings),
        )

    def held_out_scores(
        self, candidates: ShotCandidates, split: ShotSplit
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) scores of crop, pooled features and affinity, each from images without the candidate's fold."""
        crop, roi, affinity = np.zeros((3, len(candidates)), dtype=np.float32)
        for fold in split.folds:
            rows = np.isin(candidates.image, list(fold))
            if rows.any():
                of_crop, of_roi, of_classes = self.classifiers(without=fold)
                crop[rows], roi[rows] = of_crop.logits(candidates.crop[rows]), of_roi.logits(candidates.roi[rows])
                affinity[rows] = of_classes.logits(candidates.classes[rows])
        return crop, roi, affinity


def label(candidates: ShotCandidates, class_id: int, images: Mapping[int, JobImage], settings: LabelSettings) -> Labels:
    """Overlaps with the shots; in an image that is not complete, and in regions, only boxes that people answered are
    known.
    """
    overlap = np.zeros(len(candidates), dtype=np.float32)
    known = np.zeros(len(candidates), dtype=bool)
    for image_id, image in images.items():
        rows = np.flatnonzero(candidates.image == image_id)
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        overlap[rows] = overlaps(candidates.xyxy[rows], shots)
        others = [box.xyxy for box in image.boxes if box.class_id != class_id]
        others += [box.xyxy for box in image.rejected if box.class_id == class_id]
        answered = overlaps(candidates.xyxy[rows], as_boxes(others)) >= settings.hit
        ignored = lies_inside(candidates.xyxy[rows], as_boxes(image.regions_of(class_id)), settings.region)
        empty = ~ignored & (class_id in image.complete_for)
        known[rows] = empty | (overlap[rows] > settings.near) | answered
    return Labels(overlap, known, settings)


def known_boxes(images: Sequence[JobImage], class_id: int, features: Features, tuning: Tuning) -> Entries:
    """Bank entries of people's boxes: shots of the class, boxes of other classes, rejected boxes."""
    parts = []
    for image in images:
        own = image.shots_of(class_id)
        shots = as_boxes([box.xyxy for box in own])
        others = [box for box in image.boxes if box.class_id != class_id]
        others += [box for box in image.rejected if box.class_id == class_id]
        counter_examples = [
            box for box in others if iou(as_boxes([box.xyxy]), shots).max(initial=0.0) < tuning.labels.hit
        ]
        boxes = [*own, *counter_examples]
        ids = [-1 if box.id is None else box.id for box in boxes]
        xyxy, positive = [box.xyxy for box in boxes], [box in own for box in boxes]
        parts.append(_entries(image, xyxy, positive, ids, features, tuning.proposals))
    return _joined(parts)


def _entries(
    image: JobImage,
    xyxy: Sequence[Sequence[float]],
    positive: Sequence[bool],
    ids: Sequence[int],
    features: Features,
    settings: ProposalSettings,
) -> Entries:
    boxes, dense = as_boxes(xyxy), features.dense(image)
    return Entries(
        features.crops(image, boxes), np.array(positive, dtype=bool), np.array(ids, dtype=np.int64),
        np.full(len(boxes), image.id, dtype=np.int64), boxes,
        dense.pooled(boxes, settings.pooled_cells), dense.class_scores(boxes, settings.same_place),
    )  # fmt: skip


def _joined(parts: Sequence[Entries]) -> Entries:
    return Entries(*(np.concatenate([getattr(part, name) for part in parts]) for name in Entries.__slots__))


def bank_entries(
    shots: Entries,
    candidates: ShotCandidates,
    labels: Labels,
    images: Sequence[JobImage],
    features: Features,
    tuning: Tuning,
) -> Entries:
    """People's boxes, then the false finds of held-out heads, then parts of the shots where there is nothing else."""
    miss = np.flatnonzero(labels.sure_miss)
    count = len(miss)
    false_finds = Entries(
        candidates.crop[miss], np.zeros(count, dtype=bool), np.full(count, -1, dtype=np.int64), candidates.image[miss],
        candidates.xyxy[miss], candidates.roi[miss], candidates.classes[miss],
    )  # fmt: skip
    parts = [shots, false_finds]
    if int((~shots.positive).sum()) + count < tuning.bank.few_negatives:
        parts += [_parts_of(shots, image, features, tuning.proposals) for image in images]
    joined = _joined(parts)
    return joined if len(joined) <= tuning.bank.limit else joined.take(np.arange(tuning.bank.limit))


def _parts_of(shots: Entries, image: JobImage, features: Features, settings: ProposalSettings) -> Entries:
    """Quarters of the shots of one image: too small to count as the object."""
    parts: list[tuple[float, float, float, float]] = []
    for box in shots.xyxy[shots.positive & (shots.image_id == image.id)]:
        x1, y1, x2, y2 = (float(edge) for edge in box)
        mid_x, mid_y = (x1 + x2) / 2, (y1 + y2) / 2
        parts += [(x1, y1, mid_x, mid_y), (mid_x, y1, x2, mid_y), (x1, mid_y, mid_x, y2), (mid_x, mid_y, x2, y2)]
    return _entries(image, parts, [False] * len(parts), [-1] * len(parts), features, settings)


def held_out_margins(candidates: ShotCandidates, bank: Bank) -> FloatArray:
    """(n,) margins of the bank without the entries of each candidate's own image."""
    margin = np.zeros(len(candidates), dtype=np.float32)
    for image_id in dict.fromkeys(candidates.image.tolist()):
        rows = candidates.image == image_id
        margin[rows] = bank.margin(candidates.crop[rows], without_image=image_id)
    return margin


def outliers(shots: Entries, settings: BankSettings) -> list[int]:
    """Ids of shots that look like none of the others: far below the rest in similarity to their nearest fellow."""
    index = np.flatnonzero(shots.positive)
    if len(index) < settings.outlier_shots:
        return []
    near = np.array([_soft_nearest(shots.features, int(one), index[index != one], settings) for one in index])
    middle = np.median(near)
    spread = NORMAL * np.median(np.abs(near - middle)) + settings.outlier_spread
    return [
        int(shots.box_id[i])
        for i, value in zip(index, near, strict=True)
        if value < middle - settings.outlier * spread and shots.box_id[i] >= 0
    ]


def _soft_nearest(features: FloatArray, row: int, others: IntArray, settings: BankSettings) -> float:
    similarity = np.sort(features[others] @ features[row])[::-1][: settings.soft]
    return float(soft_mean(similarity[None], settings.sharpness)[0])
