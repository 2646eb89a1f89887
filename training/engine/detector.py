"""The frozen detector: dense features of every anchor, and generic proposals with their class ignored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from training.engine.images import letterbox
from training.engine.types import ByteArray, Candidates, Dense, FloatArray, Level, nms

SIDE = 640
PROPOSAL_SCORE = 0.004
PROPOSAL_OVERLAP = 0.7
MAX_PROPOSALS = 25


class Detector(Protocol):
    """A frozen detector; `key` names its weights and settings for the cache."""

    key: str

    def dense(self, images: Sequence[ByteArray]) -> list[Dense]:
        """Features and proposals of RGB images."""
        ...


class YoloDetector:
    """An Ultralytics detection model, fused, its head's inside read through a hook. The file's hash was checked before."""

    def __init__(self, path: Path, sha256: str, device: str, side: int = SIDE) -> None:
        from training.engine.runtime import load_yolo

        model = load_yolo(path).model
        model.fuse(verbose=False)
        self._model = model.eval().float().to(device).to(memory_format=torch.channels_last)
        self._head: Any = self._model.model[-1]
        self._device = device
        self._side = side
        self._hidden: list[torch.Tensor] = []
        for branch in self._head.cv3:
            branch[1].register_forward_hook(self._remember)
        self.strides = [int(stride) for stride in self._head.stride]
        self.key = f"yolo-{sha256[:16]}-{side}-1"

    def _remember(self, _module: object, _inputs: object, output: torch.Tensor) -> None:
        self._hidden.append(output)

    def dense(self, images: Sequence[ByteArray]) -> list[Dense]:
        """One forward pass per image: pictures differ in shape, and a batch gains nothing on a CPU."""
        return [self._one(image) for image in images]

    @torch.inference_mode()
    def _one(self, image: ByteArray) -> Dense:
        fitted = letterbox(image, self._side)
        pixels = torch.from_numpy(fitted.pixels).to(self._device).permute(2, 0, 1)[None].float() / 255
        self._hidden.clear()
        decoded, raw = self._model(pixels.to(memory_format=torch.channels_last))
        maps = raw.get("one2many", raw)["feats"]
        levels = tuple(
            _level(neck[0], hidden[0], stride)
            for neck, hidden, stride in zip(maps, self._hidden, self.strides, strict=True)
        )
        size = (image.shape[1], image.shape[0])
        empty = Dense(levels, Candidates.none(), fitted.scale, fitted.pad, size)
        proposals = self._proposals(decoded[0], empty)
        return Dense(levels, proposals, fitted.scale, fitted.pad, size)

    def _proposals(self, decoded: torch.Tensor, dense: Dense) -> Candidates:
        best = decoded[4 : 4 + self._head.nc].amax(0)
        top = best.topk(min(300, len(best)))
        index = top.indices[top.values > PROPOSAL_SCORE]
        if not len(index):
            return Candidates.none()
        x, y, w, h = decoded[:4, index].float().cpu().numpy()
        boxes = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1).astype(np.float32)
        score: FloatArray = best[index].float().cpu().numpy()
        boxes = dense.to_image(boxes)
        real = ((boxes[:, 2:] - boxes[:, :2]) > 1).all(axis=1)
        boxes, score = boxes[real], score[real]
        keep = nms(boxes, score, PROPOSAL_OVERLAP)[:MAX_PROPOSALS]
        return Candidates.of(boxes[keep], score[keep], "generic")


def _level(neck: torch.Tensor, hidden: torch.Tensor, stride: int) -> Level:
    """Neck map and hidden layer side by side as int8: a cached image and a fresh one give the very same numbers."""
    both = torch.cat([neck, hidden]).float()
    channels, height, width = both.shape
    rows = both.reshape(channels, -1).T
    scale = rows.abs().amax(0).clamp_min(1e-6) / 127
    codes = (rows / scale).round().to(torch.int8)
    return Level(codes.cpu().numpy(), scale.cpu().numpy(), height, width, stride)
