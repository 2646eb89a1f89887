"""Torch and Ultralytics made quiet, offline and repeatable before anything of theirs is imported."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np


def prepare_environment(config_dir: Path) -> None:
    """Switches off every network call and self-installation of Ultralytics; call before it is imported."""
    folder = config_dir / "Ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_VERBOSE"] = "false"
    os.environ["YOLO_CONFIG_DIR"] = str(config_dir)
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    _provide_font(folder)


def _provide_font(folder: Path) -> None:
    """Ultralytics would download Arial for its plots; a font that is here by that name keeps it from that."""
    if (folder / "Arial.ttf").exists() and (folder / "Arial.Unicode.ttf").exists():
        return
    import matplotlib

    font = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    for name in ("Arial.ttf", "Arial.Unicode.ttf"):
        shutil.copyfile(font, folder / name)


def seed_everything(seed: int) -> None:
    """The same seed gives the same result."""
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def pick_device(wanted: str) -> str:
    """The torch device to work on; auto takes a GPU where there is one."""
    import torch

    has_gpu = torch.cuda.is_available()
    if wanted == "auto":
        return "cuda:0" if has_gpu else "cpu"
    if wanted.startswith("cuda") and not has_gpu:
        from training.protocol.errors import BadJob

        raise BadJob(f"device: {wanted} was asked for, but this machine has no usable GPU.", field="device")
    return "cuda:0" if wanted == "cuda" else wanted


def device_words(device: str) -> str:
    """The device as events name it: cpu, or cuda:0 with the card's name."""
    if not device.startswith("cuda"):
        return device
    import torch

    return f"{device} {torch.cuda.get_device_name(device)}"


def load_yolo(path: Path) -> Any:
    """An Ultralytics model from a .pt or .onnx file whose hash the caller has checked (a .pt file is code)."""
    from ultralytics.models import YOLO
    from ultralytics.utils import SETTINGS

    SETTINGS["sync"] = False
    return YOLO(str(path), task="detect")


def versions() -> dict[str, str]:
    """Versions of what made a result."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str] = {}
    for name, package in (
        ("torch", "torch"),
        ("ultralytics", "ultralytics"),
        ("faiss", "faiss-cpu"),
        ("labelhub", "labelhub"),
    ):
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def use_threads() -> int:
    """Gives torch all the cores this process may use, at most eight: small convolutions do not scale further."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = int(os.environ.get("LABELHUB_ENGINE_THREADS") or min(cores, 8))
    torch.set_num_threads(count)
    return count
