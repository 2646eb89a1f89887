"""The training set of one class: which images teach it, and which are held out in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes, iou
from training.engine.vision.input_size import SIDES, side_for, span
from training.protocol.job import Job, JobImage

MAX_FOLDS = 10
MAX_SHOT_IMAGES = 80
MAX_EMPTY_IMAGES = 20
KEEP_LEAST = 12
KEEP_MOST = 60


@dataclass(frozen=True, slots=True)
class ShotSplit:
    """The images that teach a class, how they are split to hold some out, and how many boxes an image may need.

    side: how large (pixels of the longer side) the detector sees images for this class.
    """

    images: list[JobImage]
    folds: list[frozenset[int]]
    most_candidates: int
    side: int


def split_shots(job: Job, class_id: int, sizes: Mapping[int, tuple[int, int]]) -> ShotSplit:
    """Shot images, some images known to be without the class, and images with rejected boxes of it.

    sizes: (width, height) of the images that can be read.
    """
    rng = np.random.default_rng([job.seed, class_id & 0xFFFF])
    with_shots = [im for im in job.images if im.id in sizes and im.shots_of(class_id)]
    empty = [
        im for im in job.images
        if im.id in sizes and not im.shots_of(class_id)
        and (class_id in im.complete_for or any(box.class_id == class_id for box in im.rejected))
    ]  # fmt: skip
    chosen = _some(with_shots, MAX_SHOT_IMAGES, rng) + _some(empty, MAX_EMPTY_IMAGES, rng)
    spans = [
        span(box.xyxy, sizes[image.id]) for image in with_shots for box in image.shots_of(class_id)
    ]  # fmt: skip
    return ShotSplit(
        chosen, folds([im.id for im in chosen], MAX_FOLDS, job.seed), candidate_limit(chosen, class_id),
        side_for(spans, SIDES[job.budget]),
    )  # fmt: skip


def candidate_limit(images: Sequence[JobImage], class_id: int) -> int:
    """How many candidates an image may need, from the densest shot image."""
    densest = max((len(image.shots_of(class_id)) for image in images), default=1)
    return min(KEEP_LEAST + 2 * (densest - 1), KEEP_MOST)


def _some(images: list[JobImage], most: int, rng: np.random.Generator) -> list[JobImage]:
    if len(images) <= most:
        return images
    return [images[index] for index in sorted(rng.choice(len(images), most, replace=False))]


def shots_and_negatives(image: JobImage, class_id: int) -> tuple[FloatArray, FloatArray]:
    """People's boxes of the class, and boxes that people say are not it (other classes, rejected)."""
    shots = as_boxes([box.xyxy for box in image.boxes if box.class_id == class_id])
    others = [box.xyxy for box in image.boxes if box.class_id != class_id]
    others += [box.xyxy for box in image.rejected if box.class_id == class_id]
    counter_examples = as_boxes(others)
    if len(shots) and len(counter_examples):
        counter_examples = counter_examples[iou(counter_examples, shots).max(axis=1) < 0.5]
    return shots, counter_examples


def folds(images: Sequence[int], most: int, seed: int) -> list[frozenset[int]]:
    """Images in at most `most` groups, each held out once."""
    order = list(np.random.default_rng([seed, 17]).permutation(sorted(images)))
    count = min(most, len(order))
    return [frozenset(int(image) for image in order[start::count]) for start in range(count)]
