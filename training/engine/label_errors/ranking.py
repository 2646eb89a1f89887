"""The list of likely label errors, most probable first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import FloatArray, sigmoid
from training.engine.label_errors.claims import NONE, Claims, claims_of
from training.engine.label_errors.evidence import Evidence
from training.engine.tuning.label_errors import LabelErrorSettings
from training.protocol.job import XYXY

KINDS = ("wrong_class", "spurious", "missing", "loose")


@dataclass(frozen=True, slots=True)
class LabelError:
    """One likely error. place: of the box in its image, None where a box is missing.

    class_id: what the label says; of a missing box what it should say. proposed: what a wrong class should be, else
    None. xyxy: where a missing box, or the tighter one of a loose one, should lie, else None.
    """

    image: int
    kind: str
    place: int | None
    class_id: int
    proposed: int | None
    xyxy: XYXY | None
    probability: float


def label_errors(
    evidence: Evidence, complete: Mapping[int, frozenset[int]], settings: LabelErrorSettings
) -> list[LabelError]:
    """Most probable first, at most one of each box, none below the least probability.

    complete: by image id the classes of which all boxes are there.
    """
    rows: list[tuple[float, int, LabelError]] = []
    for kind, claims in claims_of(evidence, complete, settings).items():
        chance = probability(claims.figures, settings.weights[kind])
        rows += [
            (float(chance[row]), int(claims.box[row]), _error(evidence, kind, claims, row, float(chance[row])))
            for row in map(int, np.flatnonzero(chance >= settings.least))
        ]
    rows.sort(key=lambda one: -one[0])
    listed: list[LabelError] = []
    named: set[int] = set()
    for _, box, error in rows:
        if box == NONE or box not in named:
            listed.append(error)
            named.add(box)
    return listed[: settings.most]


def probability(figures: FloatArray, weights: Sequence[float]) -> FloatArray:
    """(n,) of the claims. weights: of each figure, then the bias."""
    return sigmoid(figures @ np.asarray(weights[:-1], np.float32) + weights[-1])


def _error(evidence: Evidence, kind: str, claims: Claims, row: int, chance: float) -> LabelError:
    box, found, class_id = int(claims.box[row]), int(claims.found[row]), int(claims.class_id[row])
    xyxy: XYXY | None = None
    if found != NONE:
        x1, y1, x2, y2 = (round(float(edge), 2) for edge in evidence.found.xyxy[found])
        xyxy = (x1, y1, x2, y2)
    if box == NONE:
        return LabelError(int(evidence.found.image[found]), kind, None, class_id, None, xyxy, chance)
    said = int(evidence.boxes.class_id[box])
    other = class_id if kind == "wrong_class" else None
    image, place = int(evidence.boxes.image[box]), int(evidence.boxes.place[box])
    return LabelError(image, kind, place, said, other, xyxy, chance)
