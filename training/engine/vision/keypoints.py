"""Local features: how many points of a box lie as those of another box do. What is printed or made alike (cards,
labels, signs, parts) is told from its look-alikes so, whose crop features are nearly the same; animals and cells
have no such points in common.

SIFT (Lowe, "Distinctive image features from scale-invariant keypoints", 2004, sections 3 to 7) under the Hellinger
kernel (Arandjelovic, Zisserman, "Three things everyone should know", CVPR 2012, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.tuning import DEFAULTS
from training.engine.tuning.vision import SiftSettings

WIDTH = 128  # of a SIFT descriptor


@dataclass(frozen=True)
class Keypoints:
    """Points of one box. xy: (n, 2) pixels of its crop, its longer side the settings' side.

    codes: (n, 128) SIFT descriptors, uint8.
    """

    xy: FloatArray
    codes: ByteArray

    def __len__(self) -> int:
        return len(self.xy)

    @classmethod
    def none(cls) -> Keypoints:
        """Of a box without any."""
        return cls(np.zeros((0, 2), np.float32), np.zeros((0, WIDTH), np.uint8))

    @cached_property
    def units(self) -> FloatArray:
        """(n, 128) rows of length one, whose products compare descriptors under the Hellinger kernel."""
        codes = self.codes.astype(np.float32)
        return np.asarray(np.sqrt(codes / np.maximum(codes.sum(axis=1, keepdims=True), 1)), dtype=np.float32)


@cache
def _sift(most: int, contrast: float) -> cv2.SIFT:
    return cv2.SIFT.create(nfeatures=most, contrastThreshold=contrast)


def keypoints_of(pixels: ByteArray, box: FloatArray, settings: SiftSettings) -> Keypoints:
    """The strongest points of a box (xyxy pixels) of an RGB image (h, w, 3)."""
    grey = _crop(pixels, box, settings)
    if grey is None:
        return Keypoints.none()
    places, codes = _sift(settings.most, settings.contrast).detectAndCompute(grey, None)
    if codes is None:
        return Keypoints.none()
    # Of equally strong points all are given, so there may be more than were asked for.
    order = np.argsort([-place.response for place in places], kind="stable")[: settings.most]
    xy = np.array([places[row].pt for row in order], dtype=np.float32)
    return Keypoints(xy, np.clip(codes[order], 0, 255).astype(np.uint8))


def _crop(pixels: ByteArray, box: FloatArray, settings: SiftSettings) -> ByteArray | None:
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = (float(edge) for edge in box)
    margin_x, margin_y = settings.margin * (x2 - x1), settings.margin * (y2 - y1)
    left, top = max(int(x1 - margin_x), 0), max(int(y1 - margin_y), 0)
    crop = pixels[top : min(int(y2 + margin_y) + 1, height), left : min(int(x2 + margin_x) + 1, width)]
    if not crop.size:
        return None
    scale = settings.side / max(crop.shape[:2])
    wide, high = (max(round(side * scale), 1) for side in (crop.shape[1], crop.shape[0]))
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    grey = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (wide, high), interpolation=how), dtype=np.uint8)


def matching_keypoints(one: Keypoints, other: Keypoints, settings: SiftSettings = DEFAULTS.sift) -> int:
    """How many of the other's points one turn, shift and scaling of this one's points meets (RANSAC on unambiguous
    pairs).
    """
    if min(len(one), len(other)) < settings.least:
        return 0
    near = one.units @ other.units.T
    two = np.partition(near, -2, axis=1)[:, -2:]
    clear = np.flatnonzero(1 - two[:, 1] < settings.ratio**2 * (1 - two[:, 0]))
    if len(clear) < settings.least:
        return 0
    to = near[clear].argmax(axis=1)
    _, inner = cv2.estimateAffinePartial2D(
        one.xy[clear], other.xy[to], method=cv2.RANSAC, ransacReprojThreshold=settings.off, maxIters=settings.tries
    )
    return 0 if inner is None else len(np.unique(to[inner[:, 0] > 0]))
