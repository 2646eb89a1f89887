"""Click to box: of many boxes that hold a point, those that are most likely the object's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.engine.core.arrays import EPSILON, FloatArray, IntArray
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.dense import Anchors
from training.engine.tuning.clicks import ClickSettings

Point = tuple[float, float]
SOURCES = ("model", "proposal", "anchor")


@dataclass(frozen=True, slots=True)
class ClickBoxes:
    """Boxes that may be the object under a point, of one image.

    xyxy: (n, 4) float32, pixels of the upright image. score: (n,) float32, 0..1, as its source believes. source: (n,),
    index into SOURCES.
    """

    xyxy: FloatArray
    score: FloatArray
    source: IntArray

    def __len__(self) -> int:
        return len(self.xyxy)

    @classmethod
    def of(cls, xyxy: FloatArray, score: FloatArray, source: str) -> ClickBoxes:
        """Of one source."""
        which = np.full(len(xyxy), SOURCES.index(source), dtype=np.int64)
        return cls(as_boxes(xyxy), np.asarray(score, dtype=np.float32), which)

    @classmethod
    def join(cls, parts: Sequence[ClickBoxes]) -> ClickBoxes:
        """Of several sources."""
        several = [cls.of(as_boxes([]), np.zeros(0, np.float32), SOURCES[0]), *parts]
        return cls(*(np.concatenate([getattr(part, name) for part in several]) for name in cls.__slots__))

    def take(self, rows: IntArray) -> ClickBoxes:
        """Some of them."""
        return ClickBoxes(self.xyxy[rows], self.score[rows], self.source[rows])

    def around(self, point: Point) -> ClickBoxes:
        """Those that hold a point, and have an area."""
        return self.take(np.flatnonzero(off_centre(self.xyxy, point) <= 1))


def off_centre(boxes: FloatArray, point: Point) -> FloatArray:
    """(n,) how far a point lies from each box's centre: 0 there, 1 on its edge; infinite for a box without an area."""
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    away = np.abs(np.asarray(point, dtype=np.float32) - (boxes[:, :2] + boxes[:, 2:]) / 2)
    off = (away / np.maximum(half, EPSILON)).max(axis=1, initial=0.0)
    return np.asarray(np.where((half > 0).all(axis=1), off, np.inf), dtype=np.float32)


def anchors_near(anchors: Anchors, point: Point, settings: ClickSettings) -> ClickBoxes:
    """The boxes of the anchors about a point, on every level."""
    away = np.abs(anchors.centres - np.asarray(point, dtype=np.float32)).max(axis=1)
    near = np.flatnonzero(away <= settings.anchor_reach * anchors.stride)
    return ClickBoxes.of(anchors.xyxy[near], anchors.score[near], "anchor")


def rank(boxes: ClickBoxes, point: Point, settings: ClickSettings) -> ClickBoxes:
    """The few that are most likely meant by a click, best first; score: the overlap with the object that is expected.

    Each box votes for those that it overlaps, by how much its source is trusted, how sure that is, and how near its
    centre the click is (minimum Bayes risk: the box whose expected loss is least).
    """
    boxes = boxes.around(point)
    if not len(boxes):
        return boxes
    trust = np.asarray(settings.trust, dtype=np.float32)[boxes.source]
    power = np.asarray(settings.power, dtype=np.float32)[boxes.source]
    off = off_centre(boxes.xyxy, point) / settings.spread
    vote = trust * boxes.score**power * np.exp(-(off**2) / 2) + np.float32(EPSILON)
    overlap = iou(boxes.xyxy, boxes.xyxy)
    expected = (overlap**settings.sharpness) @ (vote / vote.sum())
    keep: list[int] = []
    for row in np.argsort(-expected, kind="stable"):
        if not keep or overlap[row, keep].max() < settings.same:
            keep.append(int(row))
        if len(keep) == settings.most:
            break
    rows = np.asarray(keep, dtype=np.int64)
    return ClickBoxes(boxes.xyxy[rows], expected[rows].astype(np.float32), boxes.source[rows])
