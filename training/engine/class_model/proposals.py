"""Proposals of both sources, a class's own head and the generic detector, corrected and joined into candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.class_model.candidates import Candidates
from training.engine.class_model.corrector import Corrector, CorrectorFitter
from training.engine.class_model.head import ClassHead, Fitter, logits_at, sample
from training.engine.class_model.shot_split import ShotSplit, shots_and_negatives
from training.engine.class_model.verifier import Verifier
from training.engine.core.arrays import BoolArray, ByteArray, FloatArray, IntArray, logit, sigmoid
from training.engine.core.boxes import as_boxes, iou, nms
from training.engine.core.dense import SOURCES, Dense, View
from training.engine.tuning import Tuning
from training.engine.tuning.class_model import ProposalSettings, ViewSettings
from training.engine.vision.augmentation import Variation
from training.engine.vision.features import Features
from training.protocol.job import Job, JobImage

LEAST_WEIGHT = 1e-4  # of a box in a joined one
FIELDS = ("image", "xyxy", "head", "generic", "classes", "support", "second", "source", "roi")


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """Candidates of one class, row by row over many images.

    second: log odds of the second source's head, 0 where the class has none. roi: the detector's mean features inside
    the box.
    """

    image: IntArray
    xyxy: FloatArray
    head: FloatArray
    generic: FloatArray
    classes: FloatArray
    support: FloatArray
    second: FloatArray
    source: ByteArray
    roi: FloatArray

    @classmethod
    def join(cls, parts: Sequence[CandidateFeatures]) -> CandidateFeatures:
        """Several images' candidates as one table."""
        if not parts:
            nothing = np.zeros(0, dtype=np.float32)
            return cls(
                nothing.astype(np.int64), as_boxes([]), nothing, nothing,
                np.zeros((0, 1), dtype=np.float32), nothing, nothing, nothing.astype(np.uint8),
                np.zeros((0, 1), dtype=np.float32),
            )  # fmt: skip
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS))

    def take(self, index: IntArray | BoolArray) -> CandidateFeatures:
        """Some of the rows."""
        return CandidateFeatures(*(getattr(self, name)[index] for name in FIELDS))

    def scored_by(self, verifier: Verifier) -> Candidates:
        """What is kept of images to label: scores, not the features behind them."""
        scores = (verifier.roi.logits(self.roi), verifier.affinity.logits(self.classes))
        return Candidates(
            self.image, self.xyxy, *scores, self.head, self.generic, self.support, self.second, self.source
        )


