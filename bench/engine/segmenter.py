"""MobileSAM (Zhang et al. 2023): an image is encoded once, and a point in it then gives three masks, whose boxes are
what is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.tuning import Tuning
from training.engine.vision.network import FromPixels, ready

SIDE = 1024  # pixels at which the network sees an image
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
FORM = 1


@dataclass(frozen=True, slots=True)
class ImageCode:
    """An encoded image: (256, 64, 64) float16. size: (width, height) of the image."""

    values: np.ndarray
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the network's input for one of the image."""
        return SIDE / max(self.size)


class Segmenter:
    """MobileSAM, read from a file whose hash was checked before."""

    def __init__(self, path: Path, sha256: str, device: str, folder: Path, tuning: Tuning) -> None:
        self._model = _built(path)

        def encoder() -> FromPixels:
            return FromPixels(self._model.image_encoder, MEAN, DEVIATION, SIDE)

        self._encoder = ready(encoder, f"mobile-sam-{sha256}-{FORM}", device, folder, tuning.network)

    def embed(self, image: ByteArray) -> ImageCode:
        """Encodes an RGB image."""
        height, width = image.shape[:2]
        scale = SIDE / max(height, width)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        canvas = np.empty((SIDE, SIDE, 3), dtype=np.uint8)
        canvas[:] = np.rint(MEAN).astype(np.uint8)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=how)
        [values, *_] = self._encoder([canvas])
        return ImageCode(values[0].astype(np.float16), (width, height))

    @torch.inference_mode()
    def boxes(self, embedding: ImageCode, point: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
        """(n, 4) boxes of the masks of a point, pixels of the image, and (n,) the overlap that each promises. At most
        three.
        """
        place = torch.tensor([[point]], dtype=torch.float32) * embedding.scale
        sparse, dense = self._model.prompt_encoder(
            points=(place, torch.ones(1, 1, dtype=torch.int64)), boxes=None, masks=None
        )
        masks, promised = self._model.mask_decoder(
            image_embeddings=torch.from_numpy(embedding.values.astype(np.float32))[None],
            image_pe=self._model.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense, multimask_output=True,
        )  # fmt: skip
        found = [_box_of(mask, embedding, point) for mask in masks[0].numpy()]
        there = [place for place, box in enumerate(found) if box is not None]
        boxes = np.asarray([found[place] for place in there], dtype=np.float32).reshape(-1, 4)
        return boxes, promised[0].numpy()[there].astype(np.float32)


def _built(path: Path) -> Any:
    from ultralytics.models.sam.build import build_mobile_sam

    return build_mobile_sam(str(path)).eval().float()  # type: ignore[no-untyped-call]


def _box_of(logits: FloatArray, embedding: ImageCode, point: tuple[float, float]) -> FloatArray | None:
    """Of the part of a mask (256, 256) that holds the point, else of its largest."""
    cell = SIDE / len(logits)
    fine = 2  # cells to a side of one, so that edges lie between cells
    side = len(logits) * fine
    mask = (cv2.resize(logits, (side, side), interpolation=cv2.INTER_LINEAR) > 0).astype(np.uint8)
    width, height = (min(round(edge * embedding.scale / cell * fine), side) for edge in embedding.size)
    mask[height:], mask[:, width:] = 0, 0
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return None
    x, y = (min(int(edge * embedding.scale / cell * fine), side - 1) for edge in point)
    part = int(parts[y, x]) or 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, wide, high = stats[part, : cv2.CC_STAT_AREA]
    inner = np.array([left, top, left + wide, top + high], dtype=np.float32)
    return (inner * (cell / fine / embedding.scale)).astype(np.float32)
