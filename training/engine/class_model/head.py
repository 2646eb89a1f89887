"""A class's own head: a linear classifier and a linear box regressor on the frozen detector's dense features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from training.engine.class_model.logistic import Solver
from training.engine.core.arrays import EPSILON, BoolArray, FloatArray, IntArray, sigmoid
from training.engine.core.boxes import nms
from training.engine.core.dense import Dense, Level, Proposals, View
from training.engine.tuning.class_model import HeadSettings

LEAST_SPREAD = 1e-3  # feature units, and network pixels of half a box: keeps divisions finite
GRADIENT_TOLERANCE, CHANGE_TOLERANCE = 1e-4, 1e-6
LOG_REACH = (-4, 5)  # strides, as logarithms, between which a decoded distance lies


@dataclass(frozen=True, slots=True)
class Samples:
    """Anchors of one level to learn from: features, label, weight, group and box targets (NaN for negatives)."""

    x: FloatArray
    y: BoolArray
    weight: FloatArray
    group: IntArray
    target: FloatArray


@dataclass(frozen=True, slots=True)
class LevelHead:
    """Weights of one level: classifier (c,) and bias, box regressor (c, 4) and bias, on raw features."""

    weight: FloatArray
    bias: float
    box_weight: FloatArray
    box_bias: FloatArray


@dataclass(frozen=True, slots=True)
class ClassHead:
    """The head of one class; a level where no shot lies has none."""

    levels: tuple[LevelHead | None, ...]
    settings: HeadSettings

    def logits(self, dense: Dense) -> list[FloatArray | None]:
        """Per level the (anchors,) log odds of each anchor, None where the level has no head."""
        return [
            None if head is None else _apply(level, head.weight[:, None])[:, 0] + head.bias
            for head, level in zip(self.levels, dense.levels, strict=True)
        ]

    def boxes(self, dense: Dense, logits: Sequence[FloatArray | None], most: int) -> tuple[Proposals, FloatArray]:
        """At most so many boxes where the class may be, best first, with the logits behind their scores."""
        found, boxes = [], []
        for head, level, raw in zip(self.levels, dense.levels, logits, strict=True):
            if head is None or raw is None:
                continue
            top = np.argsort(-raw, kind="stable")[: self.settings.top]
            distances = level.features(top) @ head.box_weight + head.box_bias
            found.append(raw[top])
            boxes.append(_decode(level.centres()[top], distances, level.stride))
        if not found:
            return Proposals.none(), np.zeros(0, dtype=np.float32)
        logit = np.concatenate(found)
        xyxy = dense.to_image(np.concatenate(boxes))
        order = np.argsort(-logit, kind="stable")[: self.settings.top]
        order = order[((xyxy[order, 2:] - xyxy[order, :2]) > 1).all(axis=1)]
        logit, xyxy = logit[order], xyxy[order]
        keep = nms(xyxy, logit, self.settings.overlap)[:most]
        return Proposals.of(xyxy[keep], sigmoid(logit[keep]), "head"), logit[keep]


def logits_at(
    dense: Dense, logits: Sequence[FloatArray | None], boxes: FloatArray, settings: HeadSettings
) -> FloatArray:
    """(n,) a head's log odds at the centre of any box (n, 4): of the best anchor there on the levels that suit its
    size.
    """
    best = np.full(len(boxes), settings.absent, dtype=np.float32)
    inner = dense.to_network(boxes)
    for place, (level, logit) in enumerate(zip(dense.levels, logits, strict=True)):
        if logit is None:
            continue
        suits = _suits(inner, level.stride, place, len(dense.levels), settings)
        centres = level.centres()
        for index in np.flatnonzero(suits):
            best[index] = max(best[index], float(logit[_near(centres, inner[index], settings)].max()))
    return best


def _apply(level: Level, weight: FloatArray) -> FloatArray:
    """(n, k) products of all anchors' features, without a float copy of them on the way."""
    codes = torch.from_numpy(level.codes).float()
    return np.asarray((codes @ torch.from_numpy(weight * level.scale[:, None]).clone()).numpy(), dtype=np.float32)


def _decode(centres: FloatArray, distances: FloatArray, stride: int) -> FloatArray:
    reach = np.exp(np.clip(distances, *LOG_REACH)) * stride
    return np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1).astype(np.float32)


