"""A trained detector in another form finds what it finds in its own."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.training.engine.conftest import run_here
from training.demo import scenes
from training.engine.runtime import load_yolo
from training.protocol import onnx_file
from training.protocol.hashing import sha256_of


@pytest.fixture(scope="module")
def trained(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "detector.pt"
    shutil.copyfile(weights_dir / "yolo26n.pt", path)
    return path


def job_of(make_job, folder: Path, trained: Path, form: str, **more: Any) -> dict[str, Any]:
    detect = {"trained": str(trained), "trained_sha256": sha256_of(trained)} | more
    return make_job(folder, [], kind="export", classes=[], export=form, detect=detect)


def test_onnx_finds_the_same(make_job, trained, tmp_path):
    outcome = run_here(job_of(make_job, tmp_path, trained, "onnx"))
    assert outcome.code == 0, outcome.events[-1]
    assert outcome.suggestions["file"] == "model/detector.onnx"
    _looks_take_time(outcome.suggestions["info"])
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["detector.onnx"]
    assert (trained.exists(), outcome.suggestions["info"]["versions"]["onnx"]) == (True, "1.23.2")
    picture = tmp_path / "scene.png"
    scenes.render(3).image.resize((640, 640), Image.Resampling.BICUBIC).save(picture)
    found = [
        load_yolo(path).predict(picture, imgsz=640, conf=0.05, verbose=False)[0].boxes.data.cpu().numpy()
        for path in (trained, tmp_path / "model/detector.onnx")
    ]
    assert len(found[0])
    np.testing.assert_allclose(found[0], found[1], atol=0.1)
    _runs_as_an_imported_detector(make_job, tmp_path, trained, picture)


def _looks_take_time(info: dict[str, Any]) -> None:
    assert (info["speed"]["side"], info["speed"]["cores"] >= 1) == (640, True)
    assert 0.5 < info["speed"]["milliseconds"] < 60_000


def _runs_as_an_imported_detector(make_job, tmp_path: Path, trained: Path, picture: Path) -> None:
    """What was exported reads as a detector from elsewhere, and a run finds with it what it finds with the original."""
    file = tmp_path / "model/detector.onnx"
    says = onnx_file.read(file.read_bytes())
    assert (says.names[0], len(says.names), says.image_size) == ("person", 80, 640)
    found = []
    for path in (trained, file):
        detect = {"trained": str(path), "trained_sha256": sha256_of(path), "conf": 0.02}
        detect["class_map"] = {str(place): place for place in range(80)}
        classes = [{"id": place, "name": name} for place, name in enumerate(says.names)]
        images = [{"id": 1, "path": str(picture)}]
        folder = tmp_path / path.suffix[1:]
        outcome = run_here(make_job(folder, images, kind="detect", classes=classes, detect=detect))
        assert outcome.code == 0, outcome.events[-1]
        found.append([(one["class_id"], *one["xyxy"]) for one in outcome.suggestions["images"][0]["suggestions"]])
    assert found[0]
    np.testing.assert_allclose(sorted(found[0]), sorted(found[1]), atol=1)


def test_openvino_comes_as_a_zip(make_job, trained, tmp_path):
    outcome = run_here(job_of(make_job, tmp_path, trained, "openvino"))
    assert outcome.code == 0, outcome.events[-1]
    with zipfile.ZipFile(tmp_path / outcome.suggestions["file"]) as archive:
        _looks_take_time(outcome.suggestions["info"])
        assert {"detector.xml", "detector.bin", "metadata.yaml"} <= set(archive.namelist())
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["detector.zip"]


def test_a_file_that_was_changed_is_not_loaded(make_job, trained, tmp_path):
    outcome = run_here(job_of(make_job, tmp_path, trained, "onnx", trained_sha256="0" * 64))
    assert (outcome.code, outcome.events[-1]["code"]) == (1, "bad_job")
