"""The shot split of one class: which images it is fitted on, and which of them are held out in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes, iou
from training.engine.tuning import DEFAULTS
from training.engine.tuning.class_model import ShotSplitSettings
from training.engine.tuning.vision import DetectorSettings
from training.engine.vision.input_size import side_for, span
from training.protocol.job import Job, JobImage

FOLD_STREAM = 17
CLASS_BITS = 0xFFFF  # of a class id in a random stream


@dataclass(frozen=True, slots=True)
class ShotSplit:
    """The images that a class is fitted on, the folds that are held out in turn, and how many candidates an image may
    need.

    side: how large (pixels of the longer side) the detector sees images for this class.
    """

    images: list[JobImage]
    folds: list[frozenset[int]]
    most_candidates: int
    side: int


def split_shots(
    job: Job, class_id: int, sizes: Mapping[int, tuple[int, int]], settings: ShotSplitSettings,
    detector: DetectorSettings = DEFAULTS.detector,
) -> ShotSplit:  # fmt: skip
    """Shot images, some images known to be without the class, and images with rejected boxes of it.

    sizes: (width, height) of the images that can be read.
    """
    rng = np.random.default_rng([job.seed, class_id & CLASS_BITS])
    with_shots = [im for im in job.images if im.id in sizes and im.shots_of(class_id)]
    empty = [
        im for im in job.images
        if im.id in sizes and not im.shots_of(class_id)
        and (class_id in im.complete_for or any(box.class_id == class_id for box in im.rejected))
    ]  # fmt: skip
    chosen = _some(with_shots, settings.most_shot_images, rng) + _some(empty, settings.most_empty_images, rng)
    spans = [
        span(box.xyxy, sizes[image.id]) for image in with_shots for box in image.shots_of(class_id)
    ]  # fmt: skip
    return ShotSplit(
        chosen, folds([im.id for im in chosen], settings.most_folds, job.seed),
        candidate_limit(chosen, class_id, settings),
        side_for(spans, job.budget, detector),
    )  # fmt: skip


def can_hold_out(split: ShotSplit, class_id: int, settings: ShotSplitSettings) -> bool:
    """Whether a model without the images of a fold still knows what is not the class.

    Of a class of few boxes whose only complete image is held out it does not: its scores there say nothing of those
    that the whole model gives.
    """
    complete = sum(class_id in image.complete_for for image in split.images)
    boxes = sum(len(image.shots_of(class_id)) for image in split.images)
    return len(split.folds) > 1 and not (complete == 1 and boxes < settings.lone_complete)


def candidate_limit(images: Sequence[JobImage], class_id: int, settings: ShotSplitSettings) -> int:
    """How many candidates an image may need, from the densest shot image."""
    densest = max((len(image.shots_of(class_id)) for image in images), default=1)
    return min(settings.least_candidates + settings.per_shot * (densest - 1), settings.most_candidates)


def _some(images: list[JobImage], most: int, rng: np.random.Generator) -> list[JobImage]:
    if len(images) <= most:
        return images
    return [images[index] for index in sorted(rng.choice(len(images), most, replace=False))]


def shots_and_negatives(image: JobImage, class_id: int, same: float) -> tuple[FloatArray, FloatArray]:
    """People's boxes of the class, and counter-examples: boxes of other classes and rejected ones; (n, 4) and (m, 4).

    same: the IoU with a shot from which a counter-example is left out.
    """
    shots = as_boxes([box.xyxy for box in image.boxes if box.class_id == class_id])
    others = [box.xyxy for box in image.boxes if box.class_id != class_id]
    others += [box.xyxy for box in image.rejected if box.class_id == class_id]
    counter_examples = as_boxes(others)
    if len(shots) and len(counter_examples):
        counter_examples = counter_examples[iou(counter_examples, shots).max(axis=1) < same]
    return shots, counter_examples


def folds(images: Sequence[int], most: int, seed: int) -> list[frozenset[int]]:
    """Images in at most `most` groups, each held out once."""
    order = list(np.random.default_rng([seed, FOLD_STREAM]).permutation(sorted(images)))
    count = min(most, len(order))
    return [frozenset(int(image) for image in order[start::count]) for start in range(count)]
