"""What may be wrong with labels, each with the figures that tell how likely it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import BoolArray, FloatArray, IntArray
from training.engine.core.boxes import ios, iou
from training.engine.label_errors.evidence import Evidence
from training.engine.tuning.label_errors import LabelErrorSettings

NONE = -1


@dataclass(frozen=True, slots=True)
class Claims:
    """One kind of error, row by row.

    box: rows of the evidence's boxes, found: of its finds; NONE where there is none. class_id: what the label is or
    should be; for a wrong class what it should be instead. figures: (n, f), in the order that `figures_of` names.
    """

    box: IntArray
    found: IntArray
    class_id: IntArray
    figures: FloatArray


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which find lies on which box of its class, one to one.

    found_of: (boxes,) rows of finds, box_of: (finds,) rows of boxes, NONE where there is none. overlap: (boxes,) IoU
    with the find, 0 where there is none.
    """

    found_of: IntArray
    box_of: IntArray
    overlap: FloatArray

    @classmethod
    def of(cls, evidence: Evidence, least: float) -> Pairs:
        """The pairs that overlap most come first. least: the IoU from which a find may be what a box means."""
        boxes, found = evidence.boxes, evidence.found
        pairs = cls(
            np.full(len(boxes.image), NONE), np.full(len(found.image), NONE), np.zeros(len(boxes.image), np.float32)
        )
        for image in np.unique(boxes.image):
            mine, theirs = np.flatnonzero(boxes.image == image), np.flatnonzero(found.image == image)
            overlap = iou(boxes.xyxy[mine], found.xyxy[theirs])
            overlap[boxes.class_id[mine][:, None] != found.class_id[theirs][None, :]] = 0
            for flat in np.argsort(-overlap, axis=None, kind="stable"):
                row, column = np.unravel_index(flat, overlap.shape)
                if overlap[row, column] < least:
                    break
                if pairs.found_of[mine[row]] == NONE and pairs.box_of[theirs[column]] == NONE:
                    pairs.found_of[mine[row]], pairs.box_of[theirs[column]] = theirs[column], mine[row]
                    pairs.overlap[mine[row]] = overlap[row, column]
        return pairs


@dataclass(frozen=True, slots=True)
class Typical:
    """What is usual in a class, so that a hard class is not all errors.

    own: the median log odds of its boxes. overlap, spread: the median IoU of its boxes with what its model finds there,
    and the median distance from that.
    """

    own: float
    overlap: float
    spread: float


def claims_of(
    evidence: Evidence, complete: Mapping[int, frozenset[int]], settings: LabelErrorSettings
) -> dict[str, Claims]:
    """By kind. complete: classes of which an image has all boxes; others are not claimed to be wrong there."""
    pairs = Pairs.of(evidence, settings.same_thing)
    logits = np.clip(evidence.boxes.logit, -settings.clip, settings.clip)
    column = {int(class_id): place for place, class_id in enumerate(evidence.classes)}
    own = _own(evidence, logits, pairs, column, settings)
    typical = {class_id: _typical(evidence.boxes.class_id == class_id, own, pairs) for class_id in column}
    boxes = evidence.boxes
    checked = np.isfinite(own) & np.array(
        [int(c) in complete.get(int(i), frozenset()) for i, c in zip(boxes.image, boxes.class_id, strict=True)],
        dtype=bool,
    )
    rows = np.flatnonzero(checked)
    return {
        "wrong_class": _wrong_class(evidence, rows, logits, own, typical, column),
        "spurious": _spurious(evidence, rows, logits, own, typical, column, pairs),
        "missing": _missing(evidence, complete, pairs, typical, settings),
        "loose": _loose(evidence, rows, pairs, own, typical, settings),
    }


def _own(
    evidence: Evidence, logits: FloatArray, pairs: Pairs, column: Mapping[int, int], settings: LabelErrorSettings
) -> FloatArray:
    """(n,) log odds that a box is of its class: of itself, or of what is found where it lies, though a little off."""
    own = np.full(len(logits), np.nan, dtype=np.float32)
    for row, class_id in enumerate(evidence.boxes.class_id):
        if int(class_id) in column:
            own[row] = logits[row, column[int(class_id)]]
    near = np.isfinite(own) & (pairs.found_of != NONE) & (pairs.overlap >= settings.hit)
    own[near] = np.maximum(own[near], _clipped(evidence.found.logit[pairs.found_of[near]], settings))
    return own


def _clipped(logit: FloatArray, settings: LabelErrorSettings) -> FloatArray:
    return np.asarray(np.clip(logit, -settings.clip, settings.clip), dtype=np.float32)


def _typical(rows: BoolArray, own: FloatArray, pairs: Pairs) -> Typical:
    known = own[rows & np.isfinite(own)]
    overlap = pairs.overlap[rows & (pairs.found_of != NONE)]
    if not len(known) or not len(overlap):
        return Typical(0.0, 0.0, 1.0)
    middle = float(np.median(overlap))
    return Typical(float(np.median(known)), middle, float(np.median(np.abs(overlap - middle))))


def _rivals(
    rows: IntArray, evidence: Evidence, logits: FloatArray, column: Mapping[int, int]
) -> tuple[IntArray, FloatArray]:
    """The likeliest other class of each box, and its log odds; NONE where there is no other."""
    others = np.where(np.isfinite(logits[rows]), logits[rows], -np.inf)
    for place, row in enumerate(rows):
        others[place, column[int(evidence.boxes.class_id[row])]] = -np.inf
    best = others.argmax(axis=1) if others.shape[1] else np.zeros(len(rows), np.int64)
    value = others[np.arange(len(rows)), best]
    return np.where(np.isfinite(value), evidence.classes[best], NONE), np.asarray(value, dtype=np.float32)


