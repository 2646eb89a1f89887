"""Prediction: class models that earlier runs left look through images; nothing is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from training.engine.class_model import serialization
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.model import ClassModel
from training.engine.class_model.objects import Verification, with_count_prior
from training.engine.events import Emitter
from training.engine.stages.prepare import ReadableImages
from training.engine.stages.propose import ClassProposals, candidates_of
from training.engine.storage.files import Arrays
from training.engine.tuning import Tuning
from training.engine.vision.features import Features
from training.protocol.class_model_file import check_facts, detector_of
from training.protocol.errors import BadModel
from training.protocol.job import Job, StoredModel
from training.protocol.stages import PROPOSE


def tuning_of(stored: StoredModel, usual: Tuning) -> Tuning:
    """The usual settings with the detector that a model was fitted with, which this version may have replaced. Raises
    BadModel.
    """
    check_facts(stored.facts)
    budget = str(stored.facts["budget"])
    name = detector_of(stored.facts) or usual.detector.weights(budget)
    return replace(usual, detector=usual.detector.with_weights(budget, name))


def load(stored: Sequence[StoredModel], features: Features) -> dict[int, ClassModel]:
    """The models by class id. Raises BadModel for one that was fitted on other networks than these."""
    models = {}
    for one in stored:
        model = serialization.load(one)
        second = features.by_second().detector_key if model.second else None
        keys = features.at(model.input_size).detector_key, features.encoder_key, second
        if keys != (one.facts["detector"], one.facts["encoder"], one.facts.get("second")):
            words = "The class model was made with another detector or encoder than this version has."
            raise BadModel(words, reason="engine", class_id=one.class_id)
        models[one.class_id] = model
    return models


def propose(
    job: Job, models: Mapping[int, ClassModel], readable: ReadableImages, features: Features, emitter: Emitter
) -> dict[int, ClassProposals]:
    """Candidates in the images to label, by class id."""
    targets, done = readable.targets(job), 0

    def tick() -> None:
        nonlocal done
        done += 1
        emitter.progress(PROPOSE.name, done, len(targets))

    return candidates_of(models, targets, features, tick)


def pack(proposals: Mapping[int, ClassProposals]) -> tuple[Any, Arrays]:
    """For the stage's file: the models have files of their own."""
    arrays: Arrays = {}
    for class_id, one in proposals.items():
        arrays |= one.candidates.arrays(f"{class_id}_")
    return None, arrays


def unpack(_facts: Any, arrays: Arrays, models: Mapping[int, ClassModel]) -> dict[int, ClassProposals]:
    """The inverse of pack."""
    return {
        class_id: ClassProposals(model, Candidates.of_arrays(arrays, f"{class_id}_"))
        for class_id, model in models.items()
    }


def settled(
    job: Job, verified: Mapping[int, Verification], models: Mapping[int, ClassModel], tuning: Tuning
) -> dict[int, Verification]:
    """Probabilities that know how many objects these images hold; thresholds and figures stay the models' own."""
    return {
        class_id: replace(one, measured=models[class_id].measured, errors=models[class_id].errors)
        for class_id, one in with_count_prior(job, verified, tuning).items()
    }
