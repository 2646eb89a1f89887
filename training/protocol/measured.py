"""What a run's finds are worth on the test split: measured.json, written by the engine, kept with the run and its
models.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from training.protocol.errors import BadResults

FILE = "measured.json"
MIN_IMAGES, MIN_BOXES = 5, 10  # below either a figure says next to nothing: it is "not measurable yet"
SIZES = ("small", "medium", "large")  # as COCO has it: below 32 x 32 pixels, up to 96 x 96, above


class Row(TypedDict):
    """Figures of one class, or of several together (the mean of theirs; precision and recall of all boxes).

    images: that are complete for it; boxes: people's boxes there, of each size too. precision, recall: of what would be
    suggested, with 95 % intervals; recall at IoU 0.5. ap ... ar100: pycocotools' figures of all that was found; the
    intervals of ap and ap50 are a bootstrap's over images. None where there is nothing to measure by.
    """

    images: int
    boxes: int
    small: int
    medium: int
    large: int
    suggested: int
    precision: float | None
    precision_low: float
    precision_high: float
    recall: float | None
    recall_low: float
    recall_high: float
    ap: float | None
    ap_low: float | None
    ap_high: float | None
    ap50: float | None
    ap50_low: float | None
    ap50_high: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ar100: float | None


class ClassRow(Row):
    """id: of the project's class. base: whether the detector knew it before it was trained."""

    id: int
    name: str
    base: bool


class Part(TypedDict):
    """What one finder is worth: the class models together, or a detector.

    base, novel: where a detector kept its base, the classes that this knew and those that are new.
    """

    combined: Row
    base: NotRequired[Row]
    novel: NotRequired[Row]
    classes: list[ClassRow]


class MeasuredFile(TypedDict):
    """measured.json. truth: a mark of the test split's images and boxes: runs of one mark were measured alike."""

    truth: str
    images: int
    seconds: float
    models: NotRequired[Part]
    detector: NotRequired[Part]


def load(path: Path) -> MeasuredFile | None:
    """What was measured; None where nothing was. Raises BadResults."""
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
        for name in ("models", "detector"):
            for row in [raw[name]["combined"], *raw[name]["classes"]] if name in raw else ():
                _check(row)
        found: MeasuredFile = raw
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadResults.of(error) from error


def _check(row: Mapping[str, object]) -> None:
    for name in Row.__required_keys__:
        value = row[name]
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise ValueError(f"{name} is no number")


def measurable(row: Row) -> bool:
    """Whether there is enough to measure by."""
    return row["images"] >= MIN_IMAGES and row["boxes"] >= MIN_BOXES
