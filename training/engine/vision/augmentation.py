"""Variations of a shot image: flips, turns, light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.core.boxes import area, clip
from training.engine.tuning.vision import AugmentationSettings
from training.engine.vision.images import GREY
from training.protocol.job import Augment


@dataclass(frozen=True, slots=True)
class Variation:
    """How far shots are varied before the head sees them."""

    flip: bool = True
    brightness: float = Augment().brightness
    noise: bool = True
    zoom: tuple[float, float] = AugmentationSettings().zoom


@dataclass(frozen=True, slots=True)
class Plan:
    """One variation, drawn but not yet applied: boxes can be moved without the picture."""

    matrix: np.ndarray
    size: tuple[int, int]
    gain: float
    noise: float
    seed: int
    least_left: float

    @classmethod
    def draw(
        cls, size: tuple[int, int], how: Variation, rng: np.random.Generator, settings: AugmentationSettings
    ) -> Plan:
        """A scaled, shifted, perhaps flipped view of the same size."""
        width, height = size
        zoom = float(np.exp(rng.uniform(*np.log(how.zoom))))
        shift = rng.uniform(-settings.shift, settings.shift, 2) * abs(1 - zoom) * np.array(size)
        matrix = np.array([
            [zoom, 0, width / 2 * (1 - zoom) + shift[0]],
            [0, zoom, height / 2 * (1 - zoom) + shift[1]],
        ])  # fmt: skip
        if how.flip and rng.random() < 0.5:
            matrix[0] = -matrix[0]
            matrix[0, 2] += width
        gain = 1 + float(rng.uniform(-how.brightness, how.brightness))
        noise = float(rng.uniform(0, settings.noise)) if how.noise else 0.0
        return cls(matrix, size, gain, noise, int(rng.integers(2**31)), settings.least_left)

    def pixels(self, image: ByteArray) -> ByteArray:
        """The picture under this variation."""
        view = cv2.warpAffine(image, self.matrix, self.size, flags=cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY))
        light = view.astype(np.float32) * self.gain
        if self.noise:
            light += np.random.default_rng(self.seed).normal(0, self.noise, light.shape).astype(np.float32)
        return np.asarray(np.clip(light, 0, 255), dtype=np.uint8)

    def boxes(self, boxes: FloatArray) -> FloatArray:
        """The boxes under it, index by index; one that lost most of itself at the edge becomes empty."""
        xs = boxes[:, [0, 2]] * self.matrix[0, 0] + self.matrix[0, 2]
        ys = boxes[:, [1, 3]] * self.matrix[1, 1] + self.matrix[1, 2]
        moved = np.stack([xs.min(1), ys.min(1), xs.max(1), ys.max(1)], axis=1).astype(np.float32)
        cut = clip(moved, self.size)
        cut[area(cut) < self.least_left * area(moved)] = 0
        return cut
