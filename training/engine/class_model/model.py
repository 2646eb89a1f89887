"""A class model: head, box regressor, bank, verifier and thresholds of one class, as one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.engine.class_model.bank import Bank, Neighbours
from training.engine.class_model.candidates import Candidates, ShotCandidates
from training.engine.class_model.fitted_proposers import FittedProposers, add_second, fit_proposer
from training.engine.class_model.held_out_errors import HeldOutImage, held_out_errors
from training.engine.class_model.keypoint_verifier import KeypointsOf, KeypointVerifier, fit_keypoint_verifier
from training.engine.class_model.logistic import Linear
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.proposals import (
    CandidateFeatures,
    CorrectorGain,
    Proposer,
    find_and_describe,
    find_candidates,
)
from training.engine.class_model.second_source import SecondSource, held_out_loss, with_second
from training.engine.class_model.shot_split import ShotSplit, can_hold_out
from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.class_model.thresholds import measure, unmeasured_shift
from training.engine.class_model.training_set import (
    TrainingSet,
    bank_entries,
    held_out_margins,
    known_boxes,
    label,
    outliers,
    with_crop_features,
)
from training.engine.class_model.verifier import Verifier, fit_fusion, signals, usual_fusion
from training.engine.core.arrays import EPSILON, FloatArray, IntArray
from training.engine.core.boxes import as_boxes, lies_inside, matches
from training.engine.core.dense import Dense, View
from training.engine.tuning import Tuning
from training.engine.tuning.class_model import LabelSettings
from training.engine.vision.features import Features


@dataclass(frozen=True, slots=True)
class Scores:
    """Of n candidates of one class: (n,) calibrated probabilities, and their neighbours in the bank (-1: its crop was
    not encoded).
    """

    probability: FloatArray
    neighbours: Neighbours


@dataclass(frozen=True, slots=True)
class ClassModel:
    """One class, fitted on its shots.

    input_size: pixels of the longer side at which the detector sees images for it. most_candidates: per image. gain:
    what the corrector does to held-out shots, None where none could be held out. outliers: ids of shots that look like
    no other. errors: held-out mistakes as plain rows. second_gain: the share
    by which a second source makes the log loss of held-out shots fall, None where it was not tried.
    """

    proposer: Proposer
    verifier: Verifier
    bank: Bank
    rules: SuppressionRules
    measured: ClassMetrics
    outliers: list[int]
    errors: list[dict[str, Any]]
    keypoint_verifier: KeypointVerifier | None
    gain: CorrectorGain | None
    input_size: int
    most_candidates: int
    tuning: Tuning
    second: SecondSource | None = None
    second_gain: float | None = None

    @classmethod
    def fit(
        cls, class_id: int, split: ShotSplit, views: Sequence[View], features: Features, seed: int, tuning: Tuning,
        tick: Callable[[int], None], second_views: Sequence[View] = (),
    ) -> ClassModel:  # fmt: skip
        """Fits everything of one class.

        views: of the split's images, as they are and varied. features: at the split's input size. tick(1) is called for
        each held-out image. second_views: the same as the second detector sees them; none where it is not to be tried.
        """
        proposers = fit_proposer(class_id, split, views, features, seed, tuning, tick)
        fitted = fit_verifier(class_id, split, proposers, features, tuning)
        if not second_views:
            return fitted.model
        both = add_second(split, proposers, second_views, features, seed, tuning)
        richer = fit_verifier(class_id, split, both, features, tuning)
        gain = round(1 - richer.loss / max(fitted.loss, EPSILON), 4)
        better = richer if gain >= tuning.second_source.least_gain else fitted
        return replace(better.model, second_gain=gain)

    def propose(self, dense: Dense, image_id: int, dense_second: Dense | None = None) -> Candidates:
        """The candidates of one image, at most `most_candidates` of the first source.

        dense: the image at this model's input size. dense_second: as the second detector sees it, where the model has a
        second source.
        """
        most, tuning = self.most_candidates, self.tuning
        if self.second is None or dense_second is None:
            found = find_candidates(dense, self.proposer, image_id, most, tuning.proposals)
        else:
            found = with_second(dense, self.proposer, self.second, dense_second, image_id, most, tuning)
        return found.scored_by(self.verifier)

    def propose_and_describe(
        self, dense: Dense, image_id: int, boxes: FloatArray
    ) -> tuple[Candidates, Candidates]:  # fmt: skip
        """The candidates of one image, and given boxes (n, 4) of it as if they were some; by the first source."""
        most, settings = self.most_candidates, self.tuning.proposals
        found, given = find_and_describe(dense, self.proposer, image_id, boxes, most, settings)
        return found.scored_by(self.verifier), given.scored_by(self.verifier)

    def worth_encoding(self, candidates: Candidates) -> IntArray:
        """Rows whose crop may change what is suggested: a good crop would lift them far enough."""
        _, best = self.verifier.bounds(candidates)
        return np.flatnonzero(best >= crop_threshold(self.measured, self.keypoint_verifier is not None, self.tuning))

    def score(self, candidates: Candidates, rows: IntArray, crops: FloatArray, keypoints_of: KeypointsOf) -> Scores:
        """Probabilities of one image's candidates.

        rows: (m,) candidates whose crops were encoded, as `worth_encoding` says. crops: (m, d) their unit features.
        keypoints_of: the keypoints of a box (4,) of the image; called only where the class uses keypoints.
        """
        settings = self.bank.settings
        shape = (len(candidates), settings.shots_shown + settings.counter_examples_shown)
        index, similarity = np.full(shape, -1, np.int64), np.full(shape, -1.0, np.float32)
        probability, _ = self.verifier.bounds(candidates)
        if len(rows):
            margin = self.bank.margin(crops)
            probability[rows] = self.verifier.probability(candidates.take(rows), crops, margin)
            near = self.bank.nearest(crops)
            index[rows], similarity[rows] = near.index, near.similarity
        if self.keypoint_verifier is not None:
            probability = self.keypoint_verifier.probability(candidates.xyxy, probability, self.rules, keypoints_of)
        return Scores(probability, Neighbours(index, similarity))


def crop_threshold(measured: ClassMetrics, keypoints: bool, tuning: Tuning) -> float:
    """The probability that a candidate must be able to reach for its crop to be encoded."""
    least = tuning.verifier.crop_from_keypoints if keypoints else tuning.verifier.crop_from
    # A class that is not measured gets its threshold only when all images are scored.
    review = tuning.thresholds.lowest_review if measured.measured == "none" else measured.threshold_review
    return min(least, review)


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model, what its classifiers were fitted on, and its mean log loss per held-out shot."""

    model: ClassModel
    training_set: TrainingSet
    loss: float


