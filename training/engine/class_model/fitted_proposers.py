"""The fitted proposers of a class: of all shots and of each fold, with the corrector and the second source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from training.engine.class_model.proposals import (
    CandidateFeatures,
    CorrectorGain,
    Proposer,
    find_candidates,
    fit_proposers,
    measure_gain,
)
from training.engine.class_model.second_source import SecondSource, with_second
from training.engine.class_model.shot_split import ShotSplit
from training.engine.core.dense import View
from training.engine.tuning import Tuning
from training.engine.vision.features import Features


@dataclass(frozen=True, slots=True)
class FittedProposers:
    """A class's proposer, those of the folds, their candidates in the images that they have not seen, and what the
    corrector does to them there.
    """

    proposer: Proposer
    of_folds: list[Proposer]
    held_out: list[CandidateFeatures]
    gain: CorrectorGain | None
    second: SecondSource | None = None


def fit_proposer(
    class_id: int, split: ShotSplit, views: Sequence[View], features: Features, seed: int, tuning: Tuning,
    tick: Callable[[int], None],
) -> FittedProposers:  # fmt: skip
    """Fits a class's proposers, with the corrector where that does no harm."""
    proposer, of_folds = fit_proposers(views, split, seed, tuning)
    images = {image.id: image for image in split.images}
    several = len(split.folds) > 1
    corrected, plain = [], []
    for fold, held_out in zip(split.folds, of_folds, strict=True):
        for image_id in sorted(fold):
            dense = features.dense(images[image_id])
            most = split.most_candidates
            corrected.append(find_candidates(dense, held_out, image_id, most, tuning.proposals))
            if several:
                uncorrected = replace(held_out, corrector=None)
                plain.append(find_candidates(dense, uncorrected, image_id, most, tuning.proposals))
            tick(1)
    if not several:
        return FittedProposers(proposer, of_folds, corrected, None)
    gain = measure_gain(corrected, plain, images, class_id)
    if gain.helps(tuning.corrector.harm):
        return FittedProposers(proposer, of_folds, corrected, gain)
    without = [replace(one, corrector=None) for one in of_folds]
    return FittedProposers(replace(proposer, corrector=None), without, plain, gain)


def add_second(
    split: ShotSplit, proposers: FittedProposers, views: Sequence[View], features: Features, seed: int, tuning: Tuning
) -> FittedProposers:
    """The same proposers with a second source beside them. views: of the second detector, each image's plain one
    first.
    """
    full, of_folds = fit_proposers(views, split, seed, tuning)
    images = {image.id: image for image in split.images}
    plain = {view.group: view.dense for view in reversed(views)}
    held_out = [
        with_second(
            features.dense(images[image_id]), first, SecondSource(own, tuning), plain[image_id], image_id,
            split.most_candidates, tuning,
        )
        for fold, first, own in zip(split.folds, proposers.of_folds, of_folds, strict=True)
        for image_id in sorted(fold)
    ]  # fmt: skip
    return replace(proposers, held_out=held_out, second=SecondSource(full, tuning))
