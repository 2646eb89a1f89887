"""A second source of a class: its own head on another frozen detector's features, where held-out shots are told apart
better with it.

It finds what the first detector's pretraining never needed (small, plain things), and is a poor judge of look-alikes:
it proposes where the first source has nothing, and says its part of every candidate; the verifier judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.engine.class_model.head import logits_at
from training.engine.class_model.held_out_errors import HeldOutImage
from training.engine.class_model.proposals import CandidateFeatures, Proposer, find_and_describe, find_boxes
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import iou, matches
from training.engine.core.dense import SOURCES, Dense
from training.engine.tuning import Tuning


@dataclass(frozen=True, slots=True)
class SecondSource:
    """What proposes a class's boxes from the second detector's features."""

    proposer: Proposer
    tuning: Tuning

    def boxes(self, dense: Dense) -> FloatArray:
        """(n, 4) its best boxes in one image. dense: of the second detector."""
        settings = self.tuning
        return find_boxes(dense, self.proposer, settings.second_source.most_candidates, settings.proposals)

    def logits(self, dense: Dense, boxes: FloatArray) -> FloatArray:
        """(n,) log odds of boxes (n, 4)."""
        head = self.proposer.head
        clip = self.tuning.second_source.clip
        found = logits_at(dense, head.logits(dense), boxes, head.settings)
        return np.asarray(np.clip(found, -clip, clip), dtype=np.float32)


def with_second(
    dense: Dense, proposer: Proposer, second: SecondSource, dense_second: Dense, image: int, most: int, tuning: Tuning
) -> CandidateFeatures:
    """One image's candidates of both detectors: at most `most` of the first, and the second's where there is none."""
    boxes = second.boxes(dense_second)
    first, own = find_and_describe(dense, proposer, image, boxes, most, tuning.proposals)
    new = iou(boxes, first.xyxy).max(axis=1, initial=0.0) < tuning.proposals.agree
    own = replace(own.take(new), source=np.full(int(new.sum()), SOURCES.index("second"), dtype=np.uint8))
    joined = CandidateFeatures.join([first, own])
    return replace(joined, second=second.logits(dense_second, joined.xyxy))


def held_out_loss(images: Sequence[HeldOutImage], hit: float, tuning: Tuning) -> float:
    """Mean log loss per shot of what was found in held-out images; a shot that was not found counts as one of the
    least probability.
    """
    settings = tuning.second_source
    least, total, shots = settings.least_probability, 0.0, 0
    for image in images:
        place = matches(image.xyxy, image.shots, hit)
        p = np.clip(image.probability, least, 1 - least)
        total -= float(np.log(np.where(place >= 0, p, 1 - p)).sum())
        total -= float(np.log(least)) * (len(image.shots) - int((place >= 0).sum()))
        shots += len(image.shots)
    return total / max(shots, 1)
