"""Stage: self-training. Where few images hold all shots, the surest finds in other images are added to a class's
training set.

After the last stage of "Label, Verify, Correct" (Kaul, Xie, Zisserman, CVPR 2022, section 3), on frozen features. The
images to label are split in two halves, and the model fitted on one half scores only the other: no image confirms
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.model import ClassModel, Scores
from training.engine.class_model.objects import Verification, objects_of
from training.engine.class_model.proposals import views_of
from training.engine.class_model.shot_split import (
    CLASS_BITS,
    ShotSplit,
    candidate_limit,
    folds,
    shots_and_negatives,
    split_shots,
)
from training.engine.class_model.thresholds import above_crowd
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import View
from training.engine.events import Emitter
from training.engine.stages.prepare import ReadableImages
from training.engine.stages.propose import ClassProposals
from training.engine.stages.verify import FIELDS, score_images, verification
from training.engine.storage.files import Arrays
from training.engine.tuning import Tuning
from training.engine.tuning.stages import SelfTrainingSettings
from training.engine.vision.features import Features
from training.protocol.job import Job, JobBox, JobImage
from training.protocol.stages import SELF_TRAINING, in_few_images

HALVES_STREAM = 29


@dataclass(frozen=True, slots=True)
class ImageFinds:
    """What was found in one image: its objects' boxes (n, 4) and probabilities (n,).

    contested: a likely object is rather another class's.
    """

    image: JobImage
    xyxy: FloatArray
    probability: FloatArray
    contested: bool = False

    @property
    def usable(self) -> bool:
        """Whether nobody labelled the image, and no other class claims what was found."""
        said = self.image.boxes or self.image.rejected or self.image.complete_for or self.image.regions
        return not (self.contested or said)

    def uncertainty(self, settings: SelfTrainingSettings) -> float:
        """Expected wrong calls per object."""
        p = self.probability[self.probability >= settings.counts_from]
        return float(np.minimum(p, 1 - p).sum() / max(int((p >= settings.likely).sum()), 1))

    def as_labelled(self, class_id: int, threshold: float) -> JobImage:
        """The image as if a person had drawn what is likely, and said that this is all."""
        drawn = [tuple(float(edge) for edge in box) for box in self.xyxy[self.probability >= threshold]]
        boxes = tuple(JobBox(None, class_id, (x1, y1, x2, y2)) for x1, y1, x2, y2 in drawn)
        return replace(self.image, boxes=boxes, rejected=(), complete_for=frozenset([class_id]))


def is_common(finds: Sequence[ImageFinds], threshold: float, tuning: Tuning) -> bool:
    """Whether many images hold a likely object; the finds of a rare class are too often false to learn from.

    A crowd of look-alikes below a heap of surer finds is no sign of many objects.
    """
    settings = tuning.self_training
    every = np.concatenate([np.zeros(0, dtype=np.float32), *(one.probability for one in finds)])
    likely = above_crowd(every, max(threshold, settings.likely), tuning.thresholds)
    holding = sum(float(one.probability.max(initial=0.0)) >= likely for one in finds)
    return holding >= max(settings.common * len(finds), 1)


def training_images(finds: Sequence[ImageFinds], threshold: float, settings: SelfTrainingSettings) -> list[ImageFinds]:
    """The images that are surest of what they hold, surest first; none where they are too few."""
    able = [one for one in finds if one.usable and (one.probability >= threshold).any()]
    if len(able) < settings.least:
        return []
    return sorted(able, key=lambda one: one.uncertainty(settings))[: settings.most]


@dataclass(frozen=True, slots=True)
class Task:
    """What self-training of one class is given."""

    job: Job
    class_id: int
    split: ShotSplit
    features: Features  # at the split's input size
    tuning: Tuning


def self_train(
    job: Job, readable: ReadableImages, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification],
    features: Features, tuning: Tuning, emitter: Emitter,
) -> dict[int, Verification]:  # fmt: skip
    """New candidates and probabilities of those classes whose few shot images could be added to.

    Thresholds, figures, evidence and the class model stay those of people's shots.
    """
    few = [class_id for class_id in proposals if in_few_images(job, class_id)]
    steps, done = sum(len(verified[class_id].candidates.spans()) for class_id in few), 0

    def tick() -> None:
        nonlocal done
        done += 1
        emitter.progress(SELF_TRAINING.name, done, steps)

    finds = _finds(job, few, verified, tuning)
    out: dict[int, Verification] = {}
    for class_id in few:
        model = proposals[class_id].model
        split = split_shots(job, class_id, readable.sizes, tuning.shot_split, tuning.detector)
        task = Task(job, class_id, split, features.at(model.input_size), tuning)
        threshold = verified[class_id].measured.threshold_review
        order = np.random.default_rng([job.seed, class_id & CLASS_BITS, HALVES_STREAM]).permutation(
            len(finds[class_id])
        )
        halves = [[finds[class_id][place] for place in order[start::2]] for start in (0, 1)]
        chosen = [training_images(half, threshold, tuning.self_training) for half in halves]
        if not is_common(finds[class_id], threshold, tuning) or not all(chosen):
            continue
        count = sum(map(len, chosen))
        text = (
            f"{job.classes[class_id]} has its boxes in few images: {count} images with sure finds are learnt from too."
        )
        emitter.log("relearnt", text, class_id=class_id, images=count)
        labelled = [[one.as_labelled(class_id, threshold) for one in half] for half in chosen]
        others = [[one.image for one in half] for half in reversed(halves)]
        parts = _cross_train(task, model, labelled, others, tick)
        in_order = [parts[image_id] for image_id in verified[class_id].candidates.spans()]
        candidates = Candidates.join([found for found, _ in in_order])
        out[class_id] = verification(model, candidates, [scores for _, scores in in_order], threshold)
    return out


def _cross_train(
    task: Task, model: ClassModel, labelled: Sequence[Sequence[JobImage]], others: Sequence[Sequence[JobImage]],
    tick: Callable[[], None],
) -> dict[int, tuple[Candidates, Scores]]:  # fmt: skip
    """By image id what the model finds there that was fitted on the other half's labelled images."""
    job, settings = task.job, task.tuning.views
    views = views_of(job, task.class_id, task.split.images, task.features, lambda: None, settings)
    second = (
        views_of(job, task.class_id, task.split.images, task.features.by_second(), lambda: None, settings)
        if model.second
        else []
    )
    parts: dict[int, tuple[Candidates, Scores]] = {}
    for mine, to_score in zip(labelled, others, strict=True):
        retrained = _retrain(task, model, views, second, mine)
        for image in to_score:
            tick()
            parts[image.id] = _find(task, model, retrained, image)
    return parts


