"""The engine's values: boxes, candidates, dense features; shapes are checked once, here, and trusted everywhere
else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from training.engine.core.arrays import ByteArray, FloatArray, IntArray, need
from training.engine.core.boxes import as_boxes, clip, iou, nms

SOURCES = ("head", "generic", "detector", "second")


@dataclass(frozen=True, slots=True)
class Proposals:
    """Boxes that may hold a class, of one image.

    xyxy: (n, 4) float32, pixels of the upright image. score: (n,) float32, 0..1, as its source believes.
    source: (n,) uint8, index into SOURCES.
    """

    xyxy: FloatArray
    score: FloatArray
    source: ByteArray

    def __post_init__(self) -> None:
        need(self.xyxy.ndim == 2 and self.xyxy.shape[1] == 4, f"xyxy must be (n, 4), not {self.xyxy.shape}")
        count = len(self.xyxy)
        need(self.score.shape == (count,), f"score must be ({count},), not {self.score.shape}")
        need(self.source.shape == (count,), f"source must be ({count},), not {self.source.shape}")
        need(bool(np.isfinite(self.xyxy).all() and np.isfinite(self.score).all()), "a box or score is not finite")

    def __len__(self) -> int:
        return len(self.xyxy)

    @classmethod
    def of(cls, xyxy: Any, score: Any, source: str) -> Proposals:
        """Candidates of one source, from anything array-like."""
        boxes = as_boxes(xyxy)
        which = np.full(len(boxes), SOURCES.index(source), dtype=np.uint8)
        return cls(boxes, np.asarray(score, dtype=np.float32).reshape(-1), which)

    @classmethod
    def none(cls) -> Proposals:
        """An image where nothing was found."""
        return cls.of([], [], SOURCES[0])

    @classmethod
    def merge(cls, parts: Iterable[Proposals], limit: float) -> Proposals:
        """The union of several sources; of boxes that overlap by more than `limit` the better scored one stays."""
        several: Sequence[Proposals] = list(parts) or [cls.none()]
        xyxy = np.concatenate([part.xyxy for part in several])
        score = np.concatenate([part.score for part in several])
        source = np.concatenate([part.source for part in several])
        keep = nms(xyxy, score, limit)
        return cls(xyxy[keep], score[keep], source[keep])

    def take(self, index: npt.NDArray[Any]) -> Proposals:
        """The candidates at these indices (or under this mask)."""
        return Proposals(self.xyxy[index], self.score[index], self.source[index])


@dataclass(frozen=True, slots=True)
class Anchors:
    """The frozen detector's box of each anchor of one image, class ignored.

    xyxy: (n, 4) float32, pixels of the upright image. score: (n,) float32, 0..1, of its best class. centres: (n, 2)
    float32, where the anchors lie, pixels of the image. stride: (n,) float32, pixels of the image between two of them.
    """

    xyxy: FloatArray
    score: FloatArray
    centres: FloatArray
    stride: FloatArray


@dataclass(frozen=True, slots=True)
class Level:
    """One feature level of one image: int8 rows times a scale per channel, row by row of a (height, width) grid.

    edge: how many of the channels, the last ones, come from the detector's box branch.
    """

    codes: npt.NDArray[np.int8]
    scale: FloatArray
    height: int
    width: int
    stride: int
    edge: int

    def __post_init__(self) -> None:
        rows = self.height * self.width
        need(self.codes.ndim == 2 and len(self.codes) == rows, f"codes must be ({rows}, c), not {self.codes.shape}")
        need(self.scale.shape == (self.codes.shape[1],), "one scale per channel is needed")

    def features(self, index: IntArray | None = None) -> FloatArray:
        """(n, c) float32 features, of all anchors or of some."""
        rows = self.codes if index is None else self.codes[index]
        return np.asarray(rows * self.scale, dtype=np.float32)

    def pooled(self, boxes: FloatArray, most_cells: int) -> FloatArray:
        """(n, c) mean features of the cells that boxes (network pixels) cover, evenly thinned beyond `most_cells`; at
        least one cell each.
        """
        grid = self.codes.reshape(self.height, self.width, -1)
        limit = np.array([self.width, self.height, self.width, self.height])
        cells = np.clip(np.round(boxes / self.stride).astype(np.int64), 0, limit)
        means = np.zeros((len(boxes), grid.shape[2]), dtype=np.float32)
        for row, (left, top, right, low) in enumerate(cells):
            x1, y1 = min(left, self.width - 1), min(top, self.height - 1)
            inside = grid[y1 : max(low, y1 + 1), x1 : max(right, x1 + 1)].reshape(-1, grid.shape[2])
            means[row] = inside[:: len(inside) // most_cells + 1].mean(axis=0, dtype=np.float32)
        return np.asarray(means * self.scale, dtype=np.float32)

    def centres(self) -> FloatArray:
        """(n, 2) anchor centres in pixels of the network's input."""
        ys, xs = np.mgrid[0 : self.height, 0 : self.width]
        points = np.stack([xs.ravel() + 0.5, ys.ravel() + 0.5], axis=1) * self.stride
        return points.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Dense:
    """What the frozen detector says about one image: features per level and generic proposals.

    classes: (n, k) the proposals' scores for each class that the detector was pretrained on.
    scale, pad: image pixels times scale plus pad are pixels of the network's input. size: (width, height) of the image.
    """

    levels: tuple[Level, ...]
    proposals: Proposals
    classes: FloatArray
    scale: float
    pad: tuple[float, float]
    size: tuple[int, int]

    def pooled(self, boxes: FloatArray, most_cells: int) -> FloatArray:
        """(n, c) mean features inside boxes, of at most about so many cells a level, all levels side by side."""
        inner = self.to_network(boxes)
        return np.concatenate([level.pooled(inner, most_cells) for level in self.levels], axis=1)

    def class_scores(self, boxes: FloatArray, same_place: float) -> FloatArray:
        """(n, k) what the detector's own classes score where boxes lie, by its proposals of an IoU above
        `same_place`.
        """
        near = iou(boxes, self.proposals.xyxy)
        near[near <= same_place] = 0
        return np.asarray((near[:, :, None] * self.classes).max(axis=1, initial=0.0), dtype=np.float32)

    def to_network(self, boxes: FloatArray) -> FloatArray:
        """Boxes of the image in pixels of the network's input."""
        return np.asarray(boxes * self.scale + np.array([*self.pad, *self.pad], dtype=np.float32), dtype=np.float32)

    def inside(self, boxes: FloatArray) -> FloatArray:
        """Boxes of the network's input, cut at its edges."""
        first = self.levels[0]
        return clip(boxes, (first.width * first.stride, first.height * first.stride))

    def to_image(self, boxes: FloatArray) -> FloatArray:
        """Boxes of the network's input in pixels of the image, cut at its edges."""
        return clip((boxes - np.array([*self.pad, *self.pad], dtype=np.float32)) / np.float32(self.scale), self.size)


@dataclass(frozen=True, slots=True)
class View:
    """One picture of a shot image: as it is, or varied. `group` is the image it comes from.

    positives, negatives: (n, 4) boxes; negatives are what people rejected or gave another class.
    complete: unlabelled places hold none of the class, but for those in regions, (n, 4), of which nobody said anything.
    """

    dense: Dense
    positives: FloatArray
    negatives: FloatArray
    complete: bool
    group: int
    regions: FloatArray = field(default_factory=lambda: as_boxes([]))