def views_of(
    job: Job,
    class_id: int,
    images: Sequence[JobImage],
    features: Features,
    tick: Callable[[], None],
    settings: ViewSettings,
) -> list[View]:
    """Each shot image as it is and in a few variations."""
    how = Variation(
        flip=job.augment.flip,
        brightness=max(job.augment.brightness, settings.least_brightness),
        noise=job.augment.noise,
    )
    with_shots = max(sum(bool(im.shots_of(class_id)) for im in images), 1)
    variations = min(
        settings.most_per_image, max(settings.views // with_shots, min(2, settings.most_views // with_shots))
    )
    views = []
    for image in images:
        shots, counter_examples = shots_and_negatives(image, class_id, settings.same_object)
        complete = class_id in image.complete_for
        regions = as_boxes(image.regions_of(class_id))
        views.append(View(features.dense(image), shots, counter_examples, complete, image.id, regions))
        ends = [len(shots), len(shots) + len(counter_examples)]
        for number in range(variations if len(shots) else 0):
            boxes = np.concatenate([shots, counter_examples, regions])
            dense, moved = features.view(image, boxes, number, how, job.seed)
            own, others, ignored = np.split(moved, ends)
            views.append(View(dense, own, others, complete, image.id, ignored))
        tick()
    return views


@dataclass(frozen=True, slots=True)
class Proposer:
    """What proposes a class's boxes from dense features: its head, and its corrector where that helps."""

    head: ClassHead
    corrector: Corrector | None


@dataclass(frozen=True, slots=True)
class CorrectorGain:
    """What the corrector does to the boxes of held-out shots: mean overlap of the best candidate without and with
    it.
    """

    before: float
    after: float

    def helps(self, harm: float) -> bool:
        """Whether to use it. It helps most classes, and a few held-out boxes say little: only clear harm switches it
        off.
        """
        return self.after >= self.before - harm


def fit_proposers(
    views: Sequence[View], split: ShotSplit, seed: int, tuning: Tuning
) -> tuple[Proposer, list[Proposer]]:
    """The finder of all shots, and one per fold that has not seen the fold's images (itself where there is but one)."""
    heads, correctors = (
        Fitter(sample(views, seed, tuning.head), tuning.head),
        CorrectorFitter(views, seed, tuning.corrector),
    )
    full = Proposer(heads.fit(), correctors.fit())
    if len(split.folds) < 2:
        return full, [full for _ in split.folds]
    return full, [Proposer(heads.fit(fold), correctors.fit(fold)) for fold in split.folds]


def measure_gain(
    with_it: Sequence[CandidateFeatures],
    without: Sequence[CandidateFeatures],
    images: Mapping[int, JobImage],
    class_id: int,
) -> CorrectorGain:
    """Compares the candidates of held-out images."""
    return CorrectorGain(_reach(without, images, class_id), _reach(with_it, images, class_id))


def _reach(parts: Sequence[CandidateFeatures], images: Mapping[int, JobImage], class_id: int) -> float:
    best: list[float] = []
    for part in parts:
        for image_id in dict.fromkeys(part.image.tolist()):
            shots = as_boxes([box.xyxy for box in images[image_id].shots_of(class_id)])
            best += iou(part.xyxy[part.image == image_id], shots).max(axis=0, initial=0.0).tolist()
    return round(float(np.mean(best)), 4) if best else 0.0


@dataclass(frozen=True, slots=True)
class _Pool:
    """One image's proposals of both sources before they are joined, the head's first, corrected.

    logits: of the head per level. rank: how likely each is. bonus: how much more than that it weighs where boxes are
    joined. own: how many are the head's.
    """

    logits: list[FloatArray | None]
    xyxy: FloatArray
    head: FloatArray
    rank: FloatArray
    bonus: FloatArray
    own: int

    @classmethod
    def of(cls, dense: Dense, proposer: Proposer, most: int, settings: ProposalSettings) -> _Pool:
        logits = proposer.head.logits(dense)
        own, own_logit = proposer.head.boxes(dense, logits, 2 * most)
        generic = dense.proposals
        raw = np.concatenate([own.xyxy, generic.xyxy])
        head_logit = np.concatenate([own_logit, logits_at(dense, logits, generic.xyxy, proposer.head.settings)]).astype(
            np.float32
        )
        score = generic_score(dense, raw, settings)
        believed = np.clip(head_logit, -settings.head_limit, settings.head_limit)
        rank = np.asarray(settings.head_weight * believed + settings.generic_weight * logit(score), dtype=np.float32)
        # A detector that knows an object draws it tightly: its surer proposals stay as they are, and lead where boxes
        # are joined.
        tight = np.zeros(len(raw), dtype=bool)
        tight[len(own) :] = generic.score >= settings.tight
        corrected = raw.copy()
        if proposer.corrector is not None:
            corrected[~tight] = proposer.corrector(dense, raw[~tight])
        bonus = np.where(tight, np.float32(settings.lead) * score, np.float32(0))
        return cls(logits, corrected, head_logit, rank, bonus, len(own))

    def joined(self, most: int, agree: float) -> tuple[FloatArray, IntArray, FloatArray]:
        """The best boxes, joined where they agree; see fuse_boxes."""
        xyxy, leader, support = fuse_boxes(self.xyxy, self.rank, self.bonus, agree)
        return xyxy[:most], leader[:most], support[:most]


def generic_score(dense: Dense, boxes: FloatArray, settings: ProposalSettings) -> FloatArray:
    """(n,) the generic detector's score of each box's place."""
    generic = dense.proposals
    near = iou(boxes, generic.xyxy)
    score = (near * generic.score * (near > settings.same_place)).max(axis=1, initial=settings.least_generic)
    return np.asarray(score, dtype=np.float32)


def find_candidates(
    dense: Dense, proposer: Proposer, image: int, most: int, settings: ProposalSettings
) -> CandidateFeatures:
    """One image's candidates, at most so many: both sources' boxes, corrected, joined where they agree, with the scores
    of both.
    """
    return _joined(_Pool.of(dense, proposer, most, settings), dense, image, most, settings)


def find_and_describe(
    dense: Dense, proposer: Proposer, image: int, boxes: FloatArray, most: int, settings: ProposalSettings
) -> tuple[CandidateFeatures, CandidateFeatures]:
    """The candidates of one image; and given boxes (n, 4) as if they were some, with what the sources say of their
    places.
    """
    pool = _Pool.of(dense, proposer, most, settings)
    return _joined(pool, dense, image, most, settings), _described(pool, dense, proposer, image, boxes, settings)


def find_boxes(dense: Dense, proposer: Proposer, most: int, settings: ProposalSettings) -> FloatArray:
    """(n, 4) the boxes of one image's candidates, best first, at most so many."""
    return _Pool.of(dense, proposer, most, settings).joined(most, settings.agree)[0]


def _joined(pool: _Pool, dense: Dense, image: int, most: int, settings: ProposalSettings) -> CandidateFeatures:
    xyxy, leader, support = pool.joined(most, settings.agree)
    source = np.where(leader < pool.own, SOURCES.index("head"), SOURCES.index("generic")).astype(np.uint8)
    return CandidateFeatures(
        np.full(len(xyxy), image, dtype=np.int64), xyxy, pool.head[leader], generic_score(dense, xyxy, settings),
        dense.class_scores(xyxy, settings.same_place), support, np.zeros(len(xyxy), dtype=np.float32), source,
        dense.pooled(xyxy, settings.pooled_cells),
    )  # fmt: skip


def _described(
    pool: _Pool, dense: Dense, proposer: Proposer, image: int, boxes: FloatArray, settings: ProposalSettings
) -> CandidateFeatures:
    support = (iou(boxes, pool.xyxy) >= settings.agree) @ sigmoid(pool.rank)
    return CandidateFeatures(
        np.full(len(boxes), image, dtype=np.int64), boxes,
        logits_at(dense, pool.logits, boxes, proposer.head.settings), generic_score(dense, boxes, settings),
        dense.class_scores(boxes, settings.same_place), np.asarray(support, dtype=np.float32),
        np.zeros(len(boxes), dtype=np.float32), np.zeros(len(boxes), dtype=np.uint8),
        dense.pooled(boxes, settings.pooled_cells),
    )  # fmt: skip


def fuse_boxes(
    boxes: FloatArray, rank: FloatArray, weight_bonus: FloatArray, overlap: float
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Boxes that lie on one object joined, best first: their weighted mean, the best one's index, and how many agreed.

    As weighted box fusion (Solovyev, Wang, Gabruseva 2021). lead: how much more than its score a box weighs.
    """
    if not len(boxes):
        return boxes, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    first = nms(boxes, rank, overlap)
    near = iou(boxes[first], boxes)
    owner = np.where(near.max(axis=0) >= overlap, near.argmax(axis=0), -1)
    weight = sigmoid(rank) * (1 + weight_bonus) + np.float32(LEAST_WEIGHT)
    joined, support = np.zeros((len(first), 4), np.float32), np.zeros(len(first), np.float32)
    for place, at in enumerate(first):
        mine = owner == place
        mine[at] = True
        share = weight[mine] / weight[mine].sum()
        joined[place] = (boxes[mine] * share[:, None]).sum(axis=0)
        support[place] = sigmoid(rank[mine]).sum()
    return joined, first, support
