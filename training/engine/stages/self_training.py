"""Learning again: where few images hold all shots, the surest finds in other images teach the class what those cannot show.

After the last stage of "Label, Verify, Correct" (Kaul, Xie, Zisserman, CVPR 2022, section 3), on frozen features. The images to
label are split in two halves, and what one half taught judges only the other: no image confirms itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.bank import Neighbours
from training.engine.class_model.candidates import Heard
from training.engine.class_model.fit import Taught, evidence_of, teach
from training.engine.class_model.objects import Judged, Sourced, objects_of
from training.engine.class_model.proposals import Found, candidates, views_of
from training.engine.class_model.shot_split import Lessons, folds, keep_of, lessons, shots_and_negatives
from training.engine.class_model.thresholds import above_crowd
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import View
from training.engine.plan import in_few_images
from training.engine.run import Run
from training.engine.stages.propose import taught_finder  # fmt: skip
from training.engine.stages.verify import NEAREST_OTHERS, NEAREST_SHOTS, judge
from training.engine.storage.files import Arrays
from training.protocol.job import JobBox, JobImage

LIKELY = 0.5
# Tomatoes (a likely object in .31 of the images) and people (.41) gained; cars (.10) and cows (.05) taught themselves mistakes.
COMMON = 0.25
LEAST, MOST = 4, 8
FOLDS = 5
SPEAKS = 0.02
WORDS = ("probability", "neighbours", "similarity")


@dataclass(frozen=True, slots=True)
class Finds:
    """What was found in one image: its objects' boxes (n, 4) and probabilities (n,).

    contested: a likely object is rather another class's.
    """

    image: JobImage
    xyxy: FloatArray
    probability: FloatArray
    contested: bool = False

    @property
    def teaches(self) -> bool:
        """Whether nobody spoke of the image, and no other class claims what was found."""
        return not (self.contested or self.image.boxes or self.image.rejected or self.image.complete_for)

    def doubt(self) -> float:
        """How unsure the image is as a teacher: expected wrong calls per object."""
        p = self.probability[self.probability >= SPEAKS]
        return float(np.minimum(p, 1 - p).sum() / max(int((p >= LIKELY).sum()), 1))

    def as_lesson(self, class_id: int, threshold: float) -> JobImage:
        """The image as if a person had drawn what is likely, and said that this is all."""
        drawn = [tuple(float(edge) for edge in box) for box in self.xyxy[self.probability >= threshold]]
        boxes = tuple(JobBox(None, class_id, (x1, y1, x2, y2)) for x1, y1, x2, y2 in drawn)
        return replace(self.image, boxes=boxes, rejected=(), complete_for=frozenset([class_id]))


def is_common(finds: Sequence[Finds], threshold: float) -> bool:
    """Whether many images hold a likely object; the finds of a rare class are too often false to teach.

    A crowd of look-alikes below a heap of surer finds is no sign of many objects.
    """
    every = np.concatenate([np.zeros(0, dtype=np.float32), *(one.probability for one in finds)])
    likely = above_crowd(every, max(threshold, LIKELY))
    holding = sum(float(one.probability.max(initial=0.0)) >= likely for one in finds)
    return holding >= max(COMMON * len(finds), 1)


def teachers(finds: Sequence[Finds], threshold: float) -> list[Finds]:
    """The images that are surest of what they hold; none where they are too few to tell anything."""
    able = [one for one in finds if one.teaches and (one.probability >= threshold).any()]
    return sorted(able, key=Finds.doubt)[:MOST] if len(able) >= LEAST else []


def relearn(
    run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]
) -> tuple[dict[int, Sourced], dict[int, Judged]]:
    """Both as they were, but for classes whose few shot images could be added to: those have new candidates and probabilities.

    Thresholds, figures, evidence and the class model stay those of people's shots.
    """

    few = [class_id for class_id in sourced if in_few_images(run.job, class_id)]

    def work() -> tuple[Any, Arrays]:
        arrays: Arrays = {}
        again: list[int] = []
        steps = sum(len(sourced[class_id].found.spans()) for class_id in few)
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            run.emitter.progress("relearn", done, steps)

        finds = _finds(run, few, sourced, judged)
        for class_id in few:
            crossed = _crossed(run, class_id, sourced[class_id], judged[class_id], finds[class_id], tick)
            if crossed is not None:
                found, one = crossed
                again.append(class_id)
                arrays |= found.arrays(f"{class_id}_")
                arrays |= {f"{class_id}_{name}": getattr(one, name) for name in WORDS}
        return again, arrays

    again, arrays = run.stage("relearn", work)
    for class_id in again:
        probability, neighbours, similarity = (arrays[f"{class_id}_{name}"] for name in WORDS)
        judged = judged | {class_id: Judged(judged[class_id].taught, probability, neighbours, similarity)}
        sourced = sourced | {class_id: replace(sourced[class_id], found=Heard.of_arrays(arrays, f"{class_id}_"))}
    return sourced, judged


def _crossed(
    run: Run, class_id: int, item: Sourced, judged: Judged, finds: Sequence[Finds], tick: Callable[[], None]
) -> tuple[Heard, Judged] | None:
    split = lessons(run.job, class_id, run.sizes)
    threshold = judged.taught.measured.threshold_review
    order = np.random.default_rng([run.job.seed, class_id & 0xFFFF, 29]).permutation(len(finds))
    halves = [[finds[place] for place in order[start::2]] for start in (0, 1)]
    taught_by = [teachers(half, threshold) for half in halves]
    if not is_common(finds, threshold) or not all(taught_by):
        return None
    words = f"{run.job.classes[class_id]} has its boxes in few images: {sum(map(len, taught_by))} images with sure finds teach it too."
    run.emitter.log("relearnt", words, class_id=class_id, images=sum(map(len, taught_by)))
    views = views_of(run.job, class_id, split.images, run.features.at(split.side), lambda: None)
    parts: dict[int, tuple[Heard, FloatArray, Neighbours]] = {}
    for teaching, other in zip(taught_by, reversed(halves), strict=True):
        lesson = [one.as_lesson(class_id, threshold) for one in teaching]
        by_it = _taught_by(run, class_id, item, split, views, lesson)
        parts |= {one.image.id: _judged_by(run, class_id, item.taught, by_it, one.image, tick) for one in other}
    chosen = [parts[image_id] for image_id in item.found.spans()]
    found = Heard.join([heard for heard, _, _ in chosen])
    near = Neighbours(
        *(np.concatenate([getattr(one, name) for _, _, one in chosen]) for name in ("index", "similarity"))
    )
    probability = np.concatenate([one for _, one, _ in chosen])
    return found, replace(judged, probability=probability, neighbours=near.index, similarity=near.similarity)


def _finds(
    run: Run, few: Sequence[int], sourced: Mapping[int, Sourced], judged: Mapping[int, Judged]
) -> dict[int, list[Finds]]:
    """What each of these classes found, in the order of its candidates' images."""
    out: dict[int, dict[int, Finds]] = {class_id: {} for class_id in few}
    for image, objects in objects_of(run.job, sourced, judged):
        for class_id in few:
            mine = [one for one in objects if one.class_id == class_id]
            contested = any(not one.stands for one in mine)
            probability = np.array([one.probability for one in mine], dtype=np.float32)
            out[class_id][image.id] = Finds(image, as_boxes([one.xyxy for one in mine]), probability, contested)
    return {class_id: [out[class_id][image_id] for image_id in sourced[class_id].found.spans()] for class_id in few}