def _suits(boxes: FloatArray, stride: int, place: int, count: int, settings: HeadSettings) -> BoolArray:
    """Which boxes a level should find: by the ratio of their size to its stride, with an overlap of one octave."""
    ratio = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)) / stride
    low = 0.0 if place == 0 else settings.low_ratio
    high = np.inf if place == count - 1 else settings.high_ratio
    return np.asarray((ratio >= low) & (ratio <= high))


def _offset(centres: FloatArray, box: FloatArray) -> FloatArray:
    """(n,) distance of anchors from a box's centre: 0 there, 1 on its edge."""
    middle = (box[:2] + box[2:]) / 2
    half = np.maximum((box[2:] - box[:2]) / 2, LEAST_SPREAD)
    return np.asarray(np.abs((centres - middle) / half).max(axis=1), dtype=np.float32)


def _near(centres: FloatArray, box: FloatArray, settings: HeadSettings) -> IntArray:
    """The anchors that stand for a box: those about its centre, at least the nearest one."""
    offset = _offset(centres, box)
    order = np.argsort(offset, kind="stable")[: settings.nearest]
    return np.asarray(order[(offset[order] < settings.centre) | (np.arange(len(order)) == 0)], dtype=np.int64)


def sample(views: Sequence[View], seed: int, settings: HeadSettings) -> list[Samples]:
    """Anchors to learn from, per level. The same views and seed give the same anchors."""
    count = len(views[0].dense.levels)
    return [_sample_level(views, place, count, seed, settings) for place in range(count)]


def _sample_level(views: Sequence[View], place: int, count: int, seed: int, settings: HeadSettings) -> Samples:
    rows: list[tuple[FloatArray, BoolArray, FloatArray, IntArray, FloatArray]] = []
    for number, view in enumerate(views):
        level = view.dense.levels[place]
        rng = np.random.default_rng([seed, place, number])
        index, label, weight, target = _pick(view, level, place, count, rng, settings)
        group = np.full(len(index), view.group, dtype=np.int64)
        rows.append((level.features(index), label, weight, group, target))
    x, y, weight, group, target = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return Samples(x, y, weight, group, target)


def _pick(
    view: View, level: Level, place: int, count: int, rng: np.random.Generator, settings: HeadSettings
) -> tuple[IntArray, BoolArray, FloatArray, FloatArray]:
    centres = level.centres()
    boxes = view.dense.to_network(view.positives)
    real = ((boxes[:, 2:] - boxes[:, :2]) > 1).all(axis=1) if len(boxes) else np.zeros(0, dtype=bool)
    boxes = boxes[real]
    suits = _suits(boxes, level.stride, place, count, settings)
    offsets = np.stack([_offset(centres, box) for box in boxes]) if len(boxes) else np.full((1, len(centres)), np.inf)
    positive = np.zeros(len(centres), dtype=bool)
    index: list[IntArray] = []
    weight: list[FloatArray] = []
    target: list[FloatArray] = []
    for box in boxes[suits]:
        near = _near(centres, box, settings)
        positive[near] = True
        index.append(near)
        weight.append(np.full(len(near), 1.0 / len(near), dtype=np.float32))
        reach = np.concatenate([centres[near] - box[:2], box[2:] - centres[near]], axis=1) / level.stride
        target.append(np.log(np.maximum(reach, settings.least_reach)).astype(np.float32))
    positives = sum(map(len, index))
    nearest = offsets.min(axis=0)
    open_to_all = ~positive & ~_in_regions(centres, view.dense.to_network(view.regions))
    parts = (nearest < 1) & (nearest > settings.part) & open_to_all
    negative = [_some(parts, settings.part_negatives, rng)]
    if view.complete:
        negative.append(_some((nearest >= 1.0) & open_to_all, settings.background, rng))
    for box in view.dense.to_network(view.negatives):
        near = _near(centres, box, settings)
        negative.append(near[~positive[near]])
    counter_examples = np.concatenate(negative)
    both = np.concatenate([*index, counter_examples]).astype(np.int64)
    label = np.arange(len(both)) < positives
    weights = np.concatenate([*weight, np.ones(len(counter_examples), dtype=np.float32)]).astype(np.float32)
    blank = np.full((len(counter_examples), 4), np.nan, dtype=np.float32)
    return both, label, weights, np.concatenate([*target, blank]).astype(np.float32)


def _in_regions(centres: FloatArray, regions: FloatArray) -> BoolArray:
    """(n,) which anchors lie where nobody says what there is."""
    x, y = centres[:, 0, None], centres[:, 1, None]
    inside = (x >= regions[:, 0]) & (x <= regions[:, 2]) & (y >= regions[:, 1]) & (y <= regions[:, 3])
    return np.asarray(inside.any(axis=1))


