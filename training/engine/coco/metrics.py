"""Found boxes against true ones: what finds what, precision and recall with intervals, and the figures of
pycocotools.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from training.engine.core.boxes import as_boxes, matches
from training.protocol.intervals import wilson

Key = TypeVar("Key", bound=Hashable)
AP50 = 0.5  # IoU from which a box is found, as in COCO's AP50


@dataclass(frozen=True, slots=True)
class Find:
    """A found box (xyxy) with its probability, and whether it was suggested rather than dropped."""

    xyxy: Sequence[float]
    probability: float
    kept: bool = True


@dataclass(frozen=True, slots=True)
class CocoFigures:
    """AP and recall as COCO counts them: small is below 32 x 32 pixels, large above 96 x 96.

    None where no true box is so.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ar100: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One class against the truth: at its own threshold, with 95 % intervals, and over all thresholds."""

    images: int
    truths: int
    suggested: int
    hits: int
    precision: float | None
    precision_low: float
    precision_high: float
    recall: float | None
    recall_low: float
    recall_high: float
    f1: float | None
    coco: CocoFigures

    def plain(self) -> dict[str, Any]:
        """As rounded numbers."""
        flat = asdict(self)
        return {
            name: round(value, 4) if isinstance(value, float) else value for name,
            value in (flat | flat.pop("coco")).items()
        }  # fmt: skip


def evaluate(found: Mapping[Key, Sequence[Find]], truths: Mapping[Key, Sequence[Sequence[float]]]) -> Evaluation:
    """One class; `truths` names every image that counts, also those without a box."""
    hits = suggested = 0
    for key, boxes in truths.items():
        kept = sorted((one for one in found.get(key, ()) if one.kept), key=lambda one: -one.probability)
        suggested += len(kept)
        hits += int((matches(as_boxes([one.xyxy for one in kept]), as_boxes(boxes), AP50) >= 0).sum())
    total = sum(map(len, truths.values()))
    return Evaluation(
        len(truths), total, suggested, hits,
        hits / suggested if suggested else None, *wilson(hits, suggested),
        hits / total if total else None, *wilson(hits, total),
        2 * hits / (suggested + total) if suggested + total else None,
        coco_figures(found, truths),
    )  # fmt: skip


def coco_figures(
    found: Mapping[Key, Sequence[Find]], truths: Mapping[Key, Sequence[Sequence[float]]]
) -> CocoFigures:  # fmt: skip
    """What pycocotools says of one class, of everything that was found, suggested or not."""
    return figures_of(matched(found, truths))


def matched(found: Mapping[Key, Sequence[Find]], truths: Mapping[Key, Sequence[Sequence[float]]]) -> Any:
    """A COCOeval that has matched one class's finds with the truth, image by image in the order of `truths`."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    true_rows = [(place, box, 1.0) for place, boxes in enumerate(truths.values()) for box in boxes]
    found_rows = [(place, one.xyxy, one.probability) for place, key in enumerate(truths) for one in found.get(key, ())]
    sides = []
    with contextlib.redirect_stdout(io.StringIO()):  # it prints as it goes
        for rows in (true_rows, found_rows):
            side = COCO()
            side.dataset = _coco(len(truths), rows)
            side.createIndex()
            sides.append(side)
        evaluation = COCOeval(*sides, "bbox")
        evaluation.evaluate()
    return evaluation


def figures_of(evaluation: Any) -> CocoFigures:
    """The figures of what `matched` gives."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.accumulate()
        evaluation.summarize()
    ap, ap50, ap75, small, medium, large, _, _, ar100 = (
        None if value < 0 else float(value) for value in evaluation.stats[:9]
    )
    return CocoFigures(ap, ap50, ap75, small, medium, large, ar100)


def _coco(images: int, rows: Sequence[tuple[int, Sequence[float], float]]) -> dict[str, Any]:
    annotations = []
    for number, (place, (x1, y1, x2, y2), score) in enumerate(rows, start=1):
        width, height = float(x2 - x1), float(y2 - y1)
        annotations.append({
            "id": number, "image_id": place, "category_id": 1, "bbox": [float(x1), float(y1), width, height],
            "area": width * height, "iscrowd": 0, "score": float(score),
        })  # fmt: skip
    return {"images": [{"id": place} for place in range(images)], "annotations": annotations, "categories": [{"id": 1}]}