@dataclass(frozen=True, slots=True)
class Second:
    """A class as the shots and a lesson teach it, and with which lessons."""

    sourced: Sourced
    split: Lessons


def _taught_by(
    run: Run, class_id: int, item: Sourced, split: Lessons, views: Sequence[View], lesson: Sequence[JobImage]
) -> Second:
    images = [*split.images, *lesson]
    groups = folds([image.id for image in images], FOLDS, run.job.seed)
    wider = Lessons(images, groups, keep_of(images, class_id), split.side)
    features = run.features.at(split.side)
    plain = [View(features.dense(image), *shots_and_negatives(image, class_id), True, image.id) for image in lesson]
    finder, held, _ = taught_finder(run, class_id, wider, [*views, *plain], lambda _count: None)
    by_id = {image.id: image for image in images}
    taught = teach(class_id, wider, evidence_of(Found.join(held), features, by_id), features)
    taught = replace(taught, measured=item.taught.measured, rules=item.taught.rules)
    return Second(replace(item, finder=finder, taught=taught), wider)


def _judged_by(
    run: Run, class_id: int, people: Taught, second: Second, image: JobImage, tick: Callable[[], None]
) -> tuple[Heard, FloatArray, Neighbours]:
    """What it finds in another image; the evidence is people's shots alone."""
    tick()
    taught = second.sourced.taught
    dense = run.features.at(second.split.side).dense(image)
    found = candidates(dense, second.sourced.finder, image.id, second.split.keep).heard_by(taught.verifier)
    probability, near = judge([(image, {class_id: found})], {class_id: second.sourced}, run.features)[0][class_id]
    rows = np.flatnonzero(near.index.max(axis=1, initial=-1) >= 0)
    if len(rows):
        crops = run.features.crops(image, found.xyxy[rows])
        by_people = people.bank.nearest(crops, NEAREST_SHOTS, NEAREST_OTHERS)
        near.index[rows], near.similarity[rows] = by_people.index, by_people.similarity
    return found, probability, near
