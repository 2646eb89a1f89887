"""Thresholds and honest figures from held-out shots: what precision and recall a class may expect, and how sure that
is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.class_model.metrics import ClassMetrics, average_precision, curve, curve_points, figures
from training.engine.core.arrays import EPSILON, BoolArray, FloatArray, logit, sigmoid
from training.engine.tuning.class_model import ThresholdSettings
from training.protocol.limits import AIMS, MIN_SHOTS

NEVER = 1.0
SAME_F1 = 1e-6


def best_threshold(probability: FloatArray, hit: BoolArray, truths: int, settings: ThresholdSettings) -> float:
    """The threshold with the best F1 on held-out shots, drawn towards the default as far as the shots are few.

    Ten shots place it badly, and too low: what is easy in shot images is not all that new images hold.

    The middle of the gap below the last box that is kept, in log odds: the value itself would sit on a lucky edge.
    """
    if not len(probability) or not hit.any():
        return settings.review
    precision, recall, thresholds = curve(probability, hit, truths)
    f1 = 2 * precision * recall / np.maximum(precision + recall, EPSILON)
    last = int(np.flatnonzero(f1 >= f1.max() - SAME_F1)[-1])
    above = float(logit(thresholds[last]))
    below = float(logit(thresholds[last + 1])) if last + 1 < len(thresholds) else above - 1.0
    middle = (above + max(below, above - settings.widest_gap)) / 2
    trust = truths / (truths + settings.prior_shots)
    return float(sigmoid(trust * middle + (1 - trust) * float(logit(settings.review))))


def measure(
    probability: FloatArray, hit: BoolArray, truths: int, images: int, settings: ThresholdSettings, points: int
) -> ClassMetrics:
    """Thresholds and figures from the suggestions that held-out shot images would have got.

    probability, hit: (n,) of those suggestions. truths: shots. images: with shots. points: of the curve that is kept.
    """
    if truths < MIN_SHOTS or images < 2:
        return ClassMetrics(truths, settings.review, NEVER, "none")
    review = best_threshold(probability, hit, truths, settings)
    auto = _auto_threshold(probability, hit, review, settings)
    kept = probability >= review
    hits, count = int(hit[kept].sum()), int(kept.sum())
    p, r, t = curve(probability, hit, truths)
    return ClassMetrics(
        truths, review, auto, "loo", **figures(hits, count, truths), ap50=average_precision(p, r),
        pr_curve=curve_points(p, r, t, count - 1, points),
    )  # fmt: skip


def unmeasured_shift(shots: int, settings: ThresholdSettings) -> float:
    """Log odds that the fusion's probabilities are too low by where no shot could be held out."""
    return settings.unmeasured_shift / max(shots, 1)


def bolder(review: float, shots: int, settings: ThresholdSettings) -> float:
    """A lower review threshold for a class that many images hold.

    Held-out shots were scored by classifiers of fewer shots, which are less sure.

    Of a rare class it stays: there are more look-alikes than objects, and shot images show few of them.
    """
    return float(sigmoid(logit(np.float32(review)) - settings.bolder / max(shots, 1)))


def unmeasured_threshold(best: Sequence[FloatArray], settings: ThresholdSettings) -> float:
    """The review threshold where no shot could be held out, from what was found: per image to label the objects'
    probabilities.

    The one with the best expected F1, were the probabilities true.
    """
    p = -np.sort(-np.concatenate([np.zeros(0, dtype=np.float32), *best]))
    if not len(p):
        return settings.review
    expected = 2 * np.cumsum(p) / (np.arange(1, len(p) + 1) + p.sum())
    return float(np.clip(p[int(expected.argmax())], settings.lowest_review, settings.review))


def above_crowd(probability: FloatArray, review: float, settings: ThresholdSettings) -> float:
    """The review threshold, moved up to the emptiest place where it cut through a crowd of objects and a surer heap
    lies apart.

    Only where the crowd is larger than the heap: a class that few images hold may have many look-alikes that no shot
    image showed, all of them about as likely, and none as likely as the objects. probability: (n,) of the distinct
    objects in all images to label.
    """
    places = np.linspace(float(logit(review)), float(logit(settings.last_place)), settings.places)
    objects = np.sort(logit(probability))
    count, edges = np.histogram(objects, bins=settings.bins)
    density = np.exp(-(((places[:, None] - (edges[:-1] + edges[1:]) / 2) / settings.blur) ** 2) / 2) @ count
    above = len(objects) - np.searchsorted(objects, places)
    later = np.maximum.accumulate(density[::-1])[::-1]
    able = (above >= settings.heap) & (above[0] >= 2 * above) & (places <= float(logit(settings.highest_review)))
    able &= (density <= settings.empty * density[0]) & (later >= settings.fuller * density)
    if not able.any():
        return review
    return float(sigmoid(places[np.where(able, density, np.inf).argmin()]))


def aimed(review: float, aim: str, settings: ThresholdSettings) -> float:
    """The review threshold for one of AIMS. review: the one that saves most time; the others lie above it."""
    higher = (0.0, *settings.stricter)[AIMS.index(aim)]
    return float(sigmoid(logit(np.float32(review)) + higher)) if higher else review


def _auto_threshold(probability: FloatArray, hit: BoolArray, review: float, settings: ThresholdSettings) -> float:
    """Clearly above every held-out mistake, and never below what the default asks for."""
    wrong = probability[~hit]
    largest = float(wrong.max()) if len(wrong) else 0.0
    edge = float(sigmoid(logit(largest) + settings.clear)) if largest > 0 else 0.0
    return float(min(max(settings.auto, edge, review), settings.highest_auto))


def state_of(probability: float, review: float, auto: float) -> str | None:
    """auto, review, or None for what is dropped. auto: NEVER (1) where nothing is to be accepted unseen."""
    if probability < review:
        return None
    return "auto" if auto < NEVER and probability >= auto else "review"
