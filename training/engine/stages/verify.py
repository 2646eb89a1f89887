"""The stages of an autolabel run: source, verify, train, suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from training.engine.class_model.bank import Neighbours
from training.engine.class_model.candidates import Heard
from training.engine.class_model.fit import Taught
from training.engine.class_model.objects import Judged, Sourced
from training.engine.class_model.suppression import one_per_object
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


def verify(run: Run, sourced: dict[int, Sourced]) -> dict[int, Judged]:
    """Each candidate's probability with its neighbours in the bank; image by image, so that each is opened once for all classes."""

    def work() -> tuple[Any, Arrays]:
        spans = {class_id: item.found.spans() for class_id, item in sourced.items()}
        targets = [image for image in run.job.targets if any(image.id in places for places in spans.values())]
        parts: dict[int, list[tuple[FloatArray, Neighbours]]] = {class_id: [] for class_id in sourced}
        objects: dict[int, list[FloatArray]] = {class_id: [] for class_id in sourced}
        # One decoded image is kept: points are compared image by image, right after the crops of each.
        together = TOGETHER if all(item.taught.likeness is None for item in sourced.values()) else 1
        for done in range(0, len(targets), together):
            several = [
                (image, {
                    class_id: item.found.take(spans[class_id][image.id])
                    for class_id, item in sourced.items() if image.id in spans[class_id]
                }) for image in targets[done : done + together]
            ]  # fmt: skip
            for (_, own), told in zip(several, judge(several, sourced, run.features), strict=True):
                for class_id, (one, near) in told.items():
                    parts[class_id].append((one, near))
                    keep = one_per_object(own[class_id].xyxy, one, sourced[class_id].taught.rules)
                    if sourced[class_id].taught.measured.measured == "none":
                        objects[class_id].append(one[keep])
                    _show_best(run, class_id, own[class_id], one)
            run.emitter.progress("verify", done + len(several), len(targets))
        facts, arrays = {}, {}
        for class_id, item in sourced.items():
            measured = item.taught.measured
            unmeasured = measured.measured == "none"
            facts[str(class_id)] = unmeasured_threshold(objects[class_id]) if unmeasured else measured.threshold_review
            nothing = Neighbours(np.zeros((0, NEIGHBOURS), np.int64), np.zeros((0, NEIGHBOURS), np.float32))
            whole = [(np.zeros(0, np.float32), nothing), *parts[class_id]]
            arrays[f"{class_id}_probability"] = np.concatenate([one for one, _ in whole])
            arrays[f"{class_id}_neighbours"] = np.concatenate([near.index for _, near in whole])
            arrays[f"{class_id}_similarity"] = np.concatenate([near.similarity for _, near in whole])
        return facts, arrays

    facts, arrays = run.stage("verify", work)
    judged = {}
    for class_id, item in sourced.items():
        measured = replace(item.taught.measured, threshold_review=facts[str(class_id)])
        names = ("probability", "neighbours", "similarity")
        judged[class_id] = Judged(
            replace(item.taught, measured=measured), *(arrays[f"{class_id}_{name}"] for name in names)
        )  # fmt: skip
    return judged


def judge(
    several: Sequence[tuple[JobImage, Mapping[int, Heard]]], sourced: Mapping[int, Sourced], features: Features
) -> list[dict[int, tuple[FloatArray, Neighbours]]]:
    """Some images' candidates of all classes; only where a good crop could still make a suggestion is the crop looked at."""
    bounds = [
        {class_id: sourced[class_id].taught.verifier.bounds(part) for class_id, part in own.items()} for _, own in several
    ]  # fmt: skip
    hopeful = [
        {class_id: np.flatnonzero(best >= sourced[class_id].taught.hopeless) for class_id, (_, best) in each.items()}
        for each in bounds
    ]
    crops = features.crops_of([
        (image, np.concatenate([as_boxes([]), *(own[class_id].xyxy[rows] for class_id, rows in chosen.items())]))
        for (image, own), chosen in zip(several, hopeful, strict=True)
    ])  # fmt: skip
    judged = []
    for (image, own), each, chosen, rest in zip(several, bounds, hopeful, crops, strict=True):
        told = {}
        for class_id, rows in chosen.items():
            mine, rest = rest[: len(rows)], rest[len(rows) :]
            told[class_id] = _judged(
                image, own[class_id], each[class_id][0], rows, mine, sourced[class_id].taught, features
            )
        judged.append(told)
    return judged


def _judged(
    image: JobImage,
    part: Heard,
    poor: FloatArray,
    rows: IntArray,
    crops: FloatArray,
    taught: Taught,
    features: Features,
) -> tuple[FloatArray, Neighbours]:
    """One class in one image. poor: (n,) probabilities without a look; rows: whose crops (their features) were looked at."""
    shape = (len(part), NEIGHBOURS)
    index, similarity = np.full(shape, -1, np.int64), np.full(shape, -1.0, np.float32)
    probability = poor
    if len(rows):
        probability[rows] = taught.verifier.probability(part.take(rows), crops, taught.bank.margin(crops))
        near = taught.bank.nearest(crops, NEAREST_SHOTS, NEAREST_OTHERS)
        index[rows], similarity[rows] = near.index, near.similarity
    if taught.likeness is not None:
        probability = taught.likeness.probability(
            part.xyxy, probability, taught.rules, partial(features.points, image)
        )  # fmt: skip
    return probability, Neighbours(index, similarity)


def _show_best(run: Run, class_id: int, part: Heard, probability: FloatArray) -> None:
    best = int(probability.argmax())
    if probability[best] >= FOUND_FROM:
        run.emitter.found(int(part.image[best]), class_id, _plain(part.xyxy[best]), round(float(probability[best]), 4))