def _finds(
    job: Job, few: Sequence[int], verified: Mapping[int, Verification], tuning: Tuning
) -> dict[int, list[ImageFinds]]:
    """What each of these classes found, in the order of its candidates' images."""
    out: dict[int, dict[int, ImageFinds]] = {class_id: {} for class_id in few}
    for image, objects in objects_of(job, verified, tuning.suppression):
        for class_id in few:
            mine = [one for one in objects if one.class_id == class_id and not one.second]
            contested = any(not one.stands for one in mine)
            probability = np.array([one.probability for one in mine], dtype=np.float32)
            out[class_id][image.id] = ImageFinds(image, as_boxes([one.xyxy for one in mine]), probability, contested)
    return {
        class_id: [out[class_id][image_id] for image_id in verified[class_id].candidates.spans()] for class_id in few
    }


def _retrain(
    task: Task, model: ClassModel, views: Sequence[View], second: Sequence[View], labelled: Sequence[JobImage]
) -> ClassModel:
    """The class fitted on its shots and the labelled images. views, second: of the shots' images, by both detectors."""
    class_id, split, seed, tuning = task.class_id, task.split, task.job.seed, task.tuning
    images = [*split.images, *labelled]
    groups = folds([image.id for image in images], tuning.self_training.folds, seed)
    wider = ShotSplit(images, groups, candidate_limit(images, class_id, tuning.shot_split), split.side)

    def plain(features: Features) -> list[View]:
        same = tuning.views.same_object
        return [View(features.dense(im), *shots_and_negatives(im, class_id, same), True, im.id) for im in labelled]

    both = [*second, *plain(task.features.by_second())] if second else []
    fitted = ClassModel.fit(
        class_id, wider, [*views, *plain(task.features)], task.features, seed, tuning, lambda _count: None, both
    )  # fmt: skip
    return replace(fitted, measured=model.measured, rules=model.rules)


def _find(task: Task, people: ClassModel, retrained: ClassModel, image: JobImage) -> tuple[Candidates, Scores]:
    """What the retrained model finds in another image; the evidence is people's shots alone."""
    features = task.features
    second = features.by_second().dense(image) if retrained.second else None
    candidates = retrained.propose(features.dense(image), image.id, second)
    own = {task.class_id: candidates}
    scores = score_images([(image, own)], {task.class_id: retrained}, features)[0][task.class_id]
    near = scores.neighbours
    rows = np.flatnonzero(near.index.max(axis=1, initial=-1) >= 0)
    if len(rows):
        by_people = people.bank.nearest(features.crops(image, candidates.xyxy[rows]))
        near.index[rows], near.similarity[rows] = by_people.index, by_people.similarity
    return candidates, scores


def pack(changed: Mapping[int, Verification]) -> tuple[Any, Arrays]:
    """For the stage's file."""
    arrays: Arrays = {}
    for class_id, one in changed.items():
        arrays |= one.candidates.arrays(f"{class_id}_")
        arrays |= {f"{class_id}_{name}": getattr(one, name) for name in FIELDS}
    return list(changed), arrays


def unpack(class_ids: Any, arrays: Arrays, verified: Mapping[int, Verification]) -> dict[int, Verification]:
    """The inverse of pack, with the classes that did not change as they were."""
    out = dict(verified)
    for class_id in class_ids:
        probability, neighbours, similarity = (arrays[f"{class_id}_{name}"] for name in FIELDS)
        out[class_id] = replace(
            verified[class_id], candidates=Candidates.of_arrays(arrays, f"{class_id}_"), probability=probability,
            neighbours=neighbours, similarity=similarity,
        )  # fmt: skip
    return out
