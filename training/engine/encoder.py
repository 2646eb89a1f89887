"""Crop encoders: a box's picture as one unit vector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from training.engine.images import crop_square
from training.engine.network import FromPixels, ready
from training.engine.types import ByteArray, FloatArray

CONTEXT = 0.1
BATCH = 32


class Encoder(Protocol):
    """A frozen encoder."""

    dim: int

    def encode(self, image: ByteArray, boxes: FloatArray) -> FloatArray:
        """(n, dim) float32 features of an image's boxes."""
        ...


class LiteEncoder:
    """EfficientNet-Lite2's pooled features. The file's hash was checked before."""

    dim = 1280

    def __init__(self, path: Path, sha256: str, device: str, folder: Path, side: int) -> None:
        self._side = side
        self._network = ready(lambda: _lite(path), f"lite2-{sha256}-1", device, folder)

    def encode(self, image: ByteArray, boxes: FloatArray) -> FloatArray:
        """Square crops with a little context, in batches."""
        parts = [self._batch(image, boxes[at : at + BATCH]) for at in range(0, len(boxes), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), dtype=np.float32)

    def _batch(self, image: ByteArray, boxes: FloatArray) -> FloatArray:
        crops = np.stack([crop_square(image, box, CONTEXT, self._side) for box in boxes])
        return self._network(crops)[0]


class Pooled(torch.nn.Module):
    """EfficientNet's last feature map, averaged."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 1280) features."""
        features: torch.Tensor = self.inner.extract_features(pixels)
        return features.mean(dim=(2, 3))


def _lite(path: Path) -> FromPixels:
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite2")
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return FromPixels(Pooled(model.eval()), 127.0, 128.0)


def snap(boxes: FloatArray) -> FloatArray:
    """Boxes moved to a grid of a sixteenth of their size: a box that hardly changed finds its old features in the cache."""
    if not len(boxes):
        return boxes
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    step = 2 ** np.floor(np.log2(sides / 16))
    grid = np.concatenate([step, step], axis=1)
    return np.asarray(np.round(boxes / grid) * grid, dtype=np.float32)


def box_keys(boxes: FloatArray) -> list[str]:
    """A name per snapped box."""
    return [",".join(f"{edge:.4g}" for edge in box) for box in boxes]


class CachedEncoder:
    """Features by box for one image: asks for the encoder and the image only when a box was never seen."""

    def __init__(self, encoder: Callable[[], Encoder], known: dict[str, FloatArray]) -> None:
        self._encoder = encoder
        self.known = known
        self.grew = False

    def encode(self, image: Callable[[], ByteArray], boxes: FloatArray) -> FloatArray:
        """(n, dim) features, rounded as the cache rounds them: a second run sees the same numbers."""
        snapped = snap(boxes)
        keys = box_keys(snapped)
        new = list({key: place for place, key in enumerate(keys) if key not in self.known}.values())
        if new:
            for place, row in zip(new, self._encoder().encode(image(), snapped[new]), strict=True):
                self.known[keys[place]] = row.astype(np.float16).astype(np.float32)
            self.grew = True
        return np.stack([self.known[key] for key in keys])


def unit(features: FloatArray) -> FloatArray:
    """Rows of length one."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-9), dtype=np.float32)
