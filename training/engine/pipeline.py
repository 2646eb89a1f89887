"""A run from job to results: the stages in order, each left on disk when it is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from training.engine import runtime
from training.engine.events import Emitter
from training.engine.run import Run, open_store
from training.engine.stages import prepare
from training.engine.stages.prepare import ReadableImages
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision.features import WeightStore
from training.engine.vision.networks import Networks
from training.protocol import stages
from training.protocol.events import End, Suggestions
from training.protocol.job import Job
from training.protocol.results import FILE, DetectorFacts, Info, Question

if TYPE_CHECKING:
    from training.engine.class_model.model import ClassModel
    from training.engine.class_model.objects import Verification
    from training.engine.stages.propose import ClassProposals
    from training.engine.vision.features import Features


def start(job: Job, raw: bytes, emitter: Emitter) -> None:
    """Does a job in a process of its own. Raises EngineError."""
    runtime.prepare_environment(job.cache_dir / "ultralytics")
    runtime.use_threads()
    cache = FeatureCache(job.cache_dir / "features")
    carry(job, raw, emitter, cache, Networks())
    cache.prune()


def carry(job: Job, raw: bytes, emitter: Emitter, cache: FeatureCache, networks: Networks) -> None:
    """Does a job where torch is ready. raw: the job file, whose hash tells stage results of this job from another's.
    Raises EngineError.
    """
    began = time.monotonic()
    runtime.seed_everything(job.seed)
    device = runtime.pick_device(job.device)
    store = open_store(job.workdir, hashlib.sha256(raw).hexdigest(), emitter)
    weights = WeightStore(job.weights_dir, emitter, networks)
    run = Run(job, emitter, device, store, weights, cache, networks=networks)
    with emitter.watching_memory(runtime.device_words(device)):
        if job.kind == "detect":
            from training.engine.stages.detect import detect

            detect(run, prepared(run))
        elif job.kind == "similar":
            from training.engine.stages.similar import search

            search(run)
        elif job.kind == "export":
            from training.engine.stages.export import export

            export(run)
        elif job.kind == "check":
            _check(run, prepared(run))
        elif job.kind == "predict":
            _predict(run, prepared(run))
        else:
            prepare.check_shots(job)
            _autolabel(run, prepared(run))
    emitter.emit(End(round(time.monotonic() - began, 3)))


def prepared(run: Run) -> ReadableImages:
    """The images of the job that can be read; the others are reported."""
    make = partial(prepare.prepare, run.job, run.emitter)
    readable = run.stage(stages.PREPARE.name, make, ReadableImages.pack, ReadableImages.unpack)
    prepare.report(run.job, readable, run.emitter)
    return readable


def _autolabel(run: Run, readable: ReadableImages) -> None:
    from training.engine.class_model.objects import with_count_prior
    from training.engine.stages import finetune, propose, questions, self_training, suggest, verify

    job, tuning, emitter = run.job, run.tuning, run.emitter
    features = run.features(readable.hashes)
    proposals = run.stage(
        stages.PROPOSE.name, lambda: propose.propose(job, readable, features, tuning, emitter),
        propose.pack, partial(propose.unpack, tuning=tuning),
    )  # fmt: skip
    verified = run.stage(
        stages.VERIFY.name, lambda: verify.verify(job, proposals, features, tuning, emitter),
        verify.pack, partial(verify.unpack, proposals=proposals),
    )  # fmt: skip
    if stages.trains_itself(job):
        before = verified
        verified = run.stage(
            stages.SELF_TRAINING.name,
            lambda: self_training.self_train(job, readable, proposals, before, features, tuning, emitter),
            self_training.pack, partial(self_training.unpack, verified=before),
        )  # fmt: skip
    verified = with_count_prior(job, verified, tuning)

    def keep_models() -> None:
        made_with = {"weights": run.weight_store.used(), "versions": runtime.versions()}
        suggest.write_models(job, proposals, verified, features, made_with)

    _suggest(run, proposals, verified, keep_models, lambda: questions.questions_of(job, verified, features, tuning))
    facts: DetectorFacts | None = None
    if stages.trains(job):
        from training.engine.finetune.trainer import fine_tune

        pseudo = finetune.pseudo_labels(job, verified, tuning)
        facts = run.plain_stage(stages.TRAIN.name, lambda: fine_tune(run, readable.hashes.keys(), pseudo))
    if job.test:
        models = {class_id: verified[class_id].in_model(one.model) for class_id, one in proposals.items()}
        run.plain_stage(stages.MEASURE.name, lambda: _measure(run, models, features, facts))


def _measure(run: Run, models: Mapping[int, ClassModel], features: Features, facts: DetectorFacts | None) -> None:
    from training.engine.stages.measure import Measurement, measure_models, measure_trained

    at = Measurement(run, 1 if facts is None else 2)
    measure_models(at, models, features)
    if facts is not None:
        measure_trained(at, facts)
    at.write()


def _predict(run: Run, readable: ReadableImages) -> None:
    from training.engine.stages import predict, verify

    run = replace(run, tuning=predict.tuning_of(run.job.models[0], run.tuning))
    job, tuning, emitter = run.job, run.tuning, run.emitter
    features = run.features(readable.hashes)
    models = predict.load(job.models, features)
    proposals = run.stage(
        stages.PROPOSE.name, lambda: predict.propose(job, models, readable, features, emitter),
        predict.pack, partial(predict.unpack, models=models),
    )  # fmt: skip
    verified = run.stage(
        stages.VERIFY.name, lambda: verify.verify(job, proposals, features, tuning, emitter),
        verify.pack, partial(verify.unpack, proposals=proposals),
    )  # fmt: skip
    _suggest(run, proposals, predict.settled(job, verified, models, tuning), lambda: None, list)


def _check(run: Run, readable: ReadableImages) -> None:
    from training.engine.label_errors.evidence import Evidence
    from training.engine.stages.cross_fit import cross_fit
    from training.engine.stages.rank import rank

    detector = run.tuning.detector.with_weights("fast", run.tuning.label_errors.detector)
    run = replace(run, tuning=replace(run.tuning, detector=detector))
    features = run.features(readable.hashes)
    evidence = run.stage(
        stages.CROSS_FIT.name, lambda: cross_fit(run.job, readable, features, run.tuning, run.emitter),
        Evidence.pack, Evidence.unpack,
    )  # fmt: skip
    rank(run, evidence)


def _suggest(
    run: Run, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification],
    keep_models: Callable[[], None], ask: Callable[[], list[Question]],
) -> None:  # fmt: skip
    """Writes the results file, keeps what was learned, and reports both, also where an earlier attempt wrote them."""
    from training.engine.stages import suggest

    job, name = run.job, stages.SUGGEST.name
    results = job.workdir / FILE
    if not (results.is_file() and run.store.load(name)):
        run.store.drop(name)
        results.unlink(missing_ok=True)

    def make() -> int:
        count = suggest.write_images(job, proposals, verified, run.tuning.suppression)
        keep_models()
        run.emitter.log("suggested", f"{count} suggestions in {len(job.targets)} images.", suggestions=count)
        return count

    count = run.plain_stage(name, make)
    if not results.is_file():
        suggest.finish(job, proposals, verified, ask(), _info(run))
    run.emitter.emit(Suggestions(count, len(job.targets), round(sum(run.seconds.values()), 3)))


def _info(run: Run) -> Info:
    return {
        "seconds": run.seconds, "versions": runtime.versions(), "weights": run.weight_store.used(),
        "device": runtime.device_words(run.device), "seed": run.job.seed, "budget": run.job.budget,
    }  # fmt: skip
