"""The stages of an autolabel run: source, verify, train, suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from training.engine.class_model.bank import Neighbours
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.fit import ClassModel
from training.engine.class_model.objects import ClassProposals, Verification
from training.engine.class_model.suppression import suppress
from training.engine.class_model.thresholds import unmeasured_threshold
from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import as_boxes
from training.engine.results import _plain
from training.engine.run import Run
from training.engine.storage.files import Arrays
from training.engine.vision.features import Features
from training.protocol.job import JobImage

NEAREST_SHOTS = 3
NEAREST_OTHERS = 2
NEIGHBOURS = NEAREST_SHOTS + NEAREST_OTHERS
FOUND_FROM = 0.5
TOGETHER = 8  # images whose crops are looked at in one go


def verify(run: Run, proposals: dict[int, ClassProposals]) -> dict[int, Verification]:
    """Each candidate's probability with its neighbours in the bank; image by image, so that each is opened once for all classes."""

    def work() -> tuple[Any, Arrays]:
        spans = {class_id: item.candidates.spans() for class_id, item in proposals.items()}
        targets = [image for image in run.job.targets if any(image.id in places for places in spans.values())]
        parts: dict[int, list[tuple[FloatArray, Neighbours]]] = {class_id: [] for class_id in proposals}
        objects: dict[int, list[FloatArray]] = {class_id: [] for class_id in proposals}
        # One decoded image is kept: points are compared image by image, right after the crops of each.
        together = TOGETHER if all(item.model.keypoint_verifier is None for item in proposals.values()) else 1
        for done in range(0, len(targets), together):
            several = [
                (image, {
                    class_id: item.candidates.take(spans[class_id][image.id])
                    for class_id, item in proposals.items() if image.id in spans[class_id]
                }) for image in targets[done : done + together]
            ]  # fmt: skip
            for (_, own), scores in zip(several, score_candidates(several, proposals, run.features), strict=True):
                for class_id, (one, near) in scores.items():
                    parts[class_id].append((one, near))
                    keep = suppress(own[class_id].xyxy, one, proposals[class_id].model.rules)
                    if proposals[class_id].model.measured.measured == "none":
                        objects[class_id].append(one[keep])
                    _show_best(run, class_id, own[class_id], one)
            run.emitter.progress("verify", done + len(several), len(targets))
        facts, arrays = {}, {}
        for class_id, item in proposals.items():
            measured = item.model.measured
            unmeasured = measured.measured == "none"
            facts[str(class_id)] = unmeasured_threshold(objects[class_id]) if unmeasured else measured.threshold_review
            nothing = Neighbours(np.zeros((0, NEIGHBOURS), np.int64), np.zeros((0, NEIGHBOURS), np.float32))
            whole = [(np.zeros(0, np.float32), nothing), *parts[class_id]]
            arrays[f"{class_id}_probability"] = np.concatenate([one for one, _ in whole])
            arrays[f"{class_id}_neighbours"] = np.concatenate([near.index for _, near in whole])
            arrays[f"{class_id}_similarity"] = np.concatenate([near.similarity for _, near in whole])
        return facts, arrays

    facts, arrays = run.stage("verify", work)
    scored = {}
    for class_id, item in proposals.items():
        measured = replace(item.model.measured, threshold_review=facts[str(class_id)])
        names = ("probability", "neighbours", "similarity")
        scored[class_id] = Verification(
            replace(item.model, measured=measured), *(arrays[f"{class_id}_{name}"] for name in names)
        )  # fmt: skip
    return scored


def score_candidates(
    several: Sequence[tuple[JobImage, Mapping[int, Candidates]]],
    proposals: Mapping[int, ClassProposals],
    features: Features,
) -> list[dict[int, tuple[FloatArray, Neighbours]]]:
    """Some images' candidates of all classes; only where a good crop could still make a suggestion is the crop looked at."""
    bounds = [
        {class_id: proposals[class_id].model.verifier.bounds(part) for class_id, part in own.items()} for _, own in several
    ]  # fmt: skip
    looked_at = [
        {
            class_id: np.flatnonzero(best >= proposals[class_id].model.least_probability)
            for class_id, (_, best) in each.items()
        }
        for each in bounds
    ]
    crops = features.crops_of([
        (image, np.concatenate([as_boxes([]), *(own[class_id].xyxy[rows] for class_id, rows in chosen.items())]))
        for (image, own), chosen in zip(several, looked_at, strict=True)
    ])  # fmt: skip
    scored = []
    for (image, own), each, chosen, rest in zip(several, bounds, looked_at, crops, strict=True):
        scores = {}
        for class_id, rows in chosen.items():
            mine, rest = rest[: len(rows)], rest[len(rows) :]
            scores[class_id] = _score_class(
                image, own[class_id], each[class_id][0], rows, mine, proposals[class_id].model, features
            )
        scored.append(scores)
    return scored


def _score_class(
    image: JobImage,
    part: Candidates,
    poor: FloatArray,
    rows: IntArray,
    crops: FloatArray,
    model: ClassModel,
    features: Features,
) -> tuple[FloatArray, Neighbours]:
    """One class in one image. poor: (n,) probabilities without a look; rows: whose crops (their features) were looked at."""
    shape = (len(part), NEIGHBOURS)
    index, similarity = np.full(shape, -1, np.int64), np.full(shape, -1.0, np.float32)
    probability = poor
    if len(rows):
        probability[rows] = model.verifier.probability(part.take(rows), crops, model.bank.margin(crops))
        near = model.bank.nearest(crops, NEAREST_SHOTS, NEAREST_OTHERS)
        index[rows], similarity[rows] = near.index, near.similarity
    if model.keypoint_verifier is not None:
        probability = model.keypoint_verifier.probability(
            part.xyxy, probability, model.rules, partial(features.keypoints, image)
        )  # fmt: skip
    return probability, Neighbours(index, similarity)


def _show_best(run: Run, class_id: int, part: Candidates, probability: FloatArray) -> None:
    best = int(probability.argmax())
    if probability[best] >= FOUND_FROM:
        run.emitter.found(int(part.image[best]), class_id, _plain(part.xyxy[best]), round(float(probability[best]), 4))
