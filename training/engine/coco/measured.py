"""Figures of a finder on the test split: each class on the images that are complete for it, and classes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from training.engine.coco.bootstrap import Intervals, Resampler, intervals
from training.engine.coco.metrics import Evaluation, Find, evaluate, matched
from training.protocol.intervals import wilson
from training.protocol.job import JobImage
from training.protocol.measured import Part, Row

DIGITS = 4
SMALL, LARGE = 32**2, 96**2  # pixels of area, as COCO has it
MEANS = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")
Finds = Mapping[int, Mapping[int, Sequence[Find]]]  # by class and image


@dataclass(frozen=True, slots=True)
class _Class:
    id: int
    truths: dict[int, list[tuple[float, float, float, float]]]
    evaluation: Evaluation
    resampler: Resampler


def measure(
    finds: Finds, test: Sequence[JobImage], names: Mapping[int, str], base: Set[int] | None, resamples: int, seed: int
) -> Part:
    """finds: of every class that was looked for, also where nothing was found. base: classes that a detector knew
    before it was trained; None where it kept nothing.
    """
    classes = [_of_class(class_id, found, test) for class_id, found in finds.items()]
    sets: dict[str, list[_Class]] = {f"class {one.id}": [one] for one in classes} | {"combined": classes}
    if base is not None:
        sets |= {"base": [one for one in classes if one.id in base]}
        sets |= {"novel": [one for one in classes if one.id not in base]}
    images = sorted({image for one in classes for image in one.truths})
    groups = {name: [one.resampler for one in several] for name, several in sets.items()}
    ends = intervals(groups, images, resamples, seed)
    rows: dict[str, Any] = {name: _row(several, ends[name]) for name, several in sets.items()}
    own: list[Any] = [
        rows[f"class {one.id}"] | {"id": one.id, "name": names[one.id], "base": one.id in (base or ())}
        for one in classes
    ]
    part = Part(combined=rows["combined"], classes=own)
    if base is not None:
        part["base"], part["novel"] = rows["base"], rows["novel"]
    return part


def _of_class(class_id: int, found: Mapping[int, Sequence[Find]], test: Sequence[JobImage]) -> _Class:
    truths = {
        image.id: [box.xyxy for box in image.boxes if box.class_id == class_id]
        for image in test
        if class_id in image.complete_for
    }
    return _Class(class_id, truths, evaluate(found, truths), Resampler(matched(found, truths), list(truths)))


def _row(classes: Sequence[_Class], ends: Intervals) -> Row:
    """The mean of the classes that have a true box, as COCO takes it; precision and recall of all boxes together."""
    images = {image for one in classes for image in one.truths}
    areas = [(x2 - x1) * (y2 - y1) for one in classes for boxes in one.truths.values() for x1, y1, x2, y2 in boxes]
    suggested = sum(one.evaluation.suggested for one in classes)
    hits = sum(one.evaluation.hits for one in classes)
    precision_low, precision_high = wilson(hits, suggested)
    recall_low, recall_high = wilson(hits, len(areas))
    figures = [one.evaluation.coco for one in classes]
    row: Any = {
        "images": len(images), "boxes": len(areas), "small": sum(area < SMALL for area in areas),
        "medium": sum(SMALL <= area <= LARGE for area in areas), "large": sum(area > LARGE for area in areas),
        "suggested": suggested,
        "precision": hits / suggested if suggested else None, "precision_low": precision_low,
        "precision_high": precision_high,
        "recall": hits / len(areas) if areas else None, "recall_low": recall_low, "recall_high": recall_high,
        "ap_low": ends.ap[0], "ap_high": ends.ap[1], "ap50_low": ends.ap50[0], "ap50_high": ends.ap50[1],
        **{name: _mean([getattr(one, name) for one in figures]) for name in MEANS},
    }  # fmt: skip
    rounded: Row = {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in row.items()}  # type: ignore[assignment]
    return rounded


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
