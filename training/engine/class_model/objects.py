"""Which places in an image are objects of a class: claims of all classes, those that people denied left out, rivals weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.engine.class_model.candidates import Heard
from training.engine.class_model.count_prior import Held, holding, recounted
from training.engine.class_model.fit import Taught
from training.engine.class_model.proposals import Finder, Pull
from training.engine.class_model.suppression import one_class_per_object, one_per_object, shared
from training.engine.class_model.thresholds import above_crowd, bolder
from training.engine.core.arrays import BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import as_boxes, iou
from training.protocol.job import Job, JobImage

FINDABLE = 0.01
SPOKEN = 0.5
COMMON = 0.4


@dataclass(frozen=True, slots=True)
class Sourced:
    """The source stage's result for one class: the class as taught, and its candidates in images to label.

    pull: what its corrector does on held-out shots, if that could be seen. side: as in Lessons.
    """

    finder: Finder
    taught: Taught
    found: Heard
    pull: Pull | None
    side: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The verify stage's result for one class: its probabilities for targets' candidates, and the thresholds that follow."""

    taught: Taught
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


def counted(job: Job, sourced: Mapping[int, Sourced], judged: Mapping[int, Judged]) -> dict[int, Judged]:
    """The same with probabilities that know how many objects of each class images hold, and thresholds that dare
    more where many images hold the class, and cut through no crowd."""
    images = {image.id: image for image in job.targets}
    return {class_id: _counted(class_id, item.found, images, judged[class_id]) for class_id, item in sourced.items()}


def _counted(class_id: int, found: Heard, images: Mapping[int, JobImage], judged: Judged) -> Judged:
    """What people drew is counted, but not judged again; what they denied is no object. Copies of an object go with it."""
    asked = {
        image_id: rows for image_id, rows in found.spans().items() if class_id not in images[image_id].complete_for
    }
    held: list[Held] = []
    firsts: list[tuple[IntArray, BoolArray]] = []
    for image_id, rows in asked.items():
        drawn = as_boxes([box.xyxy for box in images[image_id].shots_of(class_id)])
        rejected = as_boxes([box.xyxy for box in images[image_id].rejected if box.class_id == class_id])
        first = one_per_object(found.xyxy[rows], judged.probability[rows], judged.taught.rules)
        spoken = np.concatenate([drawn, rejected])
        free = iou(found.xyxy[rows][first], spoken).max(axis=1, initial=0.0) < SPOKEN
        firsts.append((first, free))
        held.append(Held(judged.probability[rows][first[free]], len(drawn)))
    probability = judged.probability.copy()
    again = recounted(held)
    for rows, (first, free), before, after in zip(asked.values(), firsts, held, again, strict=True):
        moved = np.zeros(len(first), dtype=np.float32)
        moved[free] = logit(after) - logit(before.probability)
        owner = iou(found.xyxy[rows], found.xyxy[rows][first]).argmax(axis=1)
        probability[rows] = sigmoid(logit(probability[rows]) + moved[owner])
    measured = judged.taught.measured
    review = measured.threshold_review
    known = [Held(after, before.drawn) for after, before in zip(again, held, strict=True)]
    if measured.measured != "none" and holding(known) >= max(COMMON * len(known), 1):
        review = bolder(review, measured.shots)
    review = above_crowd(np.concatenate([np.zeros(0, dtype=np.float32), *again]), review)
    # Held-out finds below the threshold are no mistakes; shots that it misses beyond those shown are counted in its recall.
    worst = [case for case in judged.taught.worst if case["kind"] == "missed" or case["probability"] >= review]
    return replace(
        judged, taught=replace(judged.taught, measured=measured.at(review), worst=worst), probability=probability
    )


def objects_of(
    job: Job, sourced: Mapping[int, Sourced], judged: Mapping[int, Judged]
) -> Iterator[tuple[JobImage, list[Object]]]:
    """Each target image with its objects, most probable first: one per class and place, none that people denied.

    Classes compete for a place, unless people gave one object to both somewhere; what would not be suggested beats nothing.
    """
    both = shared(
        [(as_boxes([box.xyxy for box in im.boxes]), _ids([box.class_id for box in im.boxes])) for im in job.images]
    )
    spans = {class_id: item.found.spans() for class_id, item in sourced.items()}
    for image in job.targets:
        claims: list[Object] = []
        for class_id, item in sourced.items():
            rows = spans[class_id].get(image.id)
            if rows is not None:
                claims += [
                    one for one in _claims(class_id, item.found, rows, judged[class_id]) if not _denied(image, one)
                ]
        yield image, _standing(image, claims, both, judged)


def _claims(class_id: int, found: Heard, rows: slice, judged: Judged) -> list[Object]:
    keep = rows.start + one_per_object(found.xyxy[rows], judged.probability[rows], judged.taught.rules)
    return [
        Object(
            class_id, int(row), found.xyxy[row], float(judged.probability[row]), float(found.head[row]),
            int(found.source[row]),
        )
        for row in keep if judged.probability[row] >= FINDABLE
    ]  # fmt: skip


def _denied(image: JobImage, one: Object) -> bool:
    """Whether people said that this is not the class: the image holds no more of it, or they rejected such a box there."""
    rejected = as_boxes([box.xyxy for box in image.rejected if box.class_id == one.class_id])
    return one.class_id in image.complete_for or bool(iou(one.xyxy[None], rejected).max(initial=0.0) >= SPOKEN)


def _standing(
    image: JobImage, claims: Sequence[Object], both: frozenset[tuple[int, int]], judged: Mapping[int, Judged]
) -> list[Object]:
    """The claims, most probable first, each with whether it stands; what people drew is surer than any."""
    likely = [one for one in claims if one.probability >= judged[one.class_id].taught.measured.threshold_review]
    boxes = as_boxes([box.xyxy for box in image.boxes] + [one.xyxy for one in likely])
    classes = _ids([box.class_id for box in image.boxes] + [one.class_id for one in likely])
    drawn = len(image.boxes)
    probability = np.array([2.0] * drawn + [one.probability for one in likely], dtype=np.float32)
    stay = set(one_class_per_object(boxes, probability, classes, both).tolist())
    fallen = {(one.class_id, one.row) for place, one in enumerate(likely) if place + drawn not in stay}
    told = [replace(one, stands=(one.class_id, one.row) not in fallen) for one in claims]
    return sorted(told, key=lambda one: -one.probability)


def _ids(rows: Sequence[int]) -> IntArray:
    return np.asarray(rows, dtype=np.int64)
