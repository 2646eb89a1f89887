"""Figures of boxes against the truth: precision, recall, F1, AP, overlap, calibration, and the minutes that they save a
person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.analysis.time_saved import ADJUST, DRAW, LOOK
from training.engine.coco.metrics import CocoFigures, Find, coco_figures

HIT = 0.5
STRICT = 0.75
BINS = 10
Box = Sequence[float]


@dataclass(frozen=True, slots=True)
class Guess:
    """A box that something found: xywh pixels, its probability, and whether it was suggested, and to be accepted
    unseen.
    """

    image: str
    box: Box
    score: float
    kept: bool = True
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions of like probability: how many, how many hits their probabilities promise, how many there were.

    by_chance: how far the two would lie apart on average, were the probabilities perfect.
    """

    place: int
    count: int
    promised: float
    hits: int
    by_chance: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all tested images of one class. best_f1: at the best threshold in hindsight; recall_all: of everything kept on
    file.

    ece_by_chance: what ece would be on average, were the probabilities perfect: the fewer suggestions, the more.
    ap50 is the area under the whole curve; coco's is pycocotools' own, of 101 points.
    """

    precision: float
    recall: float
    f1: float
    best_f1: float
    ap50: float
    f1_strict: float
    mean_iou: float
    recall_all: float
    auto_precision: float | None
    auto_share: float
    ece: float
    ece_by_chance: float
    bins: list[Bin]
    minutes_by_hand: float
    minutes_saved: float
    coco: CocoFigures

    def rounded(self) -> dict[str, Any]:
        """As plain numbers."""
        flat = asdict(self)
        bins = [_rounded(one) for one in flat.pop("bins")]
        return {**_rounded(flat), "bins": bins, "coco": _rounded(flat.pop("coco"))}


def _rounded(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in numbers.items()}


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two COCO boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inner = max(width, 0.0) * max(height, 0.0)
    return inner / (a[2] * a[3] + b[2] * b[3] - inner)


def matched(guesses: Sequence[Guess], truths: Mapping[str, Sequence[Box]], least: float) -> list[float]:
    """Each guess's overlap with the truth that it finds, best guess first; 0 where it finds none that is still free."""
    free = {name: list(boxes) for name, boxes in truths.items()}
    found = []
    for guess in guesses:
        left = free[guess.image]
        best = max(left, key=lambda box: overlap(box, guess.box), default=None)
        share = 0.0 if best is None else overlap(best, guess.box)
        if best is not None and share >= least:
            left.remove(best)
            found.append(share)
        else:
            found.append(0.0)
    return found


def figures(guesses: Sequence[Guess], truths: Mapping[str, Sequence[Box]]) -> Figures:
    """All figures of one class."""
    order = sorted(guesses, key=lambda guess: -guess.score)
    total = sum(map(len, truths.values()))
    shares = matched(order, truths, HIT)
    hits, area, last, best = 0, 0.0, 0.0, 0.0
    curve = []
    for count, share in enumerate(shares, start=1):
        hits += share > 0
        best = max(best, 2 * hits / (count + total))
        curve.append((hits / max(total, 1), hits / count))
    envelope, top = [], 0.0
    for _, precision in reversed(curve):
        top = max(top, precision)
        envelope.append(top)
    for (recall, _), level in zip(curve, reversed(envelope), strict=True):
        area += (recall - last) * level
        last = recall
    kept = [guess for guess in order if guess.kept]
    own = matched(kept, truths, HIT)
    true = [share for share in own if share > 0]
    strict = sum(share > 0 for share in matched(kept, truths, STRICT))
    auto = [share > 0 for guess, share in zip(kept, own, strict=True) if guess.auto]
    bins = calibration_bins(kept, own)
    by_hand = total * DRAW
    spent = len(kept) * LOOK + sum(share < STRICT for share in true) * ADJUST + (total - len(true)) * DRAW
    return Figures(
        precision=len(true) / max(len(kept), 1), recall=len(true) / max(total, 1),
        f1=2 * len(true) / max(len(kept) + total, 1), best_f1=best, ap50=area,
        f1_strict=2 * strict / max(len(kept) + total, 1), mean_iou=sum(true) / max(len(true), 1),
        recall_all=hits / max(total, 1), auto_precision=sum(auto) / len(auto) if auto else None,
        auto_share=sum(auto) / max(len(true), 1), ece=calibration(bins),
        ece_by_chance=sum(one.by_chance for one in bins) / max(len(kept), 1), bins=bins,
        minutes_by_hand=by_hand / 60, minutes_saved=(by_hand - spent) / 60,
        coco=_coco(order, truths),
    )  # fmt: skip


def _coco(guesses: Sequence[Guess], truths: Mapping[str, Sequence[Box]]) -> CocoFigures:
    found: dict[str, list[Find]] = {}
    for guess in guesses:
        found.setdefault(guess.image, []).append(Find(corners(guess.box), guess.score))
    return coco_figures(found, {name: [corners(box) for box in boxes] for name, boxes in truths.items()})


def corners(box: Box) -> Box:
    """A COCO box as xyxy."""
    return (box[0], box[1], box[0] + box[2], box[1] + box[3])


def calibration_bins(kept: Sequence[Guess], shares: Sequence[float]) -> list[Bin]:
    """The suggestions in ten bins of their probability; empty bins are left out."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for guess, share in zip(kept, shares, strict=True):
        bins.setdefault(min(int(guess.score * BINS), BINS - 1), []).append((guess.score, share > 0))
    return [
        Bin(place, len(rows), sum(p for p, _ in rows), sum(hit for _, hit in rows), by_chance([p for p, _ in rows]))
        for place, rows in sorted(bins.items())
    ]  # fmt: skip


def by_chance(scores: Sequence[float]) -> float:
    """How far the number of hits would lie from what the probabilities promise, were they perfect: the mean of |hits -
    sum|.
    """
    chance = np.ones(1)
    for score in scores:
        chance = np.convolve(chance, [1 - score, score])
    return float((chance * np.abs(np.arange(len(chance)) - sum(scores))).sum())


def calibration(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far probabilities and shares of hits lie apart, bin by bin."""
    return sum(abs(one.promised - one.hits) for one in bins) / max(sum(one.count for one in bins), 1)


def pooled(runs: Sequence[Sequence[Bin]]) -> list[Bin]:
    """Several runs' bins as one set of bins. What chance makes of them is left out: it does not add up."""
    places = sorted({one.place for bins in runs for one in bins})
    own = {place: [one for bins in runs for one in bins if one.place == place] for place in places}
    return [
        Bin(place, sum(one.count for one in rows), sum(one.promised for one in rows), sum(one.hits for one in rows), 0)
        for place, rows in own.items()
    ]  # fmt: skip
