"""Thresholds and honest figures from held-out shots: what precision and recall a class may expect, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.class_model.metrics import Measured, _figures, _points, average_precision, curve
from training.engine.core.arrays import BoolArray, FloatArray, logit, sigmoid
from training.protocol.limits import MIN_SHOTS

# Ten shots place a threshold badly, and always too low: what is easy in shot images is not all that new images hold. The
# default is what several unlike sets of photos agree on; shots move it as far as they are many.
DEFAULT_REVIEW = 0.5
UNMEASURED_REVIEW = 0.5
LOWEST_REVIEW = 0.3
BOLDER = 3.0  # log odds of one shot: ten shots move it by .3
DEFAULT_AUTO = 0.92
NEVER = 1.0
# A threshold that cuts through a crowd of objects while a heap of surer ones lies apart: how blurred the objects are (log odds), how much
# emptier than the crowd the place between must be and how much fuller the heap, how many objects a heap has, and how high to go.
BLUR = 0.5
EMPTY, FULLER = 0.25, 1.3
ENOUGH = 5
BINS = 500
HIGHEST_REVIEW = 0.9
# Log odds between the worst held-out mistake and what may be accepted unseen: where look-alikes exist, more will come.
CLEAR = 1.5
PRIOR_SHOTS = 30.0


def best_threshold(probability: FloatArray, hit: BoolArray, truths: int) -> float:
    """The threshold with the best F1 on held-out shots, drawn towards the default as far as the shots are few.

    The middle of the gap below the last box that is kept, in log odds: the value itself would sit on a lucky edge.
    """
    if not len(probability) or not hit.any():
        return DEFAULT_REVIEW
    precision, recall, thresholds = curve(probability, hit, truths)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    last = int(np.flatnonzero(f1 >= f1.max() - 1e-6)[-1])
    above = float(logit(thresholds[last]))
    below = float(logit(thresholds[last + 1])) if last + 1 < len(thresholds) else above - 1.0
    middle = (above + max(below, above - 2.0)) / 2
    trust = truths / (truths + PRIOR_SHOTS)
    return float(sigmoid(trust * middle + (1 - trust) * float(logit(DEFAULT_REVIEW))))


def measure(probability: FloatArray, hit: BoolArray, truths: int, images: int) -> Measured:
    """Thresholds and figures from the suggestions that held-out shot images would have got."""
    if truths < MIN_SHOTS or images < 2:
        return Measured(truths, UNMEASURED_REVIEW, NEVER, "none")
    review = best_threshold(probability, hit, truths)
    auto = _auto_threshold(probability, hit, review)
    kept = probability >= review
    hits, count = int(hit[kept].sum()), int(kept.sum())
    p, r, t = curve(probability, hit, truths)
    return Measured(
        truths, review, auto, "loo", **_figures(hits, count, truths), ap50=average_precision(p, r),
        pr_curve=_points(p, r, t, count - 1),
    )  # fmt: skip


def unmeasured_shift(shots: int) -> float:
    """How much surer a class is than it dares where no shot could be held out: log odds, from 50 draws of one to four boxes."""
    return 1 + 1 / max(shots, 1)


def bolder(review: float, shots: int) -> float:
    """The review threshold of a class that many images hold: judges of held-out shots were taught by fewer, and dared too little.

    Of a rare class it stays: there are more look-alikes than objects, and shot images show few of them.
    """
    return float(sigmoid(logit(np.float32(review)) - BOLDER / max(shots, 1)))


def unmeasured_threshold(best: Sequence[FloatArray]) -> float:
    """The review threshold where no shot could be held out, from what was found: per image to label the objects' probabilities.

    The one with the best expected F1, were the probabilities true.
    """
    p = -np.sort(-np.concatenate([np.zeros(0, dtype=np.float32), *best]))
    if not len(p):
        return UNMEASURED_REVIEW
    expected = 2 * np.cumsum(p) / (np.arange(1, len(p) + 1) + p.sum())
    return float(np.clip(p[int(expected.argmax())], LOWEST_REVIEW, UNMEASURED_REVIEW))


def above_crowd(probability: FloatArray, review: float) -> float:
    """The review threshold, moved up to the emptiest place where it cut through a crowd of objects and a surer heap lies apart.

    Only where the crowd is larger than the heap: a class that few images hold may have many look-alikes that no shot image showed,
    all of them about as likely, and none as likely as the objects. probability: (n,) of the distinct objects in all images to label.
    """
    places = np.linspace(float(logit(review)), float(logit(0.995)), 120)
    objects = np.sort(logit(probability))
    count, edges = np.histogram(
        objects, bins=BINS
    )  # of a million objects the distances themselves would take gigabytes
    density = np.exp(-(((places[:, None] - (edges[:-1] + edges[1:]) / 2) / BLUR) ** 2) / 2) @ count
    above = len(objects) - np.searchsorted(objects, places)
    later = np.maximum.accumulate(density[::-1])[::-1]
    able = (above >= ENOUGH) & (above[0] >= 2 * above) & (places <= float(logit(HIGHEST_REVIEW)))
    able &= (density <= EMPTY * density[0]) & (later >= FULLER * density)
    if not able.any():
        return review
    return float(sigmoid(places[np.where(able, density, np.inf).argmin()]))


def _auto_threshold(probability: FloatArray, hit: BoolArray, review: float) -> float:
    """Clearly above every held-out mistake, and never below what the default asks for."""
    wrong = probability[~hit]
    worst = float(wrong.max()) if len(wrong) else 0.0
    edge = float(sigmoid(logit(worst) + CLEAR)) if worst > 0 else 0.0
    return float(min(max(DEFAULT_AUTO, edge, review), 0.999))


def state_of(probability: float, review: float, auto: float) -> str | None:
    """auto, review, or None for what is dropped. auto: NEVER (1) where nothing is to be accepted unseen."""
    if probability < review:
        return None
    return "auto" if auto < NEVER and probability >= auto else "review"
