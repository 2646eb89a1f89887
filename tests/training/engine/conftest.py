"""Synthetic scenes and real weights for the engine's tests; what cannot be had is skipped by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.protocol.stages import plan

ROOT = Path(__file__).resolve().parents[3]
SIZE = (320, 240)


@dataclass
class Scene:
    """A picture with red discs (the class) among blue squares (look-alikes in size, not in kind)."""

    path: Path
    discs: list[list[float]]
    squares: list[list[float]]


def draw_scene(path: Path, seed: int, discs: int, squares: int) -> Scene:
    rng = np.random.default_rng(seed)
    noise = rng.integers(90, 140, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    pen = ImageDraw.Draw(image)
    cells = [(column, row) for column in range(4) for row in range(3)]
    chosen = [cells[index] for index in rng.permutation(len(cells))[: discs + squares]]
    boxes = []
    for place, (column, row) in enumerate(chosen):
        radius = int(rng.integers(22, 34))
        x, y = column * 80 + 40 + int(rng.integers(-4, 5)), row * 80 + 40 + int(rng.integers(-4, 5))
        box = [float(x - radius), float(y - radius), float(x + radius), float(y + radius)]
        if place < discs:
            pen.ellipse(box, fill=(210, 40 + int(rng.integers(30)), 40), outline=(90, 10, 10), width=3)
        else:
            pen.rectangle(box, fill=(40, 60, 200), outline=(10, 10, 90), width=3)
        boxes.append([max(box[0], 0), max(box[1], 0), min(box[2], SIZE[0]), min(box[3], SIZE[1])])
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return Scene(path, boxes[:discs], boxes[discs:])


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    folder = tmp_path_factory.mktemp("scenes")
    return [draw_scene(folder / f"scene-{seed}.png", seed, discs=1 + seed % 2, squares=2) for seed in range(12)]


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The weights of the fast budget; kept in the data folder, so that they are fetched once."""
    from training.engine.vision import weights
    from training.protocol.errors import WeightsUnavailable

    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    folder = Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    for name in ("yolo26m.pt", "yolo26n.pt", "yolov8s-worldv2.pt", "efficientnet-lite2.pth"):
        try:
            weights.resolve(name, folder)
        except (WeightsUnavailable, OSError) as error:
            pytest.skip(f"pretrained weights cannot be had: {error}")
    return folder


@pytest.fixture(scope="session")
def cache_dir() -> Iterator[Path]:
    """Features and converted networks; `tests.run` lends one folder to all processes of a session."""
    if lent := os.environ.get("LABELHUB_TEST_CACHE"):
        yield Path(lent)
        return
    with tempfile.TemporaryDirectory(prefix="labelhub-test-cache-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def make_job(weights_dir: Path, cache_dir: Path) -> Callable[..., dict[str, Any]]:
    """A job with sensible values for all that a test does not care about."""

    def make(workdir: Path, images: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return {
            "schema": 1, "run": "test", "kind": "autolabel", "workdir": str(workdir), "cache_dir": str(cache_dir),
            "weights_dir": str(weights_dir), "device": "cpu", "budget": "fast", "seed": 0,
            "classes": [{"id": 7, "name": "disc"}], "images": images, "train": {"mode": "never"}, **more,
        }  # fmt: skip

    return make


def shot(number: int, scene: Scene, **more: Any) -> dict[str, Any]:
    boxes = [{"id": number * 10 + place, "class_id": 7, "xyxy": box} for place, box in enumerate(scene.discs)]
    return {"id": number, "path": str(scene.path), "target": False, "boxes": boxes, "complete_for": [7], **more}


def target(number: int, scene: Scene, **more: Any) -> dict[str, Any]:
    return {"id": number, "path": str(scene.path), "target": True, **more}


@dataclass
class Outcome:
    code: int
    events: list[dict[str, Any]]
    workdir: Path
    stderr: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def suggestions(self) -> dict[str, Any]:
        return json.loads((self.workdir / "suggestions.json").read_text(encoding="utf-8"))


def write_job(job: dict[str, Any]) -> Path:
    workdir = Path(job["workdir"])
    workdir.mkdir(parents=True, exist_ok=True)
    path = workdir / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path


def engine_command(job: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", "training.engine", str(write_job(job))]


def run_engine(job: dict[str, Any]) -> Outcome:
    done = subprocess.run(engine_command(job), cwd=ROOT, capture_output=True, text=True, check=False)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return Outcome(done.returncode, events, Path(job["workdir"]), done.stderr)


def run_here(job: dict[str, Any]) -> Outcome:
    """The same in this process: the imports of torch are paid for once."""
    import io

    from training.engine import pipeline
    from training.engine.events import Emitter
    from training.protocol import job_file
    from training.protocol.errors import EngineError
    from training.protocol.events import Error

    path = write_job(job)
    out = io.StringIO()
    emitter = Emitter(out)
    code = 0
    try:
        parsed = job_file.load(path)
        emitter.plan(plan(parsed))
        pipeline.start(parsed, path.read_bytes(), emitter)
    except EngineError as error:
        emitter.emit(Error(error.code, error.text, error.data))
        code = 1
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    return Outcome(code, events, Path(job["workdir"]), "")
