"""Which candidates are objects: one per class and place, without those that people rejected, rival classes weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.count_prior import ImageObjects, apply_count_prior, count_holding
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.model import ClassModel
from training.engine.class_model.suppression import (
    SuppressionRules,
    second_claims,
    shared_classes,
    suppress,
    suppress_rivals,
)
from training.engine.class_model.thresholds import above_crowd, aimed, bolder
from training.engine.core.arrays import BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import as_boxes, iou, lies_inside
from training.engine.tuning import Tuning
from training.engine.tuning.class_model import SuppressionSettings
from training.protocol.job import Job, JobImage

DRAWN = 2.0  # stands for the probability of a person's box: surer than any


@dataclass(frozen=True, slots=True)
class Verification:
    """The candidates of one class in images to label, scored.

    probability: (n,) calibrated. neighbours, similarity: (n, k) rows of the class model's bank (-1: none) and their
    cosines. rules, measured, errors: of the class model; thresholds may have moved since.
    """

    candidates: Candidates
    probability: FloatArray
    neighbours: IntArray
    similarity: FloatArray
    rules: SuppressionRules
    measured: ClassMetrics
    errors: list[dict[str, Any]]

    def in_model(self, model: ClassModel) -> ClassModel:
        """The class model with the thresholds and held-out errors that follow from all images."""
        return replace(model, measured=self.measured, errors=self.errors)


@dataclass(frozen=True, slots=True)
class Object:
    """A place in a target image that a class claims. row: in the class's table of target candidates.

    head: the class head's log odds there. stands: no competing class is clearly surer there, nor a person who drew
    another. second: it gave way to a surer object of its class, and may be another one.
    """

    class_id: int
    row: int
    xyxy: FloatArray
    probability: float
    head: float
    source: int
    stands: bool = True
    second: bool = False


def with_count_prior(job: Job, verified: Mapping[int, Verification], tuning: Tuning) -> dict[int, Verification]:
    """The same with probabilities that know how many objects of each class images hold.

    Review thresholds fall where many images hold the class, move up where they cut through a crowd of look-alikes, and
    then by what the job aims at.
    """
    images = {image.id: image for image in job.targets}
    return {class_id: _with_count_prior(class_id, images, one, job.aim, tuning) for class_id, one in verified.items()}


def _with_count_prior(
    class_id: int, images: Mapping[int, JobImage], verified: Verification, aim: str, tuning: Tuning
) -> Verification:
    """What people drew is counted, but not scored again; what they rejected is no object.

    Copies of an object go with it.
    """
    candidates, likely = verified.candidates, tuning.count_prior.likely
    open_images = {
        image_id: rows for image_id, rows in candidates.spans().items() if class_id not in images[image_id].complete_for
    }
    counts: list[ImageObjects] = []
    firsts: list[tuple[IntArray, BoolArray]] = []
    for image_id, rows in open_images.items():
        drawn = as_boxes([box.xyxy for box in images[image_id].shots_of(class_id)])
        rejected = as_boxes([box.xyxy for box in images[image_id].rejected if box.class_id == class_id])
        first = suppress(candidates.xyxy[rows], verified.probability[rows], verified.rules)
        answered = np.concatenate([drawn, rejected])
        near = iou(candidates.xyxy[rows][first], answered).max(axis=1, initial=0.0)
        regions = as_boxes(images[image_id].regions_of(class_id))
        ignored = lies_inside(candidates.xyxy[rows][first], regions, tuning.suppression.region)
        free = (near < tuning.suppression.answered) & ~ignored
        firsts.append((first, free))
        counts.append(ImageObjects(verified.probability[rows][first[free]], len(drawn)))
    posterior = apply_count_prior(counts, tuning.count_prior)
    probability = verified.probability.copy()
    for rows, (first, free), before, after in zip(open_images.values(), firsts, counts, posterior, strict=True):
        moved = np.zeros(len(first), dtype=np.float32)
        moved[free] = logit(after) - logit(before.probability)
        owner = iou(candidates.xyxy[rows], candidates.xyxy[rows][first]).argmax(axis=1)
        probability[rows] = sigmoid(logit(probability[rows]) + moved[owner])
    measured = verified.measured
    review = measured.threshold_review
    known = [ImageObjects(after, before.drawn) for after, before in zip(posterior, counts, strict=True)]
    holding = count_holding(known, likely)
    if measured.measured != "none" and holding >= max(tuning.thresholds.common * len(known), 1):
        review = bolder(review, measured.shots, tuning.thresholds)
    every = np.concatenate([np.zeros(0, dtype=np.float32), *posterior])
    review = aimed(above_crowd(every, review, tuning.thresholds), aim, tuning.thresholds)
    # Held-out finds below the threshold are no mistakes; shots that it misses beyond those shown are counted in its
    # recall.
    errors = [case for case in verified.errors if case["kind"] == "missed" or case["probability"] >= review]
    return replace(verified, measured=measured.at(review), errors=errors, probability=probability)


def objects_of(
    job: Job, verified: Mapping[int, Verification], settings: SuppressionSettings
) -> Iterator[tuple[JobImage, list[Object]]]:
    """Each target image with its objects, most probable first: one per class and place, none that people rejected.

    Classes compete for a place, unless people gave one object to both somewhere; what would not be suggested beats
    nothing.
    """
    drawn = [(as_boxes([box.xyxy for box in im.boxes]), _ids([box.class_id for box in im.boxes])) for im in job.images]
    shared = shared_classes(drawn, settings)
    spans = {class_id: one.candidates.spans() for class_id, one in verified.items()}
    for image in job.targets:
        claims: list[Object] = []
        for class_id, one in verified.items():
            rows = spans[class_id].get(image.id)
            if rows is not None:
                found = _claims(class_id, one, rows, settings)
                claims += [claim for claim in found if not _is_rejected(image, claim, settings)]
        yield image, _standing(image, claims, shared, verified, settings)


def _claims(class_id: int, verified: Verification, rows: slice, settings: SuppressionSettings) -> list[Object]:
    mine, probability = verified.candidates.take(rows), verified.probability[rows]
    first = suppress(mine.xyxy, probability, verified.rules)
    second, chance = second_claims(mine.xyxy, probability, first, verified.rules, settings.same_object)
    claims = [(row, float(probability[row]), False) for row in first.tolist()]
    claims += [(row, value, True) for row, value in zip(second.tolist(), chance.tolist(), strict=True)]
    return [
        Object(
            class_id, rows.start + row, mine.xyxy[row], value, float(mine.head[row]), int(mine.source[row]),
            second=second
        )
        for row, value, second in claims if value >= settings.dropped_from
    ]  # fmt: skip


def _is_rejected(image: JobImage, one: Object, settings: SuppressionSettings) -> bool:
    """Whether people said that this is not the class: the image holds no more of it, or they rejected such a box there;
    or that nobody looks for single ones there.
    """
    if lies_inside(one.xyxy[None], as_boxes(image.regions_of(one.class_id)), settings.region).any():
        return True
    rejected = as_boxes([box.xyxy for box in image.rejected if box.class_id == one.class_id])
    near = float(iou(one.xyxy[None], rejected).max(initial=0.0))
    return one.class_id in image.complete_for or near >= settings.answered


def _standing(
    image: JobImage,
    claims: Sequence[Object],
    shared: frozenset[tuple[int, int]],
    verified: Mapping[int, Verification],
    settings: SuppressionSettings,
) -> list[Object]:
    """The claims, most probable first, each with whether it stands; what people drew is surer than any."""
    likely = [one for one in claims if one.probability >= verified[one.class_id].measured.threshold_review]
    boxes = as_boxes([box.xyxy for box in image.boxes] + [one.xyxy for one in likely])
    classes = _ids([box.class_id for box in image.boxes] + [one.class_id for one in likely])
    drawn = len(image.boxes)
    probability = np.array([DRAWN] * drawn + [one.probability for one in likely], dtype=np.float32)
    stay = set(suppress_rivals(boxes, probability, classes, shared, settings).tolist())
    fallen = {(one.class_id, one.row) for place, one in enumerate(likely) if place + drawn not in stay}
    standing = [replace(one, stands=(one.class_id, one.row) not in fallen) for one in claims]
    return sorted(standing, key=lambda one: -one.probability)


def _ids(rows: Sequence[int]) -> IntArray:
    return np.asarray(rows, dtype=np.int64)
