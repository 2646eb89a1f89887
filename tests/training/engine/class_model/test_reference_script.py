"""docs/class_model.py, with numpy, onnxruntime and a downloaded model alone, finds what the engine finds."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime
import pytest

from tests.training.engine.class_model.conftest import LearnedClass
from tests.training.engine.conftest import ROOT, Scene, run_here, shot, target
from training.engine import serve
from training.engine.class_model import serialization
from training.engine.class_model.proposals import find_candidates
from training.engine.events import Emitter
from training.engine.run import Run, open_store
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision import images as pictures
from training.engine.vision.features import WeightStore
from training.protocol import job_file
from training.protocol.hashing import sha256_of
from training.protocol.job import JobImage, StoredModel
from training.protocol.serving import Question

TOLERANCE = 1e-3
LEAST_IOU, MOST_APART = 0.95, 0.05  # the engine computes in bfloat16 where the processor does, the script never


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    script = importlib.util.spec_from_file_location("class_model", ROOT / "docs/class_model.py")
    assert script is not None
    assert script.loader is not None
    found = importlib.util.module_from_spec(script)
    script.loader.exec_module(found)
    return found


def test_it_is_as_sure_as_the_engine(
    reference: ModuleType, make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path: Path
) -> None:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])] + [target(9, scenes[8])]
    assert run_here(make_job(tmp_path, images)).code == 0
    file = tmp_path / "model/class-7.npz"
    facts = json.loads(file.with_suffix(".json").read_text())
    model = serialization.load(StoredModel(7, file, sha256_of(file), facts))

    job, emitter = job_file.load(tmp_path / "job.json"), Emitter(io.StringIO())
    store = open_store(tmp_path / "none", "", emitter)
    run = Run(
        job, emitter, "cpu", store, WeightStore(job.weights_dir, emitter), FeatureCache(job.cache_dir / "features")
    )
    new = JobImage(11, scenes[10].path)
    features = run.features({11: sha256_of(new.path)})
    dense = features.at(model.input_size).dense(new)
    found = find_candidates(dense, model.proposer, 11, model.most_candidates, model.tuning.proposals)
    crops = features.crops(new, found.xyxy)
    by_engine = model.verifier.probability(found.scored_by(model.verifier), crops, model.bank.margin(crops))

    boxes = {name: getattr(found, name) for name in ("roi", "classes", "head", "generic", "support")} | {"crop": crops}
    with np.load(file, allow_pickle=False) as arrays:
        plain = dict(arrays)
    np.testing.assert_allclose(reference.probability(plain, facts, boxes), by_engine, atol=TOLERANCE)
    assert by_engine.max() > 0.8
    assert by_engine.min() < 0.2
    for level, by_head in enumerate(model.proposer.head.logits(dense)):
        if by_head is not None:
            own = reference.head_logits(plain, level, dense.levels[level].features())
            np.testing.assert_allclose(own, by_head, atol=TOLERANCE)


@pytest.fixture(scope="module")
def usual(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The file of a class model that a run left."""
    folder = tmp_path_factory.mktemp("usual")
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:5])] + [target(9, scenes[8])]
    assert run_here(make_job(folder, images)).code == 0
    return folder / "model/class-7.npz"


@pytest.fixture(scope="module")
def with_second(with_it: LearnedClass, usual: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of a class that asks a second detector. Keypoints, which the script does not know, are left out."""
    folder = tmp_path_factory.mktemp("second")
    model, features = replace(with_it.proposals.model, keypoint_verifier=None), with_it.features
    facts = json.loads(usual.with_suffix(".json").read_text())
    about = {name: facts[name] for name in ("name", "seed", "budget", "detector", "encoder", "weights")}
    serialization.save(folder, 7, model, {**about, "second": features.by_second().detector_key})
    return folder / "class-7.npz"


@pytest.fixture(scope="module")
def networks(
    make_job: Callable[..., dict[str, Any]], usual: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The networks of class models as another program runs them, by name."""
    folder = tmp_path_factory.mktemp("networks")
    model = asdict(stored(usual)) | {"file": str(usual)}
    outcome = run_here(make_job(folder, [], kind="export", classes=[], export="onnx", models=[model]))
    assert outcome.code == 0, outcome.events[-1]
    with zipfile.ZipFile(folder / outcome.suggestions["file"]) as archive:
        names = [Path(name).stem for name in archive.namelist()]
        return {name: onnxruntime.InferenceSession(archive.read(f"{name}.onnx")) for name in names}


def stored(file: Path) -> StoredModel:
    return StoredModel(7, file, sha256_of(file), json.loads(file.with_suffix(".json").read_text()))


@pytest.mark.parametrize("kind", ["usual", "with_second"])
def test_it_finds_what_a_warm_engine_finds(
    reference: ModuleType, make_job: Callable[..., dict[str, Any]], networks: dict[str, Any], scenes: list[Scene],
    tmp_path: Path, kind: str, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    model = stored(request.getfixturevalue(kind))
    job = make_job(tmp_path, [])
    with np.load(model.file, allow_pickle=False) as arrays:
        plain = dict(arrays)
    first = Question("1", scenes[9].path, (model,), Path(job["cache_dir"]), Path(job["weights_dir"]))
    warm, seen = serve.Warm(first.cache_dir, first.weights_dir, first.device), 0
    for scene in scenes[9:]:
        answer = warm.answer(replace(first, image=scene.path))
        assert not answer.error
        boxes, sure = reference.find(pictures.decode(scene.path), plain, model.facts, **networks)
        assert len(boxes) == len(answer.suggestions)
        theirs = np.array([one["xyxy"] for one in answer.suggestions]).reshape(-1, 4)
        near = reference.iou(boxes, theirs)
        assert near.max(axis=1).min(initial=1.0) >= LEAST_IOU
        said = np.array([one["probability"] for one in answer.suggestions])
        np.testing.assert_allclose(sure, said[near.argmax(axis=1)], atol=MOST_APART)
        seen += len(boxes)
    assert seen >= 3
