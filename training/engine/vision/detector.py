"""The frozen detector: dense features of every anchor, and generic proposals with their class ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from training.engine.core.arrays import ByteArray, FloatArray, sigmoid
from training.engine.core.boxes import nms
from training.engine.core.dense import Anchors, Dense, Level, Proposals
from training.engine.tuning import Tuning
from training.engine.tuning.vision import DetectorSettings
from training.engine.vision.images import WHITE, letterbox
from training.engine.vision.network import FromPixels, ready

LEAST_SCALE = 1e-6  # keeps a division finite
LEVELS = 3  # of every detector here, at strides 8, 16 and 32


class Detector(Protocol):
    """A frozen detector."""

    def dense(self, image: ByteArray, side: int) -> Dense:
        """Features and proposals of an RGB image whose longer side becomes `side` pixels."""
        ...

    def look(self, image: ByteArray, side: int) -> tuple[Dense, Anchors]:
        """The same, and the boxes of all anchors."""
        ...


class Inside(torch.nn.Module):
    """An Ultralytics detection model that also tells what its head sees.

    Outputs: distances (n, 4, anchors) from each anchor to its box's edges in strides, class logits (n, classes,
    anchors); then per level the neck's map, the hidden layer of the class branch and that of the box branch; of a
    network that compares anchors with words (YOLO-World) the anchors' embeddings in place of the first two. Boxes are
    decoded outside, since Ultralytics decodes by a grid that a compiled network would keep from its first picture.
    """

    def __init__(self, model: Any) -> None:
        from ultralytics.nn.modules.head import WorldDetect  # here, since it patches Pillow where it is imported

        super().__init__()
        self.model = model
        head = model.model[-1]
        head._inference = lambda raw: raw["scores"]
        self._head = head
        self._embeds = isinstance(head, WorldDetect)
        self._seen: dict[str, list[torch.Tensor]] = {"cv2": [], "cv3": []}
        for name, place in (("cv2", 1), ("cv3", 2 if self._embeds else 1)):
            seen = self._seen[name]
            for branch in getattr(head, name):
                branch[place].register_forward_hook(lambda _module, _inputs, output, seen=seen: seen.append(output))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See the class."""
        for seen in self._seen.values():
            seen.clear()
        _, raw = self.model(pixels)
        raw = raw.get("one2many", raw)
        necks = [] if self._embeds else [raw["feats"]]
        levels = zip(*necks, self._seen["cv3"], self._seen["cv2"], strict=True)
        boxes = self._head.dfl(raw["boxes"]) if self._head.reg_max > 1 else raw["boxes"]
        return (boxes, raw["scores"], *(part for level in levels for part in level))


class YoloDetector:
    """An Ultralytics detection model, read from the inside. The file's hash was checked before."""

    def __init__(self, path: Path, sha256: str, device: str, folder: Path, tuning: Tuning) -> None:
        self._settings = tuning.detector
        self._network = ready(lambda: inside(path), f"yolo-inside-{sha256}-3", device, folder, tuning.network)

    def dense(self, image: ByteArray, side: int) -> Dense:
        """See the protocol."""
        return self.look(image, side)[0]

    def look(self, image: ByteArray, side: int) -> tuple[Dense, Anchors]:
        """One forward pass: pictures differ in shape, and a batch gains nothing on a CPU."""
        fitted = letterbox(image, side)
        distances, logits, *maps = self._network([fitted.pixels])
        width = fitted.pixels.shape[1]
        step = len(maps) // LEVELS
        levels = tuple(_level([part[0] for part in maps[at : at + step]], width) for at in range(0, len(maps), step))
        size = (image.shape[1], image.shape[0])
        empty = Dense(levels, Proposals.none(), np.zeros((0, 0), np.float32), fitted.scale, fitted.pad, size)
        anchors = _anchors(distances[0].T, logits[0].T, empty)
        proposals, classes = _proposals(anchors, logits[0].T, self._settings)
        return Dense(levels, proposals, classes, fitted.scale, fitted.pad, size), anchors


def inside(path: Path) -> FromPixels:
    """The network of a detector's file, as it is looked into."""
    from training.engine.runtime import load_yolo

    model = load_yolo(path).model
    model.fuse(verbose=False)
    return FromPixels(Inside(model.eval().float()), 0.0, WHITE)


def _anchors(distances: FloatArray, logits: FloatArray, dense: Dense) -> Anchors:
    """Every anchor's box, cut at the image's edges."""
    centres = np.concatenate([level.centres() for level in dense.levels])
    strides = np.concatenate([np.full(len(level.codes), level.stride) for level in dense.levels])
    reach = distances * strides[:, None]
    inner = np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1).astype(np.float32)
    points = ((centres - np.array(dense.pad, dtype=np.float32)) / np.float32(dense.scale)).astype(np.float32)
    return Anchors(
        dense.to_image(inner), sigmoid(logits.max(axis=1)), points, (strides / dense.scale).astype(np.float32)
    )  # fmt: skip


def _proposals(anchors: Anchors, logits: FloatArray, settings: DetectorSettings) -> tuple[Proposals, FloatArray]:
    """Boxes of whatever class, and the (n, classes) scores of each."""
    best = anchors.score
    index = np.argsort(-best, kind="stable")[: settings.most_anchors]
    index = index[best[index] > settings.least_score]
    boxes = anchors.xyxy[index]
    real = ((boxes[:, 2:] - boxes[:, :2]) > 1).all(axis=1)
    boxes, index = boxes[real], index[real]
    keep = nms(boxes, best[index], settings.overlap)[: settings.most_proposals]
    classes = sigmoid(logits[index[keep]]).astype(np.float16).astype(np.float32)
    return Proposals.of(boxes[keep], best[index[keep]], "generic"), classes


def _level(parts: list[FloatArray], width: int) -> Level:
    """Neck, class branch and box branch side by side as int8: a cached image and a fresh one give the very same
    numbers.
    """
    features = np.concatenate(parts)
    rows = features.reshape(len(features), -1).T
    scale = np.maximum(np.abs(rows).max(axis=0), LEAST_SCALE).astype(np.float32) / np.float32(127)
    codes = np.ascontiguousarray(np.rint(rows / scale).astype(np.int8))
    height, columns = features.shape[1:]
    return Level(codes, scale, height, columns, width // columns, len(parts[-1]))
