"""Stage: every candidate gets its probability, with its neighbours in the bank as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.model import ClassModel, Scores
from training.engine.class_model.objects import Verification
from training.engine.class_model.suppression import suppress
from training.engine.class_model.thresholds import unmeasured_threshold
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.events import Emitter
from training.engine.results import plain
from training.engine.stages.propose import ClassProposals
from training.engine.storage.files import Arrays
from training.engine.tuning import Tuning
from training.engine.vision.features import Features
from training.protocol.job import Job, JobImage
from training.protocol.stages import VERIFY

FIELDS = ("probability", "neighbours", "similarity")


def verify(
    job: Job, proposals: Mapping[int, ClassProposals], features: Features, tuning: Tuning, emitter: Emitter
) -> dict[int, Verification]:
    """Scores of all candidates; image by image, so that each is opened once for all classes."""
    models = {class_id: one.model for class_id, one in proposals.items()}
    spans = {class_id: one.candidates.spans() for class_id, one in proposals.items()}
    targets = [image for image in job.targets if any(image.id in places for places in spans.values())]
    parts: dict[int, list[Scores]] = {class_id: [] for class_id in models}
    objects: dict[int, list[FloatArray]] = {class_id: [] for class_id in models}
    # One decoded image is kept: keypoints are compared image by image, right after the crops of each.
    together = tuning.verifier.together if all(model.keypoint_verifier is None for model in models.values()) else 1
    for done in range(0, len(targets), together):
        several = [
            (image, {
                class_id: one.candidates.take(spans[class_id][image.id])
                for class_id, one in proposals.items() if image.id in spans[class_id]
            }) for image in targets[done : done + together]
        ]  # fmt: skip
        for (_, own), scored in zip(several, score_images(several, models, features), strict=True):
            for class_id, scores in scored.items():
                parts[class_id].append(scores)
                if models[class_id].measured.measured == "none":
                    keep = suppress(own[class_id].xyxy, scores.probability, models[class_id].rules)
                    objects[class_id].append(scores.probability[keep])
                _show_best(class_id, own[class_id], scores.probability, tuning, emitter)
        emitter.progress(VERIFY.name, done + len(several), len(targets))
    out = {}
    for class_id, one in proposals.items():
        review = one.model.measured.threshold_review
        if one.model.measured.measured == "none":
            review = unmeasured_threshold(objects[class_id], tuning.thresholds)
        out[class_id] = verification(one.model, one.candidates, parts[class_id], review)
    return out


def verification(
    model: ClassModel, candidates: Candidates, parts: Sequence[Scores], threshold_review: float
) -> Verification:
    """The scores of a class's candidates as one record. parts: image by image, in the order of the candidates."""
    width = model.bank.settings.shots_shown + model.bank.settings.counter_examples_shown
    probability = [np.zeros(0, np.float32), *(part.probability for part in parts)]
    index = [np.zeros((0, width), np.int64), *(part.neighbours.index for part in parts)]
    similarity = [np.zeros((0, width), np.float32), *(part.neighbours.similarity for part in parts)]
    return Verification(
        candidates, np.concatenate(probability), np.concatenate(index), np.concatenate(similarity), model.rules,
        replace(model.measured, threshold_review=threshold_review), model.errors,
    )  # fmt: skip


def score_images(
    several: Sequence[tuple[JobImage, Mapping[int, Candidates]]], models: Mapping[int, ClassModel], features: Features
) -> list[dict[int, Scores]]:
    """Some images' candidates of all classes; a crop is encoded only where a good one could still make a suggestion."""
    worth = [{class_id: models[class_id].worth_encoding(own[class_id]) for class_id in own} for _, own in several]
    crops = features.crops_of([
        (image, np.concatenate([as_boxes([]), *(own[class_id].xyxy[rows] for class_id, rows in chosen.items())]))
        for (image, own), chosen in zip(several, worth, strict=True)
    ])  # fmt: skip
    out = []
    for (image, own), chosen, rest in zip(several, worth, crops, strict=True):
        scores = {}
        for class_id, rows in chosen.items():
            mine, rest = rest[: len(rows)], rest[len(rows) :]
            scores[class_id] = models[class_id].score(own[class_id], rows, mine, partial(features.keypoints, image))
        out.append(scores)
    return out


def pack(verified: Mapping[int, Verification]) -> tuple[Any, Arrays]:
    """For the stage's file."""
    arrays = {f"{class_id}_{name}": getattr(one, name) for class_id, one in verified.items() for name in FIELDS}
    return {str(class_id): one.measured.threshold_review for class_id, one in verified.items()}, arrays


def unpack(facts: Any, arrays: Arrays, proposals: Mapping[int, ClassProposals]) -> dict[int, Verification]:
    """The inverse of pack."""
    out = {}
    for class_id, one in proposals.items():
        model = one.model
        measured = replace(model.measured, threshold_review=facts[str(class_id)])
        probability, neighbours, similarity = (arrays[f"{class_id}_{name}"] for name in FIELDS)
        out[class_id] = Verification(
            one.candidates, probability, neighbours, similarity, model.rules, measured, model.errors
        )
    return out


def _show_best(
    class_id: int, candidates: Candidates, probability: FloatArray, tuning: Tuning, emitter: Emitter
) -> None:
    best = int(probability.argmax())
    if probability[best] >= tuning.verifier.show_from:
        box = plain(candidates.xyxy[best])
        emitter.found(int(candidates.image[best]), class_id, box, round(float(probability[best]), 4))
