"""The box regressor: two linear regressions in a row on what the detector's box branch sees around a box.

After the corrector of "Label, Verify, Correct" (CVPR 2022, section 3.4): a cascade on frozen features, fitted to
jittered true boxes. Here the true boxes are the class's own shots, and each step is a ridge regression that takes
milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import BoolArray, FloatArray, IntArray
from training.engine.core.dense import Dense, View
from training.engine.tuning.class_model import CorrectorSettings

FINEST_STRIDE = 8  # network pixels; strides double from level to level
JITTER_STREAM = 23


@dataclass(frozen=True, slots=True)
class Step:
    """One regression of one level: features (grid * grid * c) to edge shifts (4) in widths and heights."""

    weight: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True)
class Corrector:
    """steps: for each step of the cascade one regression per level, None where no shot lies on that level."""

    steps: tuple[tuple[Step | None, ...], ...]
    settings: CorrectorSettings

    def __call__(self, dense: Dense, boxes: FloatArray) -> FloatArray:
        """(n, 4) boxes in pixels of the image, each moved to the edges of the object that it lies on."""
        inner = dense.to_network(boxes)
        for levels in self.steps:
            place = level_of(inner, len(dense.levels), self.settings.cells)
            for at, step in enumerate(levels):
                rows = np.flatnonzero(place == at)
                if step is not None and len(rows):
                    shift = around(dense, at, inner[rows], self.settings.grid) @ step.weight + step.bias
                    inner[rows] = shifted(inner[rows], shift, self.settings.farthest)
        return dense.to_image(inner)


def level_of(boxes: FloatArray, count: int, cells: float) -> IntArray:
    """(n,) the level, of `count`, on which a box (network pixels) spans about so many cells."""
    size = np.sqrt(np.clip(boxes[:, 2:] - boxes[:, :2], 1, None).prod(axis=1))
    return np.asarray(np.clip(np.round(np.log2(size / cells / FINEST_STRIDE)), 0, count - 1), dtype=np.int64)


def around(dense: Dense, place: int, boxes: FloatArray, grid: int) -> FloatArray:
    """(n, grid * grid * c) the box branch's features on a grid over each box, interpolated between cells."""
    level = dense.levels[place]
    height, width = level.height, level.width
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    unit = np.linspace(-1, 1, grid, dtype=np.float32)
    xs = np.clip((middle[:, :1] + half[:, :1] * unit) / level.stride - 0.5, 0, width - 1)
    ys = np.clip((middle[:, 1:] + half[:, 1:] * unit) / level.stride - 0.5, 0, height - 1)
    left, top = np.floor(xs).astype(np.int64), np.floor(ys).astype(np.int64)
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x_share, y_share = (xs - left)[:, None, :, None], (ys - top)[:, :, None, None]
    codes = level.codes.reshape(height, width, -1)[..., -level.edge :]

    def at(rows: IntArray, columns: IntArray) -> FloatArray:
        return codes[rows[:, :, None], columns[:, None, :]].astype(np.float32)

    upper = at(top, left) * (1 - x_share) + at(top, right) * x_share
    lower = at(low, left) * (1 - x_share) + at(low, right) * x_share
    mixed = (upper * (1 - y_share) + lower * y_share) * level.scale[-level.edge :]
    return np.asarray(mixed.reshape(len(boxes), -1), dtype=np.float32)


def shifted(boxes: FloatArray, shift: FloatArray, farthest: float) -> FloatArray:
    """Boxes with their edges moved by shares of their width and height; never turned inside out."""
    sides = boxes[:, 2:] - boxes[:, :2]
    moved = boxes + np.clip(shift, -farthest, farthest) * np.concatenate([sides, sides], axis=1)
    middle = (moved[:, :2] + moved[:, 2:]) / 2
    half = np.maximum((moved[:, 2:] - moved[:, :2]) / 2, 0.5)
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)