def fit_verifier(
    class_id: int, split: ShotSplit, proposers: FittedProposers, features: Features, tuning: Tuning
) -> Fit:
    """Bank, classifiers, fusion and thresholds."""
    images = {image.id: image for image in split.images}
    candidates = with_crop_features(CandidateFeatures.join(proposers.held_out), features, images)
    labels = label(candidates, class_id, images, tuning.labels)
    shots = known_boxes(split.images, class_id, features, tuning)
    entries = bank_entries(shots, candidates, labels, split.images, features, tuning)
    boxes = [as_boxes([box.xyxy for box in image.shots_of(class_id)]) for image in split.images]
    rules = SuppressionRules.of(boxes, tuning.suppression)
    training_set = TrainingSet.of(entries, candidates, labels, tuning.verifier)
    crop, roi, affinity = training_set.classifiers()
    bank = Bank(entries, tuning.bank)
    several = can_hold_out(split, class_id, tuning.shot_split)
    if several:
        scores = training_set.held_out_scores(candidates, split)
        margin = held_out_margins(candidates, bank)
    else:
        scores = (crop.logits(candidates.crop), roi.logits(candidates.roi), affinity.logits(candidates.classes))
        margin = bank.margin(candidates.crop)
    rows = signals(*scores, candidates, margin, tuning.verifier)
    fusion = usual_fusion(tuning.verifier)
    if several:
        chosen = np.flatnonzero(labels.known)
        chosen = chosen[_one_per_object(candidates, fusion.logits(rows), chosen, rules)]
        fusion = fit_fusion(rows[chosen], labels.hit[chosen], tuning.verifier)
    probability = fusion_probability(fusion, rows)
    by_keypoints = fit_keypoint_verifier(
        class_id, split, candidates, labels, probability, rules, features, tuning.keypoints
    )
    keypoint_verifier, probability = (None, probability) if by_keypoints is None else by_keypoints
    held_out = held_out_images(candidates, probability, split, class_id, rules, tuning.labels)
    measured = _measure(held_out, several, tuning)
    if measured.measured == "none":
        fusion = replace(fusion, bias=fusion.bias + unmeasured_shift(measured.shots, tuning.thresholds))
    errors = []
    if measured.measured == "loo":
        errors = held_out_errors(held_out, measured.threshold_review, tuning.labels.hit, tuning.held_out_errors)
    verifier = Verifier(crop, roi, affinity, fusion, tuning.verifier)
    model = ClassModel(
        proposers.proposer, verifier, bank, rules, measured, outliers(shots, tuning.bank), errors, keypoint_verifier,
        proposers.gain, split.side, split.most_candidates, tuning, proposers.second,
    )  # fmt: skip
    return Fit(model, training_set, held_out_loss(held_out, tuning.labels.hit, tuning))


