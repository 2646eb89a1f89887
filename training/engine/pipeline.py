"""A run from job to results: the stages in order, each left on disk when it is done."""

from __future__ import annotations

import hashlib
import time

from training.engine import runtime
from training.engine.events import Emitter
from training.engine.run import Run, open_store
from training.engine.stages.prepare import _check_shots, prepare
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision.features import WeightStore
from training.protocol import stages
from training.protocol.events import Done
from training.protocol.job import Job


def start(job: Job, raw: bytes, emitter: Emitter) -> None:
    """Does a job. Raises EngineError."""
    began = time.monotonic()
    runtime.prepare_environment(job.cache_dir / "ultralytics")
    runtime.seed_everything(job.seed)
    runtime.use_threads()
    device = runtime.pick_device(job.device)
    store = open_store(job.workdir, hashlib.sha256(raw).hexdigest(), emitter)
    cache = FeatureCache(job.cache_dir / "features")
    run = Run(job, emitter, device, store, WeightStore(job.weights_dir, emitter), cache)
    with emitter.watching_memory(runtime.device_words(device)):
        if job.kind == "detect":
            from training.engine.stages.detect import detect

            prepare(run)
            detect(run)
        elif job.kind == "similar":
            from training.engine.stages.similar import search

            search(run)
        else:
            _check_shots(job)
            prepare(run)
            _autolabel(run)
        cache.prune()
    emitter.emit(Done(round(time.monotonic() - began, 3)))


def _autolabel(run: Run) -> None:
    from training.engine.class_model.objects import with_count_prior
    from training.engine.stages.finetune import train
    from training.engine.stages.propose import source
    from training.engine.stages.self_training import self_train
    from training.engine.stages.suggest import suggest
    from training.engine.stages.verify import verify

    proposals = source(run)
    verified = verify(run, proposals)
    if stages.trains_itself(run.job):
        proposals, verified = self_train(run, proposals, verified)
    verified = with_count_prior(run.job, proposals, verified)
    suggest(run, proposals, verified)
    if stages.trains(run.job):
        train(run, proposals, verified)
