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
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.fit import ClassModel, fit_class_model, with_crop_features
from training.engine.class_model.objects import ClassProposals, Verification, objects_of
from training.engine.class_model.proposals import CandidateFeatures, find_candidates, views_of
from training.engine.class_model.shot_split import ShotSplit, candidate_limit, folds, shots_and_negatives, split_shots
from training.engine.class_model.thresholds import above_crowd
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import View
from training.engine.run import Run
from training.engine.stages.propose import fit_proposer  # fmt: skip
from training.engine.stages.verify import NEAREST_OTHERS, NEAREST_SHOTS, score_candidates
from training.engine.storage.files import Arrays
from training.protocol.job import JobBox, JobImage
from training.protocol.stages import SELF_TRAINING, in_few_images

LIKELY = 0.5
# Tomatoes (a likely object in .31 of the images) and people (.41) gained; cars (.10) and cows (.05) taught themselves mistakes.
COMMON = 0.25
LEAST, MOST = 4, 8
FOLDS = 5
SPEAKS = 0.02
FIELDS = ("probability", "neighbours", "similarity")


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
        """Whether nobody spoke of the image, and no other class claims what was found."""
        return not (self.contested or self.image.boxes or self.image.rejected or self.image.complete_for)

    def uncertainty(self) -> float:
        """How unsure the image is as a teacher: expected wrong calls per object."""
        p = self.probability[self.probability >= SPEAKS]
        return float(np.minimum(p, 1 - p).sum() / max(int((p >= LIKELY).sum()), 1))

    def as_labelled(self, class_id: int, threshold: float) -> JobImage:
        """The image as if a person had drawn what is likely, and said that this is all."""
        drawn = [tuple(float(edge) for edge in box) for box in self.xyxy[self.probability >= threshold]]
        boxes = tuple(JobBox(None, class_id, (x1, y1, x2, y2)) for x1, y1, x2, y2 in drawn)
        return replace(self.image, boxes=boxes, rejected=(), complete_for=frozenset([class_id]))


def is_common(finds: Sequence[ImageFinds], threshold: float) -> bool:
    """Whether many images hold a likely object; the finds of a rare class are too often false to teach.

    A crowd of look-alikes below a heap of surer finds is no sign of many objects.
    """
    every = np.concatenate([np.zeros(0, dtype=np.float32), *(one.probability for one in finds)])
    likely = above_crowd(every, max(threshold, LIKELY))
    holding = sum(float(one.probability.max(initial=0.0)) >= likely for one in finds)
    return holding >= max(COMMON * len(finds), 1)


def training_images(finds: Sequence[ImageFinds], threshold: float) -> list[ImageFinds]:
    """The images that are surest of what they hold; none where they are too few to tell anything."""
    able = [one for one in finds if one.usable and (one.probability >= threshold).any()]
    return sorted(able, key=ImageFinds.uncertainty)[:MOST] if len(able) >= LEAST else []


def self_train(
    run: Run, proposals: dict[int, ClassProposals], verified: dict[int, Verification]
) -> tuple[dict[int, ClassProposals], dict[int, Verification]]:
    """Both as they were, but for classes whose few shot images could be added to: those have new candidates and probabilities.

    Thresholds, figures, evidence and the class model stay those of people's shots.
    """

    few = [class_id for class_id in proposals if in_few_images(run.job, class_id)]

    def work() -> tuple[Any, Arrays]:
        arrays: Arrays = {}
        changed: list[int] = []
        steps = sum(len(proposals[class_id].candidates.spans()) for class_id in few)
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            run.emitter.progress(SELF_TRAINING.name, done, steps)

        finds = _finds(run, few, proposals, verified)
        for class_id in few:
            cross_trained = _cross_train(run, class_id, proposals[class_id], verified[class_id], finds[class_id], tick)
            if cross_trained is not None:
                found, one = cross_trained
                changed.append(class_id)
                arrays |= found.arrays(f"{class_id}_")
                arrays |= {f"{class_id}_{name}": getattr(one, name) for name in FIELDS}
        return changed, arrays

    changed, arrays = run.stage(SELF_TRAINING.name, work)
    for class_id in changed:
        probability, neighbours, similarity = (arrays[f"{class_id}_{name}"] for name in FIELDS)
        verified = verified | {class_id: Verification(verified[class_id].model, probability, neighbours, similarity)}
        proposals = proposals | {
            class_id: replace(proposals[class_id], candidates=Candidates.of_arrays(arrays, f"{class_id}_"))
        }
    return proposals, verified


