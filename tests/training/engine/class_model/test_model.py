"""A class model is one value: what comes back from a stage's file proposes and scores as the run did."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.training.engine.conftest import Scene, run_here, shot, target
from training.engine.class_model.candidates import Candidates
from training.engine.events import Emitter
from training.engine.run import Run, open_store
from training.engine.stages import propose, verify
from training.engine.stages.prepare import ReadableImages
from training.engine.storage.feature_cache import FeatureCache
from training.engine.tuning import DEFAULTS
from training.engine.vision.features import WeightStore
from training.protocol import job_file

CLASS = 7


def test_it_proposes_and_scores_as_it_did_in_its_run(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path: Path
) -> None:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(place + 1, scene) for place, scene in enumerate(scenes[:6]) if place >= 4]
    assert run_here(make_job(tmp_path, images)).code == 0
    job = job_file.load(tmp_path / "job.json")
    emitter = Emitter(io.StringIO())
    weights = WeightStore(job.weights_dir, emitter)
    store = open_store(tmp_path, fingerprint(tmp_path / "job.json"), emitter)
    run = Run(job, emitter, "cpu", store, weights, FeatureCache(job.cache_dir / "features"))

    def kept(name: str) -> tuple[Any, Any]:
        found = run.store.load(name)
        assert found is not None
        return found[0]["result"], found[1]

    readable = ReadableImages.unpack(*kept("prepare"))
    proposals = propose.unpack(*kept("propose"), DEFAULTS)
    verified = verify.unpack(*kept("verify"), proposals)[CLASS]
    model, features = proposals[CLASS].model, run.features(readable.hashes)
    for image in job.targets:
        rows = proposals[CLASS].candidates.spans()[image.id]
        found = model.propose(features.at(model.input_size).dense(image), image.id)
        for name in Candidates.__slots__:
            np.testing.assert_array_equal(getattr(found, name), getattr(proposals[CLASS].candidates.take(rows), name))
        worth = model.worth_encoding(found)
        scores = model.score(found, worth, features.crops(image, found.xyxy[worth]), partial(features.keypoints, image))
        np.testing.assert_allclose(scores.probability, verified.probability[rows], atol=1e-6)
        np.testing.assert_array_equal(scores.neighbours.index, verified.neighbours[rows])


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
