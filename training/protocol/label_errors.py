"""What a check leaves: suggestions.json with the likely label errors, most probable first.

Written by the engine, read by the worker and by `check-labels`. Ids are the job's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from training.protocol.errors import BadResults
from training.protocol.results import UsedWeights

KINDS = ("wrong_class", "spurious", "missing", "loose")


class LabelErrorRow(TypedDict):
    """One likely error. box: the job's number of it, None where one is missing.

    class_id: what the label says; of a missing box what it should say. proposed: of a wrong class what it should be.
    xyxy: where a missing or a tighter box should lie.
    """

    image: int
    kind: str
    box: int | None
    class_id: int
    proposed: int | None
    xyxy: list[float] | None
    probability: float


class CheckInfo(TypedDict):
    """How a check was made. images, boxes: that were looked at."""

    seconds: dict[str, float]
    versions: dict[str, str]
    weights: list[UsedWeights]
    device: str
    images: int
    boxes: int


class LabelErrors(TypedDict):
    """suggestions.json of a check."""

    label_errors: list[LabelErrorRow]
    info: CheckInfo


def load(path: Path) -> LabelErrors:
    """Reads and checks the results of a check. Raises BadResults."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
        return LabelErrors(label_errors=[_row(one) for one in raw["label_errors"]], info=raw["info"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadResults.of(error) from error


def _row(raw: Mapping[str, Any]) -> LabelErrorRow:
    if raw["kind"] not in KINDS:
        raise ValueError(f"a label error of kind {raw['kind']!r}")
    box, proposed, xyxy = raw.get("box"), raw.get("proposed"), raw.get("xyxy")
    needed = {"wrong_class": (box, proposed), "spurious": (box,), "missing": (xyxy,), "loose": (box, xyxy)}
    if None in needed[raw["kind"]]:
        raise ValueError(f"a label error of kind {raw['kind']!r} without what it needs")
    return {
        "image": int(raw["image"]), "kind": raw["kind"], "box": None if box is None else int(box),
        "class_id": int(raw["class_id"]), "proposed": None if proposed is None else int(proposed),
        "xyxy": None if xyxy is None else _corners(xyxy), "probability": _number(raw["probability"]),
    }  # fmt: skip


def _corners(edges: Any) -> list[float]:
    x1, y1, x2, y2 = (_number(edge) for edge in edges)
    if x1 >= x2 or y1 >= y2:
        raise ValueError("a box has no extent")
    return [x1, y1, x2, y2]


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number
