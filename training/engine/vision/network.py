"""A frozen network ready to be asked: OpenVINO on a CPU (twice to seven times as fast as torch there), torch in half
precision on a GPU.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.tuning.vision import NetworkSettings

Channels = float | tuple[float, float, float]  # one number for all channels, or one each


class Network(Protocol):
    """A frozen network."""

    def __call__(self, pictures: Iterable[ByteArray]) -> list[FloatArray]:
        """All outputs, float32, of (h, w, 3) uint8 RGB pictures of one size; row by row, as many as there are pictures
        (one or more).
        """
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


def ready(
    build: Callable[[], FromPixels],
    name: str,
    device: str,
    folder: Path,
    settings: NetworkSettings,
    side_by_side: int = 1,
) -> Network:
    """The network on this device. `name` stands for its weights and form; compiled forms are kept in the folder by it.

    side_by_side: how many pictures of one call a CPU looks at at once, with a share of its threads each.
    """
    if device == "cpu":
        return OpenVinoNetwork(build, name, folder, side_by_side)
    return TorchNetwork(build(), device, settings.gpu_batch)


class TorchNetwork:
    """On a GPU: half precision, channels last."""

    def __init__(self, module: FromPixels, device: str, batch: int) -> None:
        self._module = module.eval().half().to(device).to(memory_format=torch.channels_last)
        self._device = device
        self._batch = batch

    @torch.inference_mode()
    def __call__(self, pictures: Iterable[ByteArray]) -> list[FloatArray]:
        parts, rest = [], iter(pictures)
        while batch := list(islice(rest, self._batch)):
            outputs = self._module(torch.from_numpy(np.stack(batch)).to(self._device))
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            parts.append([output.float().cpu().numpy() for output in outputs])
        return [np.concatenate(output) for output in zip(*parts, strict=True)]


class OpenVinoNetwork:
    """On a CPU, in bfloat16 where the processor computes with it."""

    def __init__(self, build: Callable[[], FromPixels], name: str, folder: Path, side_by_side: int = 1) -> None:
        import openvino

        core = openvino.Core()
        path = folder / f"{hashlib.sha256(f'{name}|{openvino.__version__}'.encode()).hexdigest()[:32]}.xml"
        if not path.is_file() or not path.with_suffix(".bin").is_file():
            _convert(build(), path)
        fast = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        model = core.compile_model(
            str(path), "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16" if fast else "f32", "NUM_STREAMS": side_by_side,
                "PERFORMANCE_HINT": "LATENCY" if side_by_side == 1 else "THROUGHPUT",
                "INFERENCE_NUM_THREADS": max(torch.get_num_threads(), side_by_side),
            },
        )  # fmt: skip
        self._queue = openvino.AsyncInferQueue(model, side_by_side)
        self._queue.set_callback(_keep)

    def __call__(self, pictures: Iterable[ByteArray]) -> list[FloatArray]:
        """One by one, each on its way while the next is made: a batch is not faster, and must be set up for each size
        that it has.
        """
        seen: dict[int, list[FloatArray]] = {}
        try:
            for place, picture in enumerate(pictures):
                self._queue.start_async([np.ascontiguousarray(picture[None])], (seen, place))
        finally:  # a picture that cannot be made leaves none on its way
            self._queue.wait_all()
        rows = [seen.pop(place) for place in sorted(seen)]  # the queue holds `seen` until it is asked again
        return [np.concatenate(output) if len(output) > 1 else output[0] for output in zip(*rows, strict=True)]


def _keep(request: Any, at: tuple[dict[int, list[FloatArray]], int]) -> None:
    """A queue's callback, set once and never changed: openvino's own threads may still be in it as `wait_all` returns.
    It knows no network, for the queue would keep what it knows for ever.
    """
    seen, place = at
    seen[place] = [np.array(output.data) for output in request.output_tensors]


def save_onnx(module: FromPixels, path: Path, outputs: Sequence[str]) -> None:
    """The network as ONNX: `pixels` (n, h, w, 3) uint8 in, n, h and w of any size, h and w fixed where it takes
    squares.
    """
    traced, example = _traced(module)
    sizes = {0: "n"} if module.side else {0: "n", 1: "h", 2: "w"}
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the exporter is the older one: the newer needs a package more
        torch.onnx.export(
            traced, (example,), path, dynamo=False, opset_version=17, input_names=["pixels"],
            output_names=list(outputs), dynamic_axes={"pixels": sizes},
        )  # fmt: skip


def _traced(module: FromPixels) -> tuple[Any, torch.Tensor]:
    height, width = (module.side, module.side) if module.side else (256, 320)
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    with torch.inference_mode():
        return torch.jit.trace(module.eval(), example, strict=False, check_trace=False), example  # type: ignore[no-untyped-call]


def _convert(module: FromPixels, path: Path) -> None:
    """Writes the compiled form in one step, for several engines may want it at once; the .xml comes last."""
    import openvino

    path.parent.mkdir(parents=True, exist_ok=True)
    # Traced here, since OpenVINO would have torch run each trace again and compare: four times as long for the same
    # file.
    traced, example = _traced(module)
    shape = [-1, *example.shape[1:]] if module.side else [-1, -1, -1, 3]
    with torch.inference_mode():
        model = openvino.convert_model(traced, example_input=example, input=shape)
    with tempfile.TemporaryDirectory(dir=path.parent) as room:
        part = Path(room) / path.name
        openvino.save_model(model, str(part), compress_to_fp16=True)
        os.replace(part.with_suffix(".bin"), path.with_suffix(".bin"))
        os.replace(part, path)
