"""Fine-tuning without forgetting: the classes of the pretrained detector stay beside the project's, exactly as they
were.

A class is one row in the last convolution of each class branch. The rows of what the pretrained detector knows are
copied (the trainer does that by name), the project's classes get rows of their own, and only those learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from training.engine.class_model.metrics import average_precision, curve
from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import iou

BRANCHES = ("cv3", "one2one_cv3")


@dataclass(frozen=True, slots=True)
class Classes:
    """A detector's classes in its order: the project's, then those that only its base knows.

    ids: None for the latter. known: which of all these the base knew, so a class of both is there once, as the project
    calls it.
    """

    names: list[str]
    ids: list[int | None]
    known: list[str]

    @classmethod
    def of(cls, project: Mapping[int, str], base: Sequence[str] = ()) -> Classes:
        """Names are the same whatever their case, as the trainer has it when it copies what the base knows of a
        class.
        """
        own, before = {_plain(name) for name in project.values()}, {_plain(name) for name in base}
        more = [name for name in base if _plain(name) not in own]
        both = [name for name in project.values() if _plain(name) in before]
        return cls([*project.values(), *more], [*project, *(None for _ in more)], both + more)

    @property
    def own(self) -> int:
        """How many are the project's."""
        return sum(one is not None for one in self.ids)


def _plain(name: str) -> str:
    return name.strip().lower()


def frozen(network: Any) -> list[int | str]:
    """What the trainer is to freeze, as it names layers: all but the last convolutions of the class branches."""
    last, head = len(network.model) - 1, network.model[-1]
    names: list[int | str] = [*range(last), f"{last}.cv2", f"{last}.one2one_cv2"]
    for branch in BRANCHES:
        for place, level in enumerate(getattr(head, branch, None) or ()):
            names += [f"{last}.{branch}.{place}.{part}" for part in range(len(level) - 1)]
    return names


def hold(network: Any, classes: Classes) -> None:
    """Rows of classes that only the base knows get no gradient; without weight decay they then stay as they are."""
    moves = torch.ones(len(classes.names), device=next(network.parameters()).device)
    moves[classes.own :] = 0.0
    for branch in BRANCHES:
        for level in getattr(network.model[-1], branch, None) or ():
            for rows in (level[-1].weight, level[-1].bias):
                rows.register_hook(lambda slope: slope * moves.view(-1, *[1] * (slope.ndim - 1)))


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a detector finds in one picture: (n, 4) boxes with scores and class places."""

    xyxy: FloatArray
    score: FloatArray
    place: IntArray


def agreement(before: Sequence[Predictions], now: Sequence[Predictions], same_object: float) -> tuple[float, int]:
    """AP50 of what a detector finds now, measured against what its base was sure of, and how many boxes those are."""
    scores: list[float] = []
    hits: list[bool] = []
    total = 0
    for was, found in zip(before, now, strict=True):
        total += len(was.score)
        same = np.where(found.place[:, None] == was.place[None], iou(found.xyxy, was.xyxy), 0.0)
        for row in np.argsort(-found.score, kind="stable"):
            best = same[row].max(initial=0.0)
            if best >= same_object:
                same[:, same[row].argmax()] = 0.0
            scores.append(found.score[row])
            hits.append(best >= same_object)
    precision, recall, _ = curve(np.array(scores, dtype=np.float32), np.array(hits, dtype=bool), total)
    return average_precision(precision, recall), total
