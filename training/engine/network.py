"""A frozen network ready to be asked: OpenVINO on a CPU (twice to seven times as fast as torch there), torch in half precision on a GPU."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from training.engine.types import ByteArray, FloatArray

BATCH = 4
Channels = float | tuple[float, float, float]  # one number for all channels, or one each


class Network(Protocol):
    """A frozen network."""

    def __call__(self, pixels: ByteArray) -> list[FloatArray]:
        """All outputs, float32, of (n, h, w, 3) uint8 RGB pictures."""
        ...


class FromPixels(torch.nn.Module):
    """A network that takes pictures as they come: (n, h, w, 3) uint8 in, channels first and scaled inside.

    side: where the network takes squares of one size only.
    """

    _shift: torch.Tensor
    _scale: torch.Tensor

    def __init__(self, inner: torch.nn.Module, shift: Channels, scale: Channels, side: int | None = None) -> None:
        super().__init__()
        self._inner = inner
        self.side = side
        self.register_buffer("_shift", torch.as_tensor(shift).reshape(1, -1, 1, 1))
        self.register_buffer("_scale", torch.as_tensor(scale).reshape(1, -1, 1, 1))

    def forward(self, pixels: torch.Tensor) -> Any:
        """What the inner network gives."""
        dtype = next(self._inner.parameters()).dtype
        return self._inner((pixels.permute(0, 3, 1, 2).to(dtype) - self._shift) / self._scale)


def ready(build: Callable[[], FromPixels], name: str, device: str, folder: Path) -> Network:
    """The network on this device. `name` stands for its weights and form; compiled forms are kept in the folder by it."""
    if device == "cpu":
        return OpenVinoNetwork(build, name, folder)
    return TorchNetwork(build(), device)


class TorchNetwork:
    """On a GPU: half precision, channels last."""

    def __init__(self, module: FromPixels, device: str) -> None:
        self._module = module.eval().half().to(device).to(memory_format=torch.channels_last)
        self._device = device

    @torch.inference_mode()
    def __call__(self, pixels: ByteArray) -> list[FloatArray]:
        outputs = self._module(torch.from_numpy(pixels).to(self._device))
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return [output.float().cpu().numpy() for output in outputs]


class OpenVinoNetwork:
    """On a CPU, in bfloat16 where the processor computes with it."""

    def __init__(self, build: Callable[[], FromPixels], name: str, folder: Path) -> None:
        import openvino

        core = openvino.Core()
        path = folder / f"{hashlib.sha256(f'{name}|{openvino.__version__}'.encode()).hexdigest()[:32]}.xml"
        if not path.is_file() or not path.with_suffix(".bin").is_file():
            _convert(build(), path)
        fast = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._model = core.compile_model(
            str(path), "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16" if fast else "f32", "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            },
        )  # fmt: skip
        self._request = self._model.create_infer_request()
        self._count = len(self._model.outputs)

    def __call__(self, pixels: ByteArray) -> list[FloatArray]:
        """Few at a time: each new size of batch must be set up, and larger ones are not faster; the numbers are the same."""
        whole = len(pixels) - len(pixels) % BATCH
        places = [*range(0, whole, BATCH), *range(whole, len(pixels))]
        parts = [self._few(pixels[at : at + (BATCH if at < whole else 1)]) for at in places]
        return [np.concatenate(output) if len(output) > 1 else output[0] for output in zip(*parts, strict=True)]

    def _few(self, pixels: ByteArray) -> list[FloatArray]:
        self._request.infer([np.ascontiguousarray(pixels)])
        return [np.array(self._request.get_output_tensor(place).data) for place in range(self._count)]


def _convert(module: FromPixels, path: Path) -> None:
    """Writes the compiled form in one step, for several engines may want it at once; the .xml comes last."""
    import openvino

    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = (module.side, module.side) if module.side else (256, 320)
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    shape = [-1, height, width, 3] if module.side else [-1, -1, -1, 3]
    with torch.inference_mode():
        # Traced here, since OpenVINO would have torch run each trace again and compare: four times as long for the same file.
        traced = torch.jit.trace(module.eval(), example, strict=False, check_trace=False)  # type: ignore[no-untyped-call]
        model = openvino.convert_model(traced, example_input=example, input=shape)
    with tempfile.TemporaryDirectory(dir=path.parent) as room:
        part = Path(room) / path.name
        openvino.save_model(model, str(part), compress_to_fp16=True)
        os.replace(part.with_suffix(".bin"), path.with_suffix(".bin"))
        os.replace(part, path)
