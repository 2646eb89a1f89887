"""A class model with its fellows of the folds: each image can be looked at by one that has not seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.engine.class_model.bank import Bank
from training.engine.class_model.fitted_proposers import fit_proposer
from training.engine.class_model.keypoint_verifier import KeypointVerifier
from training.engine.class_model.model import ClassModel, fit_verifier
from training.engine.class_model.shot_split import ShotSplit
from training.engine.class_model.training_set import TrainingSet
from training.engine.class_model.verifier import Verifier
from training.engine.core.dense import View
from training.engine.tuning import Tuning
from training.engine.vision.features import Features


@dataclass(frozen=True, slots=True)
class CrossFittedModel:
    """One class. of_folds: for each fold of the split the model without its images, None where no shot is left."""

    model: ClassModel
    split: ShotSplit
    of_folds: list[ClassModel | None]

    @classmethod
    def fit(
        cls, class_id: int, split: ShotSplit, views: Sequence[View], features: Features, seed: int, tuning: Tuning,
        tick: Callable[[int], None],
    ) -> CrossFittedModel:  # fmt: skip
        """As ClassModel.fit."""
        proposers = fit_proposer(class_id, split, views, features, seed, tuning, tick)
        fitted = fit_verifier(class_id, split, proposers, features, tuning)
        model, training_set = fitted.model, fitted.training_set
        shots = {image.id for image in split.images if image.shots_of(class_id)}
        of_folds = [
            _without(replace(model, proposer=proposer), fold, training_set) if shots - fold else None
            for fold, proposer in zip(split.folds, proposers.of_folds, strict=True)
        ]
        return cls(model, split, of_folds)

    def unbiased(self, image_id: int) -> ClassModel | None:
        """A model that has not seen the image; None where there is none."""
        for fold, model in zip(self.split.folds, self.of_folds, strict=True):
            if image_id in fold:
                return model
        return self.model


def _without(model: ClassModel, fold: frozenset[int], training_set: TrainingSet) -> ClassModel:
    """The model (its proposer is the fold's already) without what it knows of the fold's images. The fusion, a stretch
    and a shift, stays.
    """
    entries = model.bank.entries
    elsewhere = ~np.isin(entries.image_id, list(fold))
    by_keypoints = model.keypoint_verifier
    if by_keypoints is not None:
        by_keypoints = KeypointVerifier(by_keypoints.bank.without(fold), by_keypoints.fusion)
    verifier = model.verifier
    return replace(
        model, bank=Bank(entries.take(elsewhere), model.bank.settings), keypoint_verifier=by_keypoints,
        verifier=Verifier(*training_set.classifiers(without=fold), verifier.fusion, verifier.settings),
    )  # fmt: skip
