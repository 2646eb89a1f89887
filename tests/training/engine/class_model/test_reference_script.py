"""docs/class_model.py, numpy and a downloaded model alone, is as sure of boxes as the engine."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.training.engine.conftest import ROOT, Scene, run_here, shot, target
from training.engine.class_model import serialization
from training.engine.class_model.proposals import find_candidates
from training.engine.events import Emitter
from training.engine.run import Run, open_store
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision.features import WeightStore
from training.protocol import job_file
from training.protocol.hashing import sha256_of
from training.protocol.job import JobImage, StoredModel

TOLERANCE = 1e-3


def test_it_is_as_sure_as_the_engine(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path: Path
) -> None:
    script = importlib.util.spec_from_file_location("class_model", ROOT / "docs/class_model.py")
    assert script is not None
    assert script.loader is not None
    reference = importlib.util.module_from_spec(script)
    script.loader.exec_module(reference)
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