def _table(columns: Sequence[FloatArray | Sequence[float]]) -> FloatArray:
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def _wrong_class(
    evidence: Evidence,
    rows: IntArray,
    logits: FloatArray,
    own: FloatArray,
    typical: Mapping[int, Typical],
    column: Mapping[int, int],
) -> Claims:
    """Figures: log odds of the other class and of the own one, and what both usually have."""
    rival, value = _rivals(rows, evidence, logits, column)
    there = rival != NONE
    rows, rival, value = rows[there], rival[there], value[there]
    mine = [typical[int(class_id)].own for class_id in evidence.boxes.class_id[rows]]
    figures = _table([value, own[rows], [typical[int(class_id)].own for class_id in rival], mine])
    return Claims(rows, np.full(len(rows), NONE), rival, figures)


def _spurious(
    evidence: Evidence,
    rows: IntArray,
    logits: FloatArray,
    own: FloatArray,
    typical: Mapping[int, Typical],
    column: Mapping[int, int],
    pairs: Pairs,
) -> Claims:
    """Figures: log odds of the own class and what it usually has, those of the likeliest other, overlap with a find."""
    _rival, value = _rivals(rows, evidence, logits, column)
    floor = np.where(np.isfinite(value), value, own[rows])
    class_id = evidence.boxes.class_id[rows]
    figures = _table([own[rows], [typical[int(one)].own for one in class_id], floor, pairs.overlap[rows]])
    return Claims(rows, np.full(len(rows), NONE), class_id, figures)


def _missing(
    evidence: Evidence,
    complete: Mapping[int, frozenset[int]],
    pairs: Pairs,
    typical: Mapping[int, Typical],
    settings: LabelErrorSettings,
) -> Claims:
    """Figures: log odds of the find, what boxes of its class usually have, how many finds as sure lie on boxes against
    how many do not, and how far it lies in another box.
    """
    found, boxes = evidence.found, evidence.boxes
    logit = _clipped(found.logit, settings)
    open_rows = []
    inside = np.zeros(len(found.image), dtype=np.float32)
    for row in np.flatnonzero((pairs.box_of == NONE) & (logit >= settings.least_found)):
        if int(found.class_id[row]) not in complete.get(int(found.image[row]), frozenset()):
            continue
        there = boxes.xyxy[boxes.image == found.image[row]]
        if iou(found.xyxy[row][None], there).max(initial=0.0) >= settings.hit:
            continue  # a box is there: of another class, or another find lies on it
        inside[row] = ios(found.xyxy[row][None], there).max(initial=0.0)
        open_rows.append(row)
    rows = np.array(open_rows, dtype=np.int64)
    rows = rows[_first_of_place(evidence, rows, settings.hit)]
    support = [_support(evidence, pairs, logit, int(row)) for row in rows]
    figures = _table([logit[rows], [typical[int(one)].own for one in found.class_id[rows]], support, inside[rows]])
    return Claims(np.full(len(rows), NONE), rows, found.class_id[rows], figures)


def _first_of_place(evidence: Evidence, rows: IntArray, same: float) -> IntArray:
    """Places among rows: where several classes claim one place, the surest."""
    found = evidence.found
    keep: list[int] = []
    for place in np.argsort(-found.logit[rows], kind="stable"):
        row = rows[place]
        mine = [rows[other] for other in keep if found.image[rows[other]] == found.image[row]]
        if iou(found.xyxy[row][None], found.xyxy[mine]).max(initial=0.0) < same:
            keep.append(int(place))
    return np.array(sorted(keep), dtype=np.int64)


def _support(evidence: Evidence, pairs: Pairs, logit: FloatArray, row: int) -> float:
    """Finds of the class that are as sure: the logarithm of those that lie on boxes against those that do not."""
    as_sure = (evidence.found.class_id == evidence.found.class_id[row]) & (logit >= logit[row])
    on_boxes = int((as_sure & (pairs.box_of != NONE)).sum())
    return float(np.log((1 + on_boxes) / (1 + int(as_sure.sum()) - on_boxes)))


def _loose(
    evidence: Evidence,
    rows: IntArray,
    pairs: Pairs,
    own: FloatArray,
    typical: Mapping[int, Typical],
    settings: LabelErrorSettings,
) -> Claims:
    """Figures: log odds of the find and of the box as it is, logarithm of their overlap, what overlap is usual, and how
    far below that it is in spreads.
    """
    rows = rows[(pairs.found_of[rows] != NONE) & (pairs.overlap[rows] < settings.tight)]
    class_id, overlap = evidence.boxes.class_id[rows], pairs.overlap[rows]
    usual = [typical[int(one)] for one in class_id]
    below = [(one.overlap - mine) / (one.spread + settings.spread) for one, mine in zip(usual, overlap, strict=True)]
    at = {int(one): place for place, one in enumerate(evidence.classes)}
    itself = [evidence.boxes.logit[row, at[int(one)]] for row, one in zip(rows, class_id, strict=True)]
    found = pairs.found_of[rows]
    figures = _table([
        _clipped(evidence.found.logit[found], settings), _clipped(np.asarray(itself, np.float32), settings),
        np.log(overlap), [one.overlap for one in usual], below,
    ])  # fmt: skip
    return Claims(rows, found, class_id, figures)
