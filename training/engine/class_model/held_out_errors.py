"""Held-out errors: mistakes on held-out shot images, as places that a person can look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any

import numpy as np

from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import iou, matches
from training.engine.tuning.class_model import HeldOutErrorSettings


@dataclass(frozen=True, slots=True)
class HeldOutImage:
    """What one held-out image would have got, best first, and the boxes that people drew there."""

    image_id: int
    xyxy: FloatArray
    probability: FloatArray
    shots: FloatArray


def held_out_errors(
    images: Sequence[HeldOutImage], review: float, hit: float, settings: HeldOutErrorSettings
) -> list[dict[str, Any]]:
    """Some of the mistakes: the surest false finds, shots that no suggestion hit, and the hits that overlap least.

    iou: the find's best overlap with any shot, or the shot's with any suggestion. drawn: of a loose one the shot that
    it hits. Where there are more, each kind gets its share.
    """
    false, missed, loose = [], [], []
    for image in images:
        kept = image.probability >= review
        boxes, probability = image.xyxy[kept], image.probability[kept]
        overlap = iou(boxes, image.shots)
        shot_of = matches(boxes, image.shots, hit)
        for place, shot in enumerate(shot_of.tolist()):
            best = overlap[place, shot] if shot >= 0 else overlap[place].max(initial=0.0)
            kind = "loose" if shot >= 0 else "false"
            case = _case(kind, image, boxes[place], float(probability[place]), float(best))
            if shot < 0:
                false.append(case)
            elif best < settings.loose:
                loose.append({**case, "drawn": _plain(image.shots[shot])})
        for shot in sorted(set(range(len(image.shots))) - set(shot_of.tolist())):
            missed.append(_case("missed", image, image.shots[shot], None, float(overlap[:, shot].max(initial=0.0))))
    false.sort(key=lambda case: -case["probability"])
    missed.sort(key=lambda case: case["iou"])
    loose.sort(key=lambda case: case["iou"])
    in_turn = (case for case in chain.from_iterable(zip_longest(false, missed, loose)) if case is not None)
    chosen = list(islice(in_turn, settings.most))
    return [case for kind in ("false", "missed", "loose") for case in chosen if case["kind"] == kind]


def _case(kind: str, image: HeldOutImage, box: FloatArray, probability: float | None, best: float) -> dict[str, Any]:
    return {
        "kind": kind, "image_id": image.image_id, "xyxy": _plain(box),
        "probability": None if probability is None else round(probability, 4), "iou": round(best, 4), "drawn": None,
    }  # fmt: skip


def _plain(box: FloatArray) -> list[float]:
    return [round(float(edge), 2) for edge in np.asarray(box)]
