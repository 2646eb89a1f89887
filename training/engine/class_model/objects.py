"""Which places in an image are objects of a class: claims of all classes, those that people denied left out, rivals weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.count_prior import ImageObjects, apply_count_prior, count_holding
from training.engine.class_model.fit import ClassModel
from training.engine.class_model.proposals import CorrectorGain, Proposer
from training.engine.class_model.suppression import shared_classes, suppress, suppress_rivals
from training.engine.class_model.thresholds import above_crowd, bolder
from training.engine.core.arrays import BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import as_boxes, iou
from training.protocol.job import Job, JobImage

FINDABLE = 0.01
SPOKEN = 0.5
COMMON = 0.4


@dataclass(frozen=True, slots=True)
class ClassProposals:
    """The source stage's result for one class: the class as taught, and its candidates in images to label.

    pull: what its corrector does on held-out shots, if that could be seen. side: as in Lessons.
    """

    proposer: Proposer
    model: ClassModel
    candidates: Candidates
    gain: CorrectorGain | None
    side: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The verify stage's result for one class: its probabilities for targets' candidates, and the thresholds that follow."""

    model: ClassModel
    probability: FloatArray
    neighbours: IntArray
    similarity: FloatArray


@dataclass(frozen=True, slots=True)
class Object:
    """A place in a target image that a class claims. row: in the class's table of target candidates.

    head: the class head's log odds there. stands: no competing class is clearly surer there, nor a person who drew another.
    """

    class_id: int
    row: int
    xyxy: FloatArray
    probability: float
    head: float
    source: int
    stands: bool = True


def with_count_prior(
    job: Job, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification]
) -> dict[int, Verification]:
    """The same with probabilities that know how many objects of each class images hold, and thresholds that dare
    more where many images hold the class, and cut through no crowd."""
    images = {image.id: image for image in job.targets}
    return {
        class_id: _with_count_prior(class_id, item.candidates, images, verified[class_id])
        for class_id, item in proposals.items()
    }


def _with_count_prior(
    class_id: int, candidates: Candidates, images: Mapping[int, JobImage], verified: Verification
) -> Verification:
    """What people drew is counted, but not judged again; what they denied is no object. Copies of an object go with it."""
    open_images = {
        image_id: rows for image_id, rows in candidates.spans().items() if class_id not in images[image_id].complete_for
    }
    counts: list[ImageObjects] = []
    firsts: list[tuple[IntArray, BoolArray]] = []
    for image_id, rows in open_images.items():
        drawn = as_boxes([box.xyxy for box in images[image_id].shots_of(class_id)])
        rejected = as_boxes([box.xyxy for box in images[image_id].rejected if box.class_id == class_id])
        first = suppress(candidates.xyxy[rows], verified.probability[rows], verified.model.rules)
        spoken = np.concatenate([drawn, rejected])
        free = iou(candidates.xyxy[rows][first], spoken).max(axis=1, initial=0.0) < SPOKEN
        firsts.append((first, free))
        counts.append(ImageObjects(verified.probability[rows][first[free]], len(drawn)))
    probability = verified.probability.copy()
    posterior = apply_count_prior(counts)
    for rows, (first, free), before, after in zip(open_images.values(), firsts, counts, posterior, strict=True):
        moved = np.zeros(len(first), dtype=np.float32)
        moved[free] = logit(after) - logit(before.probability)
        owner = iou(candidates.xyxy[rows], candidates.xyxy[rows][first]).argmax(axis=1)
        probability[rows] = sigmoid(logit(probability[rows]) + moved[owner])
    measured = verified.model.measured
    review = measured.threshold_review
    known = [ImageObjects(after, before.drawn) for after, before in zip(posterior, counts, strict=True)]
    if measured.measured != "none" and count_holding(known) >= max(COMMON * len(known), 1):
        review = bolder(review, measured.shots)
    review = above_crowd(np.concatenate([np.zeros(0, dtype=np.float32), *posterior]), review)
    # Held-out finds below the threshold are no mistakes; shots that it misses beyond those shown are counted in its recall.
    errors = [case for case in verified.model.errors if case["kind"] == "missed" or case["probability"] >= review]
    return replace(
        verified, model=replace(verified.model, measured=measured.at(review), errors=errors), probability=probability
    )


def objects_of(
    job: Job, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification]
) -> Iterator[tuple[JobImage, list[Object]]]:
    """Each target image with its objects, most probable first: one per class and place, none that people denied.

    Classes compete for a place, unless people gave one object to both somewhere; what would not be suggested beats nothing.
    """
    shared = shared_classes(
        [(as_boxes([box.xyxy for box in im.boxes]), _ids([box.class_id for box in im.boxes])) for im in job.images]
    )
    spans = {class_id: item.candidates.spans() for class_id, item in proposals.items()}
    for image in job.targets:
        claims: list[Object] = []
        for class_id, item in proposals.items():
            rows = spans[class_id].get(image.id)
            if rows is not None:
                claims += [
                    one
                    for one in _claims(class_id, item.candidates, rows, verified[class_id])
                    if not _is_denied(image, one)
                ]
        yield image, _standing(image, claims, shared, verified)


def _claims(class_id: int, candidates: Candidates, rows: slice, verified: Verification) -> list[Object]:
    keep = rows.start + suppress(candidates.xyxy[rows], verified.probability[rows], verified.model.rules)
    return [
        Object(
            class_id, int(row), candidates.xyxy[row], float(verified.probability[row]), float(candidates.head[row]),
            int(candidates.source[row]),
        )
        for row in keep if verified.probability[row] >= FINDABLE
    ]  # fmt: skip


def _is_denied(image: JobImage, one: Object) -> bool:
    """Whether people said that this is not the class: the image holds no more of it, or they rejected such a box there."""
    rejected = as_boxes([box.xyxy for box in image.rejected if box.class_id == one.class_id])
    return one.class_id in image.complete_for or bool(iou(one.xyxy[None], rejected).max(initial=0.0) >= SPOKEN)


def _standing(
    image: JobImage, claims: Sequence[Object], shared: frozenset[tuple[int, int]], verified: Mapping[int, Verification]
) -> list[Object]:
    """The claims, most probable first, each with whether it stands; what people drew is surer than any."""
    likely = [one for one in claims if one.probability >= verified[one.class_id].model.measured.threshold_review]
    boxes = as_boxes([box.xyxy for box in image.boxes] + [one.xyxy for one in likely])
    classes = _ids([box.class_id for box in image.boxes] + [one.class_id for one in likely])
    drawn = len(image.boxes)
    probability = np.array([2.0] * drawn + [one.probability for one in likely], dtype=np.float32)
    stay = set(suppress_rivals(boxes, probability, classes, shared).tolist())
    fallen = {(one.class_id, one.row) for place, one in enumerate(likely) if place + drawn not in stay}
    standing = [replace(one, stands=(one.class_id, one.row) not in fallen) for one in claims]
    return sorted(standing, key=lambda one: -one.probability)


def _ids(rows: Sequence[int]) -> IntArray:
    return np.asarray(rows, dtype=np.int64)
