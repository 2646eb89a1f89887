"""Sources: boxes wherever a class may be, from its own head and from the generic detector, for targets and held-out shots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.engine.features import Features
from training.engine.head import ClassHead, Fitter, View, sample
from training.engine.images import Variation
from training.engine.job import Job, JobImage
from training.engine.types import SOURCES, BoolArray, ByteArray, Dense, FloatArray, IntArray, as_boxes, iou, logit, nms
from training.engine.verify import NO_GENERIC, folds

MAX_FOLDS = 10
MAX_SHOT_IMAGES = 80
MAX_EMPTY_IMAGES = 20
MAX_VIEWS = 50
MAX_AUGMENTED = 4
SAME = 0.75
KEEP_TARGET = 14
KEEP_SHOT = 24
FOUND = ("image", "held", "xyxy", "head", "generic", "source", "roi")


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of one class, row by row over many images.

    held: found by a head that had not seen the image. roi: the detector's mean features inside the box.
    """

    image: IntArray
    held: BoolArray
    xyxy: FloatArray
    head: FloatArray
    generic: FloatArray
    source: ByteArray
    roi: FloatArray

    @classmethod
    def join(cls, parts: Sequence[Found]) -> Found:
        """Several images' candidates as one table."""
        if not parts:
            nothing = np.zeros(0, dtype=np.float32)
            return cls(
                nothing.astype(np.int64), nothing.astype(bool), as_boxes([]), nothing, nothing,
                nothing.astype(np.uint8), np.zeros((0, 1), dtype=np.float32),
            )  # fmt: skip
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in FOUND))

    def take(self, index: IntArray | BoolArray) -> Found:
        """Some of the rows."""
        return Found(*(getattr(self, name)[index] for name in FOUND))

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """As plain arrays for a stage file."""
        plain = {f"{prefix}{name}": getattr(self, name) for name in FOUND}
        return {**plain, f"{prefix}roi": self.roi.astype(np.float16)}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray], prefix: str) -> Found:
        """The inverse of arrays."""
        return replace(
            cls(*(arrays[f"{prefix}{name}"] for name in FOUND)), roi=arrays[f"{prefix}roi"].astype(np.float32)
        )


@dataclass(frozen=True, slots=True)
class Lessons:
    """The images that teach a class, and how they are split to hold some out."""

    images: list[JobImage]
    folds: list[frozenset[int]]


def lessons(job: Job, class_id: int, usable: set[int]) -> Lessons:
    """Shot images, some images known to be without the class, and images with rejected boxes of it."""
    rng = np.random.default_rng([job.seed, class_id & 0xFFFF])
    with_shots = [im for im in job.images if im.id in usable and im.shots_of(class_id)]
    empty = [
        im for im in job.images
        if im.id in usable and not im.shots_of(class_id)
        and (class_id in im.complete_for or any(box.class_id == class_id for box in im.rejected))
    ]  # fmt: skip
    chosen = _some(with_shots, MAX_SHOT_IMAGES, rng) + _some(empty, MAX_EMPTY_IMAGES, rng)
    return Lessons(chosen, folds([im.id for im in chosen], MAX_FOLDS, job.seed))


def _some(images: list[JobImage], most: int, rng: np.random.Generator) -> list[JobImage]:
    if len(images) <= most:
        return images
    return [images[index] for index in sorted(rng.choice(len(images), most, replace=False))]


def shots_and_negatives(image: JobImage, class_id: int) -> tuple[FloatArray, FloatArray]:
    """People's boxes of the class, and boxes that people say are not it (other classes, rejected)."""
    shots = as_boxes([box.xyxy for box in image.boxes if box.class_id == class_id])
    others = [box.xyxy for box in image.boxes if box.class_id != class_id]
    others += [box.xyxy for box in image.rejected if box.class_id == class_id]
    nots = as_boxes(others)
    if len(shots) and len(nots):
        nots = nots[iou(nots, shots).max(axis=1) < 0.5]
    return shots, nots


def views_of(
    job: Job, class_id: int, images: Sequence[JobImage], features: Features, tick: Callable[[], None]
) -> list[View]:
    """Each shot image as it is and in a few variations."""
    how = Variation(flip=job.augment.flip, brightness=max(job.augment.brightness, 0.05), noise=job.augment.noise)
    with_shots = max(sum(bool(im.shots_of(class_id)) for im in images), 1)
    variations = min(MAX_AUGMENTED, MAX_VIEWS // with_shots)
    views = []
    for image in images:
        shots, nots = shots_and_negatives(image, class_id)
        complete = class_id in image.complete_for
        views.append(View(features.dense(image), shots, nots, complete, image.id))
        for number in range(variations if len(shots) else 0):
            dense, moved = features.view(image, np.concatenate([shots, nots]), number, how, job.seed)
            views.append(View(dense, moved[: len(shots)], moved[len(shots) :], complete, image.id))
        tick()
    return views


def fit_heads(views: Sequence[View], split: Lessons, seed: int) -> tuple[ClassHead, list[ClassHead]]:
    """The head of all shots, and one per fold that has not seen the fold's images (itself where there is but one)."""
    fitter = Fitter(sample(views, seed))
    full = fitter.fit()
    if len(split.folds) < 2:
        return full, [full for _ in split.folds]
    return full, [fitter.fit(fold) for fold in split.folds]


def candidates(dense: Dense, head: ClassHead, image: int, held: bool) -> Found:
    """Both sources' boxes of one image, each with what both sources say of it."""
    own, own_logit = head.predict(dense)
    generic = dense.proposals
    xyxy = np.concatenate([own.xyxy, generic.xyxy])
    head_logit = np.concatenate([own_logit, head.logits_at(dense, generic.xyxy)]).astype(np.float32)
    overlap = iou(xyxy, generic.xyxy)
    share = np.where(overlap > 0.5, overlap * generic.score[None, :], 0)
    score = np.maximum(share.max(axis=1) if len(generic) else np.zeros(len(xyxy)), NO_GENERIC).astype(np.float32)
    score[len(own) :] = generic.score
    source = np.full(len(xyxy), SOURCES.index("generic"), dtype=np.uint8)
    source[: len(own)] = SOURCES.index("head")
    rank = 0.6 * np.clip(head_logit, -8, 8) + 0.35 * logit(score)
    keep = nms(xyxy, rank.astype(np.float32), SAME)[: KEEP_SHOT if held else KEEP_TARGET]
    which = np.full(len(keep), image, dtype=np.int64)
    roi = dense.pooled(xyxy[keep])
    return Found(which, np.full(len(keep), held), xyxy[keep], head_logit[keep], score[keep], source[keep], roi)
