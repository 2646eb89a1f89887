"""How long a converted detector looks at one picture, in the program that it was made for."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from training.engine.core.arrays import FloatArray
from training.engine.tuning.finetune import TimingSettings

Look = Callable[[FloatArray], Any]


def milliseconds(path: Path, side: int, settings: TimingSettings) -> float:
    """The median over some looks at one picture of side x side pixels, on this machine's processor.

    path: an .onnx file, or a folder with an OpenVINO model.
    """
    look = _onnx(path) if path.suffix == ".onnx" else _openvino(path)
    picture = np.zeros((1, 3, side, side), dtype=np.float32)
    for _ in range(settings.before):
        look(picture)
    return round(statistics.median(_timed(look, picture) for _ in range(settings.looks)), 1)


def _timed(look: Look, picture: FloatArray) -> float:
    began = time.perf_counter()
    look(picture)
    return 1000 * (time.perf_counter() - began)


def _onnx(path: Path) -> Look:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture})


def _openvino(folder: Path) -> Look:
    import openvino

    [file] = folder.glob("*.xml")
    model = openvino.Core().compile_model(str(file), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    request = model.create_infer_request()
    return lambda picture: request.infer([picture])
