"""The anchor that the engine has to beat: Ultralytics' own trainer on the same shots, and what it finds in the test
images.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

EPOCHS = 60
SIDE = 640
FROZEN = 10
LOWEST = 0.01
USUAL = 0.25


@dataclass(frozen=True, slots=True)
class Shot:
    """A fully labelled picture: boxes are (n, 4) COCO xywh in pixels."""

    path: Path
    width: int
    height: int
    boxes: list[list[float]]


def train_and_find(
    weights: Path, shots: Sequence[Shot], tests: Sequence[Path], seed: int, device: str
) -> tuple[list[tuple[str, list[float], float]], dict[str, float]]:
    """(file name, xywh, score) of all that the fine-tuned YOLO26n finds, and the seconds of both steps."""
    from training.engine import runtime

    with tempfile.TemporaryDirectory(prefix="labelhub-anchor-") as folder:
        room = Path(folder)
        runtime.prepare_environment(room / "settings")
        runtime.seed_everything(seed)
        device = runtime.pick_device(device)
        _write(room, shots)
        model = runtime.load_yolo(weights)
        model.add_callback("on_train_start", lambda _trainer: runtime.use_threads())
        began = time.monotonic()
        model.train(
            data=str(room / "data.yaml"), epochs=EPOCHS, imgsz=SIDE, freeze=FROZEN, batch=8, workers=0, seed=seed,
            deterministic=True, val=False, plots=False, verbose=False, amp=False, patience=EPOCHS, save_period=-1,
            device=device.removeprefix("cuda:") if device.startswith("cuda") else "cpu", project=str(room), name="run",
        )  # fmt: skip
        trained = time.monotonic()
        found = []
        best = runtime.load_yolo(Path(model.trainer.last))
        for test in tests:
            result = best.predict(str(test), imgsz=SIDE, conf=LOWEST, device=device, verbose=False)[0]
            for (x1, y1, x2, y2), score in zip(result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), strict=True):
                found.append((test.name, [x1, y1, x2 - x1, y2 - y1], float(score)))
        return found, {"train": trained - began, "find": time.monotonic() - trained}


def _write(room: Path, shots: Sequence[Shot]) -> None:
    """Copies: the trainer may rewrite what it reads."""
    images, labels = room / "images", room / "labels"
    images.mkdir()
    labels.mkdir()
    for number, shot in enumerate(shots):
        (images / f"{number}{shot.path.suffix}").write_bytes(shot.path.read_bytes())
        rows = [
            f"0 {(x + w / 2) / shot.width:.6f} {(y + h / 2) / shot.height:.6f} {w / shot.width:.6f} "
            f"{h / shot.height:.6f}"
            for x, y, w, h in shot.boxes
        ]
        (labels / f"{number}.txt").write_text("\n".join(rows), encoding="ascii")
    yaml: dict[str, Any] = {"path": str(room), "train": "images", "val": "images", "names": {0: "object"}}
    (room / "data.yaml").write_text(json.dumps(yaml), encoding="utf-8")