def _cross_train(
    run: Run,
    class_id: int,
    item: ClassProposals,
    verified: Verification,
    finds: Sequence[ImageFinds],
    tick: Callable[[], None],
) -> tuple[Candidates, Verification] | None:
    split = split_shots(run.job, class_id, run.sizes)
    threshold = verified.model.measured.threshold_review
    order = np.random.default_rng([run.job.seed, class_id & 0xFFFF, 29]).permutation(len(finds))
    halves = [[finds[place] for place in order[start::2]] for start in (0, 1)]
    teaching = [training_images(half, threshold) for half in halves]
    if not is_common(finds, threshold) or not all(teaching):
        return None
    text = f"{run.job.classes[class_id]} has its boxes in few images: {sum(map(len, teaching))} images with sure finds teach it too."
    run.emitter.log("relearnt", text, class_id=class_id, images=sum(map(len, teaching)))
    views = views_of(run.job, class_id, split.images, run.features.at(split.side), lambda: None)
    parts: dict[int, tuple[Candidates, FloatArray, Neighbours]] = {}
    for mine, other in zip(teaching, reversed(halves), strict=True):
        labelled = [one.as_labelled(class_id, threshold) for one in mine]
        retrained = _retrain(run, class_id, item, split, views, labelled)
        parts |= {one.image.id: _score_by(run, class_id, item.model, retrained, one.image, tick) for one in other}
    chosen = [parts[image_id] for image_id in item.candidates.spans()]
    found = Candidates.join([candidates for candidates, _, _ in chosen])
    near = Neighbours(
        *(np.concatenate([getattr(one, name) for _, _, one in chosen]) for name in ("index", "similarity"))
    )
    probability = np.concatenate([one for _, one, _ in chosen])
    return found, replace(verified, probability=probability, neighbours=near.index, similarity=near.similarity)


def _finds(
    run: Run, few: Sequence[int], proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification]
) -> dict[int, list[ImageFinds]]:
    """What each of these classes found, in the order of its candidates' images."""
    out: dict[int, dict[int, ImageFinds]] = {class_id: {} for class_id in few}
    for image, objects in objects_of(run.job, proposals, verified):
        for class_id in few:
            mine = [one for one in objects if one.class_id == class_id]
            contested = any(not one.stands for one in mine)
            probability = np.array([one.probability for one in mine], dtype=np.float32)
            out[class_id][image.id] = ImageFinds(image, as_boxes([one.xyxy for one in mine]), probability, contested)
    return {
        class_id: [out[class_id][image_id] for image_id in proposals[class_id].candidates.spans()] for class_id in few
    }


@dataclass(frozen=True, slots=True)
class Retrained:
    """A class as the shots and a lesson teach it, and with which lessons."""

    proposals: ClassProposals
    split: ShotSplit


def _retrain(
    run: Run, class_id: int, item: ClassProposals, split: ShotSplit, views: Sequence[View], labelled: Sequence[JobImage]
) -> Retrained:
    images = [*split.images, *labelled]
    groups = folds([image.id for image in images], FOLDS, run.job.seed)
    wider = ShotSplit(images, groups, candidate_limit(images, class_id), split.side)
    features = run.features.at(split.side)
    plain = [View(features.dense(image), *shots_and_negatives(image, class_id), True, image.id) for image in labelled]
    proposer, held_out, _ = fit_proposer(run, class_id, wider, [*views, *plain], lambda _count: None)
    by_id = {image.id: image for image in images}
    model = fit_class_model(
        class_id, wider, with_crop_features(CandidateFeatures.join(held_out), features, by_id), features
    )
    model = replace(model, measured=item.model.measured, rules=item.model.rules)
    return Retrained(replace(item, proposer=proposer, model=model), wider)


def _score_by(
    run: Run, class_id: int, people: ClassModel, second: Retrained, image: JobImage, tick: Callable[[], None]
) -> tuple[Candidates, FloatArray, Neighbours]:
    """What it finds in another image; the evidence is people's shots alone."""
    tick()
    model = second.proposals.model
    dense = run.features.at(second.split.side).dense(image)
    found = find_candidates(dense, second.proposals.proposer, image.id, second.split.most_candidates).scored_by(
        model.verifier
    )
    probability, near = score_candidates([(image, {class_id: found})], {class_id: second.proposals}, run.features)[0][
        class_id
    ]
    rows = np.flatnonzero(near.index.max(axis=1, initial=-1) >= 0)
    if len(rows):
        crops = run.features.crops(image, found.xyxy[rows])
        by_people = people.bank.nearest(crops, NEAREST_SHOTS, NEAREST_OTHERS)
        near.index[rows], near.similarity[rows] = by_people.index, by_people.similarity
    return found, probability, near