def _some(mask: BoolArray, most: int, rng: np.random.Generator) -> IntArray:
    index = np.flatnonzero(mask)
    return index if len(index) <= most else np.sort(rng.choice(index, most, replace=False))


class Fitter:
    """Fits heads to the same samples with some groups left out; what all fits share is computed once."""

    def __init__(self, samples: Sequence[Samples], settings: HeadSettings) -> None:
        self._samples = samples
        self._settings = settings
        self._frames = []
        for level in samples:
            mean, std = level.x.mean(axis=0), level.x.std(axis=0) + LEAST_SPREAD
            self._frames.append((mean, std, torch.from_numpy((level.x - mean) / std)))
        self._start: list[torch.Tensor | None] = [None] * len(samples)

    def fit(self, without: set[int] | frozenset[int] = frozenset()) -> ClassHead:
        """The head that all groups but these give."""
        return ClassHead(tuple(self._level(place, without) for place in range(len(self._samples))), self._settings)

    def _level(self, place: int, without: set[int] | frozenset[int]) -> LevelHead | None:
        data = self._samples[place]
        mean, std, x = self._frames[place]
        used = ~np.isin(data.group, list(without))
        positive = used & data.y
        negative = used & ~data.y
        if not positive.any():
            return None
        share = self._settings.positive_share
        weight = np.where(positive, share * data.weight / max(data.weight[positive].sum(), EPSILON), 0)
        if negative.any():
            weight = weight + np.where(negative, (1 - share) * data.weight / data.weight[negative].sum(), 0)
        w, bias = _logistic(
            x, torch.from_numpy(data.y), torch.from_numpy(weight.astype(np.float32)), self._start[place], self._settings
        )
        if not without:
            self._start[place] = torch.cat([w, bias[None]])
        picked = x[torch.from_numpy(positive)].numpy()
        box_w, box_b = _ridge(picked, data.target[positive], data.weight[positive], self._settings.ridge)
        plain = w.numpy() / std
        plain_box = box_w / std[:, None]
        return LevelHead(
            plain.astype(np.float32), float(bias) - float(mean @ plain),
            plain_box.astype(np.float32), (box_b - mean @ plain_box).astype(np.float32),
        )  # fmt: skip


def _logistic(
    x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor, start: torch.Tensor | None, settings: HeadSettings
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted logistic regression with an L2 penalty; strictly convex, so the start changes only the time it takes.

    Rows of no weight stay in: leaving them out would copy all others, and the gradient by hand takes half of autograd's
    time.
    """
    label = y.float()
    vector = torch.zeros(x.shape[1] + 1) if start is None else start.clone()
    solver = Solver(
        [vector],
        max_iter=settings.steps,
        line_search_fn="strong_wolfe",
        tolerance_grad=GRADIENT_TOLERANCE,
        tolerance_change=CHANGE_TOLERANCE,
    )

    @torch.no_grad()
    def loss() -> torch.Tensor:
        w = vector[:-1]
        logit = x @ w + vector[-1]
        slope = weight * (torch.sigmoid(logit) - label)
        vector.grad = torch.cat([slope @ x + settings.l2 * w, slope.sum()[None]])
        each = weight * (torch.nn.functional.softplus(logit) - label * logit)
        return each.sum() + settings.l2 / 2 * (w @ w)

    solver.step(loss)  # type: ignore[no-untyped-call]
    return vector[:-1], vector[-1]


def _ridge(x: FloatArray, target: FloatArray, weight: FloatArray, ridge: float) -> tuple[FloatArray, FloatArray]:
    """Weighted ridge regression in its dual form: there are fewer positives than features."""
    root = np.sqrt(weight / weight.mean())[:, None].astype(np.float64)
    mean_x = (root**2 * x).sum(0) / (root**2).sum()
    mean_t = (root**2 * target).sum(0) / (root**2).sum()
    a = (x - mean_x) * root
    b = (target - mean_t) * root
    if len(a) < a.shape[1]:
        w = a.T @ np.linalg.solve(a @ a.T + ridge * len(a) * np.eye(len(a)), b)
    else:
        w = np.linalg.solve(a.T @ a + ridge * len(a) * np.eye(a.shape[1]), a.T @ b)
    return w.astype(np.float32), (mean_t - mean_x @ w).astype(np.float32)