def _one_per_object(
    candidates: ShotCandidates, logits: FloatArray, rows: IntArray, rules: SuppressionRules
) -> IntArray:
    """Places among rows that stay when each image keeps one box per object: copies of one object would count many
    times.
    """
    keep: list[IntArray] = []
    for image_id in np.unique(candidates.image[rows]):
        mine = np.flatnonzero(candidates.image[rows] == image_id)
        keep.append(mine[suppress(candidates.xyxy[rows[mine]], logits[rows[mine]], rules)])
    return np.concatenate([np.zeros(0, dtype=np.int64), *keep])


def fusion_probability(fusion: Linear, rows: FloatArray) -> FloatArray:
    """(n,) probabilities of fusion rows."""
    return np.asarray(1 / (1 + np.exp(-fusion.logits(rows))), dtype=np.float32)


def held_out_images(
    candidates: ShotCandidates, probability: FloatArray, split: ShotSplit, class_id: int, rules: SuppressionRules,
    settings: LabelSettings,
) -> list[HeldOutImage]:  # fmt: skip
    """What suggestions the shot images would have got, beside what people drew there.

    Of images that are not complete, and of regions, only the finds that hit are kept: what the others are nobody said.
    """
    found = []
    for image in split.images:
        shots = as_boxes([box.xyxy for box in image.shots_of(class_id)])
        if class_id not in image.complete_for and not len(shots):
            continue
        rows = np.flatnonzero(candidates.image == image.id)
        keep = rows[suppress(candidates.xyxy[rows], probability[rows], rules)]
        hits = matches(candidates.xyxy[keep], shots, settings.hit) >= 0
        said = ~lies_inside(candidates.xyxy[keep], as_boxes(image.regions_of(class_id)), settings.region)
        keep = keep[hits | (said & (class_id in image.complete_for))]
        found.append(HeldOutImage(image.id, candidates.xyxy[keep], probability[keep].astype(np.float32), shots))
    return found


def _measure(images: Sequence[HeldOutImage], several: bool, tuning: Tuning) -> ClassMetrics:
    """Figures of held-out images. several: more than one image could be held out."""
    nothing: FloatArray = np.zeros(0, dtype=np.float32)
    p = np.concatenate([nothing, *(image.probability for image in images)])
    hit = tuning.labels.hit
    hits = np.concatenate([nothing.astype(bool), *(matches(image.xyxy, image.shots, hit) >= 0 for image in images)])
    with_shots = sum(len(image.shots) > 0 for image in images)
    truths = sum(len(image.shots) for image in images)
    return measure(
        p, hits, truths, with_shots if several else 1, tuning.thresholds, tuning.held_out_errors.curve_points
    )
