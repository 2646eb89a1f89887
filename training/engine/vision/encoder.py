"""Crop encoders: a box's picture as one unit vector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.tuning import Tuning, changed
from training.engine.tuning.vision import EncoderSettings
from training.engine.vision.images import crop_square
from training.engine.vision.network import FromPixels, ready
from training.protocol.limits import ENCODER_WEIGHTS

DINO_SIDE = 224  # pixels, as it was trained
LEAST_SPREAD = 1e-3  # keeps a division finite
EFFICIENTNET = (127.0, 128.0)  # mean and spread of the pixels that it was trained on
IMAGENET = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


Place = tuple[ByteArray, FloatArray]  # an image's (h, w, 3) pixels, and a box (4,) in it


class Encoder(Protocol):
    """A frozen encoder."""

    def encode(self, places: Iterable[Place]) -> FloatArray:
        """(n, dim) float32 features of one place or more."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """An encoder that can be chosen: its weights, the width of its features, and the side (pixels) of crops that it was
    trained on.
    """

    weights: str
    dim: int
    side: int
    build: Callable[[Path, EncoderSettings], FromPixels]


class CropEncoder:
    """One of the kinds on a device. The file's hash was checked before."""

    def __init__(
        self, kind: Kind, path: Path, sha256: str, device: str, folder: Path, side: int, tuning: Tuning
    ) -> None:
        self._side, self._context = side, tuning.encoder.context
        name, threads = f"crops-{kind.weights}-{sha256}-{side}-2{changed(tuning.encoder)}", torch.get_num_threads()
        build = partial(kind.build, path, tuning.encoder)
        self._network = ready(build, name, device, folder, tuning.network, side_by_side=threads)

    def encode(self, places: Iterable[Place]) -> FloatArray:
        """Square crops with a little context, cut while those before them are looked at."""
        return self._network(crop_square(pixels, box, self._context, self._side) for pixels, box in places)[0]


class PooledNetwork(torch.nn.Module):
    """EfficientNet's last feature map averaged, and beside it a little of three earlier ones.

    What a thing is lies at the end; what it is made of (colour, texture, small shapes) was seen before, and tells cells
    and other small things apart. Earlier maps are taken where a stage begins, as their batch normalisation leaves them:
    mean 0, spread 1.
    """

    def __init__(self, inner: Any, settings: EncoderSettings) -> None:
        super().__init__()
        self.inner, self._share = inner, settings.early_share
        begins = [
            block for block in inner._blocks if block._block_args.input_filters != block._block_args.output_filters
        ]
        self._norms = [block._bn2 for block in begins[slice(*settings.early_stages)]]
        self._seen: list[torch.Tensor] = []
        for norm in self._norms:
            norm.register_forward_hook(lambda _norm, _given, output: self._seen.append(output))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, dim) features, rows of length one."""
        self._seen.clear()
        late = self.inner.extract_features(pixels).mean(dim=(2, 3))
        early = [
            (seen.mean(dim=(2, 3)) - norm.bias) / norm.weight.abs().clamp_min(LEAST_SPREAD)
            for seen, norm in zip(self._seen, self._norms, strict=True)
        ]
        both = (late, 1 - self._share), (torch.cat(early, dim=1), self._share)
        return torch.cat([share**0.5 * torch.nn.functional.normalize(part.float()) for part, share in both], dim=1)


def _lite(name: str, path: Path, settings: EncoderSettings) -> FromPixels:
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name(name)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return FromPixels(PooledNetwork(model.eval(), settings), *EFFICIENTNET)


def _dino(path: Path, _settings: EncoderSettings) -> FromPixels:
    """DINOv2's class token (Oquab et al.

    2023); timm resamples the official file's places of 37 x 37 patches to 16 x 16.
    """
    from timm.models.vision_transformer import checkpoint_filter_fn, vit_small_patch14_dinov2

    model = vit_small_patch14_dinov2(pretrained=False, num_classes=0, img_size=DINO_SIDE)
    official = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint_filter_fn(official, model))
    return FromPixels(model.eval(), *IMAGENET, side=DINO_SIDE)


# The weights of the fusion were chosen with lite2: it is the default, the others are for those who ask and measure.
ENCODERS = {
    "lite2": Kind(ENCODER_WEIGHTS["lite2"], 1536, 260, partial(_lite, "efficientnet-lite2")),
    "lite0": Kind(ENCODER_WEIGHTS["lite0"], 1512, 224, partial(_lite, "efficientnet-lite0")),
    "dinov2s": Kind(ENCODER_WEIGHTS["dinov2s"], 384, DINO_SIDE, _dino),
}