def jittered(box: FloatArray, count: int, move: float, scale: float, rng: np.random.Generator) -> FloatArray:
    """(count, 4) copies of a box, each moved and scaled by chance."""
    sides = (box[2:] - box[:2]) * np.exp(rng.uniform(-scale, scale, (count, 2)))
    middle = (box[2:] + box[:2]) / 2 + rng.uniform(-move, move, (count, 2)) * (box[2:] - box[:2])
    return np.concatenate([middle - sides / 2, middle + sides / 2], axis=1).astype(np.float32)


class CorrectorFitter:
    """Fits correctors to the same jittered shots with some images left out; their inner products are computed once."""

    def __init__(self, views: Sequence[View], seed: int, settings: CorrectorSettings) -> None:
        boxes = sum(len(view.positives) for view in views)
        self._settings = settings
        self._count = max(min(settings.most_per_shot, settings.samples // max(boxes, 1)), 1)
        self._levels = len(views[0].dense.levels)
        self._steps = [
            [_Ridge.of(*rows, settings) for rows in self._rows(views, move, scale, seed)]
            for move, scale in settings.jitter
        ]  # fmt: skip

    def _rows(
        self, views: Sequence[View], move: float, scale: float, seed: int
    ) -> list[tuple[list[FloatArray], list[FloatArray], list[IntArray]]]:
        rows: list[tuple[list[FloatArray], list[FloatArray], list[IntArray]]] = [
            ([], [], []) for _ in range(self._levels)
        ]
        for number, view in enumerate(views):
            rng = np.random.default_rng([seed, number, JITTER_STREAM])
            for box in view.dense.to_network(view.positives):
                if (box[2:] - box[:2]).min() <= self._settings.smallest:
                    continue
                off = view.dense.inside(jittered(box, self._count, move, scale, rng))
                off = off[((off[:, 2:] - off[:, :2]) > 1).all(axis=1)]
                place = level_of(off, self._levels, self._settings.cells)
                for at in np.unique(place):
                    mine = off[place == at]
                    sides = mine[:, 2:] - mine[:, :2]
                    x, y, group = rows[at]
                    x.append(around(view.dense, int(at), mine, self._settings.grid))
                    y.append((box - mine) / np.concatenate([sides, sides], axis=1))
                    group.append(np.full(len(mine), view.group, dtype=np.int64))
        return rows

    def fit(self, without: frozenset[int] = frozenset()) -> Corrector:
        """The corrector that all images but these give."""
        steps = tuple(tuple(level.fit(without) if level else None for level in step) for step in self._steps)
        return Corrector(steps, self._settings)


@dataclass(frozen=True, slots=True)
class _Ridge:
    """A level's samples, standardised, with their inner products."""

    x: FloatArray
    inner: np.ndarray
    y: FloatArray
    group: IntArray
    mean: FloatArray
    scale: FloatArray
    ridge: float

    @classmethod
    def of(
        cls, x: list[FloatArray], y: list[FloatArray], group: list[IntArray], settings: CorrectorSettings
    ) -> _Ridge | None:
        if not x:
            return None
        rows = np.concatenate(x)
        mean, scale = rows.mean(axis=0), (rows.std(axis=0) + np.float32(settings.least_spread)) * settings.grid
        rows = (rows - mean) / scale
        inner = (rows @ rows.T).astype(np.float64)
        return cls(rows, inner, np.concatenate(y), np.concatenate(group), mean, scale, settings.ridge)

    def fit(self, without: frozenset[int]) -> Step | None:
        """Ridge regression in its dual form, centred on the samples that are used."""
        used: BoolArray = ~np.isin(self.group, list(without))
        count = int(used.sum())
        if not count:
            return None
        x, y = self.x[used], self.y[used].astype(np.float64)
        inner = self.inner[np.ix_(used, used)]
        row = inner.mean(axis=0)
        centred = inner - row[:, None] - row[None, :] + row.mean()
        mean_y = y.mean(axis=0)
        dual = np.linalg.solve(centred + self.ridge * count * np.eye(count), y - mean_y)
        weight = (x - x.mean(axis=0)).T @ dual / self.scale[:, None]
        bias = mean_y - (x.mean(axis=0) * self.scale + self.mean) @ weight
        return Step(weight.astype(np.float32), bias.astype(np.float32))
