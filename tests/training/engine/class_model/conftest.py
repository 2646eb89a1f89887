"""A class that was learned here, without and with its second source."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.training.engine.conftest import Scene, shot, target, write_job
from training.engine.events import Emitter
from training.engine.pipeline import prepared
from training.engine.run import Run, open_store
from training.engine.stages.propose import ClassProposals, propose
from training.engine.storage.feature_cache import FeatureCache
from training.engine.tuning import DEFAULTS
from training.engine.vision.features import Features, WeightStore
from training.protocol import job_file
from training.protocol.stages import plan

CLASS = 7
ALWAYS, NEVER = -100.0, 100.0  # the least gain at which a second source is used


@dataclass(frozen=True)
class LearnedClass:
    """A class learned from four scenes, with what it proposed in three more."""

    run: Run
    features: Features
    proposals: ClassProposals


@pytest.fixture(scope="session")
def learn(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[float], LearnedClass]:
    def learn(least_gain: float) -> LearnedClass:
        images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
        images += [target(place + 1, scene) for place, scene in enumerate(scenes[:7]) if place >= 4]
        folder = tmp_path_factory.mktemp("second")
        job, emitter = job_file.load(write_job(make_job(folder, images))), Emitter(io.StringIO())
        emitter.plan(plan(job))
        tuning = replace(DEFAULTS, second_source=replace(DEFAULTS.second_source, least_gain=least_gain))
        weights, cache = WeightStore(job.weights_dir, emitter), FeatureCache(job.cache_dir / "features")
        run = Run(job, emitter, "cpu", open_store(folder, "", emitter), weights, cache, tuning)
        readable = prepared(run)
        features = run.features(readable.hashes)
        return LearnedClass(run, features, propose(job, readable, features, tuning, emitter)[CLASS])

    return learn


@pytest.fixture(scope="session")
def without(learn: Callable[[float], LearnedClass]) -> LearnedClass:
    return learn(NEVER)


@pytest.fixture(scope="session")
def with_it(learn: Callable[[float], LearnedClass]) -> LearnedClass:
    return learn(ALWAYS)
