"""Keypoint verification: plausible boxes of printed or manufactured objects are compared with the shots by local
features.

After SIFT and RANSAC, see vision/keypoints.py. Only classes whose shots share keypoints among themselves use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.class_model.candidates import Labels, ShotCandidates
from training.engine.class_model.logistic import Linear, fit_logistic
from training.engine.class_model.shot_split import ShotSplit
from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.core.arrays import BoolArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import iou
from training.engine.storage.files import Arrays
from training.engine.tuning.class_model import KeypointSettings
from training.engine.vision.features import Features
from training.engine.vision.keypoints import WIDTH, Keypoints, matching_keypoints
from training.protocol.job import JobImage

KeypointsOf = Callable[[FloatArray], Keypoints]


@dataclass(frozen=True, slots=True)
class KeypointBank:
    """Keypoints of shots (positive) and of their look-alikes, row by row, with the image that each is from."""

    points: tuple[Keypoints, ...]
    positive: BoolArray
    image_id: IntArray
    settings: KeypointSettings

    def score(self, points: Keypoints, without_image: int | None = None) -> float:
        """How many more keypoints match the nearest shots than the nearest look-alikes: a difference of logarithms of
        their numbers.
        """
        sums = []
        for side in (True, False):
            rows = [row for row in np.flatnonzero(self.positive == side) if self.image_id[row] != without_image]
            best = sorted((matching_keypoints(points, self.points[row]) for row in rows), reverse=True)
            sums.append(np.log1p(sum(best[: self.settings.nearest])))
        return float(sums[0] - self.settings.against * sums[1])

    def without(self, images: frozenset[int]) -> KeypointBank:
        """The same without what lies in these images."""
        rows = np.flatnonzero(~np.isin(self.image_id, list(images)))
        points = tuple(self.points[row] for row in rows)
        return KeypointBank(points, self.positive[rows], self.image_id[rows], self.settings)

    def arrays(self) -> Arrays:
        """As plain arrays."""
        return {
            "album_xy": np.concatenate(
                [np.zeros((0, 2), np.float32), *(one.xy for one in self.points)]
            ).astype(np.float16),
            "album_codes": np.concatenate([np.zeros((0, WIDTH), np.uint8), *(one.codes for one in self.points)]),
            "album_count": np.array([len(one) for one in self.points], dtype=np.int64),
            "album_positive": self.positive,
            "album_image_id": self.image_id,
        }  # fmt: skip

    @classmethod
    def of_arrays(cls, arrays: Arrays, settings: KeypointSettings) -> KeypointBank:
        """The inverse of arrays."""
        ends = np.cumsum(arrays["album_count"])[:-1]
        parts = (np.split(arrays[name], ends) for name in ("album_xy", "album_codes"))
        points = tuple(Keypoints(xy.astype(np.float32), codes) for xy, codes in zip(*parts, strict=True))
        return cls(points, arrays["album_positive"], arrays["album_image_id"], settings)


@dataclass(frozen=True, slots=True)
class KeypointVerifier:
    """The bank, and how the log odds before and the keypoint score make a probability together."""

    bank: KeypointBank
    fusion: Linear

    def probability(
        self, xyxy: FloatArray, before: FloatArray, rules: SuppressionRules, keypoints_of: KeypointsOf
    ) -> FloatArray:
        """(n,) probabilities of one image's boxes: those of likely objects anew, the others as they were.

        Boxes of one object share its score, for none of them may be surer only because it was not compared.
        """
        rows, keep, owner = plausible_objects(xyxy, before, rules, self.bank.settings.plausible)
        out = before.copy()
        if len(rows):
            scores = np.array([self.bank.score(keypoints_of(xyxy[row])) for row in keep], dtype=np.float32)
            out[rows] = sigmoid(self.fusion.logits(signals(before[rows], scores[owner], self.bank.settings.clip)))
        return out


def signals(before: FloatArray, score: FloatArray, clip: float) -> FloatArray:
    """(n, 2) log odds before, cut at `clip`, and keypoint scores."""
    return np.stack([np.clip(logit(before), -clip, clip), score], axis=1).astype(np.float32)


def plausible_objects(
    xyxy: FloatArray, probability: FloatArray, rules: SuppressionRules, least: float
) -> tuple[IntArray, IntArray, IntArray]:
    """Rows of at least this probability, the best row of each object among them, and for each of those rows which
    object it is of.
    """
    rows = np.flatnonzero(probability >= least)
    keep = rows[suppress(xyxy[rows], probability[rows], rules)]
    owner = iou(xyxy[rows], xyxy[keep]).argmax(axis=1) if len(rows) else rows
    return rows, keep, owner


def shots_match(points: Sequence[Keypoints], image_id: IntArray, shared: float) -> bool:
    """Whether the median shot shares at least so many keypoints with a shot of another image."""
    best = [
        max((matching_keypoints(one, points[row]) for row in np.flatnonzero(image_id != mine).tolist()), default=0)
        for one, mine in zip(points, image_id, strict=True)
    ]
    return bool(best) and float(np.median(best)) >= shared


@dataclass(frozen=True, slots=True)
class HeldOutKeypoints:
    """The likely boxes of held-out shot images. rows: into the candidates; keep: those of them that stand for an object
    each; owner: for each of rows its place in keep; points: of each of keep.
    """

    rows: IntArray
    keep: IntArray
    owner: IntArray
    points: list[Keypoints]

    @classmethod
    def of(
        cls,
        images: Sequence[JobImage],
        candidates: ShotCandidates,
        before: FloatArray,
        rules: SuppressionRules,
        features: Features,
        plausible: float,
    ) -> HeldOutKeypoints:
        """Image by image."""
        rows: list[int] = []
        keep: list[int] = []
        owner: list[int] = []
        points: list[Keypoints] = []
        for image in images:
            mine = np.flatnonzero(candidates.image == image.id)
            worth, best, of_object = plausible_objects(candidates.xyxy[mine], before[mine], rules, plausible)
            owner += [len(keep) + int(place) for place in of_object]
            rows += mine[worth].tolist()
            keep += mine[best].tolist()
            points += [features.keypoints(image, candidates.xyxy[mine[row]]) for row in best]
        return cls(_ids(rows), _ids(keep), _ids(owner), points)


def _ids(rows: Sequence[int]) -> IntArray:
    return np.asarray(rows, dtype=np.int64)


def fit_keypoint_verifier(
    class_id: int,
    split: ShotSplit,
    candidates: ShotCandidates,
    labels: Labels,
    before: FloatArray,
    rules: SuppressionRules,
    features: Features,
    settings: KeypointSettings,
) -> tuple[KeypointVerifier, FloatArray] | None:
    """A class's keypoint verifier, and the held-out probabilities (n,) after it; None where its shots share too few
    keypoints.

    before: (n,) probabilities of the candidates of shot images, by classifiers that were fitted without their image.
    """
    drawn = [(image, np.array(box.xyxy, np.float32)) for image in split.images for box in image.shots_of(class_id)]
    drawn = [drawn[place] for place in _spread(len(drawn), settings.most_shots)]
    shots = [features.keypoints(image, xyxy) for image, xyxy in drawn]
    of_shots = _ids([image.id for image, _ in drawn])
    if not shots_match(shots, of_shots, settings.shared):
        return None
    held_out = HeldOutKeypoints.of(split.images, candidates, before, rules, features, settings.plausible)
    known = labels.known[held_out.keep]
    misses = np.flatnonzero(labels.sure_miss[held_out.keep])
    misses = misses[np.argsort(-before[held_out.keep[misses]], kind="stable")][: settings.most_others]
    bank = KeypointBank(
        (*shots, *(held_out.points[place] for place in misses)),
        np.array([True] * len(shots) + [False] * len(misses), dtype=bool),
        np.concatenate([of_shots, candidates.image[held_out.keep[misses]]]),
        settings,
    )
    scores = np.array([
        bank.score(points, without_image=int(candidates.image[row]))
        for row, points in zip(held_out.keep, held_out.points, strict=True)
    ], dtype=np.float32)  # fmt: skip
    fusion = fit_keypoint_fusion(
        before[held_out.keep[known]], scores[known], labels.hit[held_out.keep[known]], settings
    )
    after = before.copy()
    after[held_out.rows] = sigmoid(fusion.logits(signals(before[held_out.rows], scores[held_out.owner], settings.clip)))
    return KeypointVerifier(bank, fusion), after


def _spread(count: int, most: int) -> list[int]:
    """Places of up to `most` of `count` things, near and far alike."""
    return sorted({int(place) for place in np.linspace(0, count - 1, min(count, most))}) if count else []


def fit_keypoint_fusion(before: FloatArray, score: FloatArray, hit: BoolArray, settings: KeypointSettings) -> Linear:
    """The usual weights, moved as far as held-out boxes ask for."""
    weight = np.ones(len(hit), dtype=np.float32)
    rows = signals(before, score, settings.clip)
    l2, prior = (np.array(values, dtype=np.float32) for values in (settings.l2, settings.weights))
    return fit_logistic(rows, hit, weight, l2, prior=prior, bias_l2=settings.bias_l2, prior_bias=settings.bias)
