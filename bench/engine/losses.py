"""Where true boxes are lost on the way from proposal to suggestion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.engine.traces import Trace
from training.engine.core.arrays import BoolArray
from training.engine.core.boxes import iou, matches

HIT = 0.5


@dataclass(frozen=True, slots=True)
class Losses:
    """True boxes of a draw: how many, and at which step each that was not suggested was lost.

    never_proposed: no source's box hits it. corrected_away: only before correction. cut: joined with others or beyond
    the limit of candidates. unseen: no candidate that hits it had its crop looked at. suppressed: an object beside it
    took its place. scored_low: below what is kept on file. under_threshold: kept on file, not suggested. suggested:
    found.
    """

    truths: int
    never_proposed: int
    corrected_away: int
    cut: int
    unseen: int
    suppressed: int
    scored_low: int
    under_threshold: int
    suggested: int


def losses_of(one: Trace) -> Losses:
    """Follows each true box."""
    arrays = one.arrays
    counts = np.zeros(len(Losses.__slots__) - 1, dtype=np.int64)
    for number in np.unique(arrays["truth_image"]).tolist():
        truths = arrays["truth_xyxy"][arrays["truth_image"] == number]

        def hit(
            prefix: str, mask: BoolArray | None = None, truths: np.ndarray = truths, number: int = number
        ) -> BoolArray:
            image, boxes = arrays[f"{prefix}_image"], arrays[f"{prefix}_xyxy"]
            rows = image == number if mask is None else (image == number) & mask
            return np.asarray(iou(boxes[rows], truths).max(axis=0, initial=0.0) >= HIT)

        raw = hit("raw")
        corrected = np.asarray(
            iou(arrays["raw_corrected"][arrays["raw_image"] == number], truths).max(axis=0, initial=0.0) >= HIT
        )
        kept = hit("last_found")
        likely = hit("last_found", arrays["last_p"] >= 0.01)
        seen = hit("first_found", arrays["seen"]) | likely
        filed, suggested = _found(one, number, truths, False), _found(one, number, truths, True)
        steps = [
            ~raw & ~corrected & ~kept, raw & ~corrected & ~kept, (raw | corrected) & ~kept, kept & ~seen,
            kept & seen & likely & ~filed, kept & seen & ~likely & ~filed, filed & ~suggested, suggested,
        ]  # fmt: skip
        steps[2] &= ~steps[1] & ~suggested
        done = np.zeros(len(truths), dtype=bool)
        for place in reversed(range(len(steps))):
            mine = steps[place] & ~done
            counts[place] += int(mine.sum())
            done |= mine
    return Losses(len(arrays["truth_image"]), *(int(count) for count in counts))


def _found(one: Trace, number: int, truths: np.ndarray, only_suggested: bool) -> BoolArray:
    arrays = one.arrays
    rows = arrays["object_image"] == number
    if only_suggested:
        rows &= arrays["object_state"] > 0
    order = np.argsort(-arrays["object_p"][rows], kind="stable")
    found = matches(arrays["object_xyxy"][rows][order], truths, HIT)
    return np.isin(np.arange(len(truths)), found[found >= 0])
