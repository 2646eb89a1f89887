"""What other programs run: a trained detector as ONNX or as an OpenVINO zip, through Ultralytics; the two networks
under a class model as ONNX.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch

from training.engine import runtime
from training.engine.finetune.predict import image_size_of
from training.engine.finetune.timing import milliseconds
from training.engine.run import Run
from training.engine.stages.detect import weights_of
from training.engine.stages.predict import tuning_of
from training.engine.storage.files import write_json
from training.engine.vision.detector import LEVELS, inside
from training.engine.vision.encoder import ENCODERS
from training.engine.vision.network import save_onnx
from training.protocol.results import EXPORTED, FILE, NETWORKS, ExportInfo, ExportResult, LookTime
from training.protocol.stages import EXPORT

# What Ultralytics is asked for beside the image size. Simplifying needs a package more, and changes no result.
OPTIONS: dict[str, dict[str, Any]] = {"onnx": {"simplify": False}, "openvino": {}}


def export(run: Run) -> None:
    """Writes one of EXPORTED, or NETWORKS, and names it in the results file."""
    made: dict[str, Any] = run.plain_stage(
        EXPORT.name, lambda: {"file": _networks(run)} if run.job.models else _detector(run)
    )
    info: ExportInfo = {"seconds": run.seconds, "versions": _versions(), "device": runtime.device_words(run.device)}
    if "speed" in made:
        info["speed"] = made["speed"]
    found: ExportResult = {"file": made["file"], "info": info}
    write_json(run.job.workdir / FILE, found)


def _networks(run: Run) -> str:
    """Both detectors as class models see them, and the encoder, under the names that docs/class_model.py has for
    them.
    """
    job, tuning, folder = run.job, tuning_of(run.job.models[0], run.tuning), run.job.workdir / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    kind = ENCODERS[job.encoder]
    detectors = (
        ("detector", tuning.detector.weights(job.budget), ("neck", "class", "box")),
        ("second", tuning.detector.second, ("embedding", "box")),
    )
    for done, (name, weights, parts) in enumerate(detectors, start=1):
        levels = [f"{part}{level}" for level in range(LEVELS) for part in parts]
        save_onnx(
            inside(run.weight_store.get(weights).path), folder / f"{name}.onnx", ["distances", "logits", *levels]
        )  # fmt: skip
        run.emitter.progress(EXPORT.name, done, 4)
    encoder = kind.build(run.weight_store.get(kind.weights).path, tuning.encoder)
    save_onnx(encoder, folder / "encoder.onnx", ["features"])
    run.emitter.progress(EXPORT.name, 3, 4)
    (job.workdir / NETWORKS).parent.mkdir(parents=True, exist_ok=True)
    return _zipped(folder, job.workdir / NETWORKS).relative_to(job.workdir).as_posix()


def _detector(run: Run) -> dict[str, Any]:
    """Its file, and how long it looks at a picture."""
    job, folder = run.job, run.job.workdir / Path(EXPORTED["onnx"]).parent
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "detector.pt"  # Ultralytics writes beside its source, and calls the result after it
    shutil.copyfile(weights_of(run), source)
    run.emitter.progress(EXPORT.name, 1, 3)
    model = runtime.load_yolo(source)
    made = Path(
        model.export(format=job.export, imgsz=image_size_of(model), verbose=False, **OPTIONS[job.export])
    )  # fmt: skip
    run.emitter.progress(EXPORT.name, 2, 3)
    source.unlink()
    side = image_size_of(model)
    took = milliseconds(made, side, run.tuning.timing)
    speed: LookTime = {"milliseconds": took, "side": side, "cores": torch.get_num_threads()}
    if made.is_dir():
        made = _zipped(made, job.workdir / EXPORTED[job.export])
    return {"file": made.relative_to(job.workdir).as_posix(), "speed": speed}


def _zipped(folder: Path, target: Path) -> Path:
    """A folder's files side by side in one zip; the folder goes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    shutil.rmtree(folder)
    return target


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {**runtime.versions(), "onnx": version("onnx"), "openvino": version("openvino")}
