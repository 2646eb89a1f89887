"""A trained detector in a form that other programs run: ONNX, or OpenVINO as a zip, through Ultralytics."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

from training.engine import runtime
from training.engine.finetune.predict import image_size_of
from training.engine.run import Run
from training.engine.stages.detect import weights_of
from training.engine.storage.files import write_json
from training.protocol.results import EXPORTED, FILE, Exported
from training.protocol.stages import EXPORT

# What Ultralytics is asked for beside the image size. Simplifying needs a package more, and changes no result.
OPTIONS: dict[str, dict[str, Any]] = {"onnx": {"simplify": False}, "openvino": {}}


def export(run: Run) -> None:
    """Writes model/detector.onnx or model/detector.zip, and names it in the results file."""
    job, folder = run.job, run.job.workdir / Path(EXPORTED["onnx"]).parent

    def work() -> str:
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
        if made.is_dir():
            made = _zipped(made, job.workdir / EXPORTED[job.export])
        return made.relative_to(job.workdir).as_posix()

    file = run.plain_stage(EXPORT.name, work)
    found: Exported = {
        "file": file,
        "info": {"seconds": run.seconds, "versions": _versions(), "device": runtime.device_words(run.device)},
    }
    write_json(job.workdir / FILE, found)


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
