"""A run from job to results: the stages in order, each left on disk when it is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from training.engine import images as pictures
from training.engine import runtime
from training.engine.cache import Arrays, FeatureCache
from training.engine.errors import BadImage, NoShots
from training.engine.events import Emitter
from training.engine.features import Features, Models, Shelf
from training.engine.job import Job, JobImage
from training.engine.store import StageStore
from training.engine.weights import sha256_of

SHARES = {"prepare": 2.0, "source": 60.0, "verify": 35.0, "relearn": 20.0, "train": 60.0, "suggest": 3.0}
AUTO_TRAIN_SHOTS = 20
FEW_IMAGES = 3


@dataclass
class Run:
    """What all stages share."""

    job: Job
    emitter: Emitter
    device: str
    store: StageStore
    shelf: Shelf
    cache: FeatureCache
    seconds: dict[str, float] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    _features: Features | None = None

    @property
    def features(self) -> Features:
        """Image features, made when the first stage needs them."""
        if self._features is None:
            job = self.job
            networks = self.cache.folder.parent / "networks"
            models = Models(self.shelf, networks, self.device, job.budget, job.encoder)
            self._features = Features(models, self.cache, self.hashes)
        return self._features

    @cached_property
    def images(self) -> dict[int, JobImage]:
        """The job's images by id."""
        return {image.id: image for image in self.job.images}

    def stage(self, name: str, work: Callable[[], tuple[Any, Arrays]]) -> tuple[Any, Arrays]:
        """A stage's result: from disk where it finished before, else made now and kept."""
        kept = self.store.load(name)
        if kept is not None:
            value, arrays = kept
            self.seconds[name] = value["seconds"]
            self.emitter.stage(name, "skipped")
            return value["result"], arrays
        start = time.monotonic()
        self.emitter.stage(name, "started")
        result, arrays = work()
        seconds = time.monotonic() - start
        self.store.save(name, {"seconds": round(seconds, 3), "result": result}, arrays)
        self.seconds[name] = round(seconds, 3)
        self.emitter.stage(name, "finished", seconds)
        return result, arrays


def open_store(workdir: Path, fingerprint: str, emitter: Emitter) -> StageStore:
    """The run's stage results; what is there but cannot be used is told as an event."""

    def tell(stage: str, code: str, text: str) -> None:
        emitter.log(code, text, level="warning", stage=stage)

    return StageStore(workdir, fingerprint, tell)


def start(job: Job, raw: bytes, emitter: Emitter) -> None:
    """Does a job. Raises EngineError."""
    began = time.monotonic()
    runtime.prepare_environment(job.cache_dir / "ultralytics")
    runtime.seed_everything(job.seed)
    runtime.use_threads()
    device = runtime.pick_device(job.device)
    store = open_store(job.workdir, hashlib.sha256(raw).hexdigest(), emitter)
    cache = FeatureCache(job.cache_dir / "features")
    run = Run(job, emitter, device, store, Shelf(job.weights_dir, emitter), cache)
    with emitter.watching_memory(runtime.device_words(device)):
        if job.kind == "detect":
            from training.engine.detect import detect

            prepare(run)
            detect(run)
        elif job.kind == "similar":
            from training.engine.similar import search

            search(run)
        else:
            _check_shots(job)
            prepare(run)
            _autolabel(run)
        cache.prune()
    emitter.emit("done", seconds=round(time.monotonic() - began, 3))


def _check_shots(job: Job) -> None:
    for class_id, name in job.classes.items():
        if not job.count_shots(class_id):
            raise NoShots(f"The class {name} has no box yet: draw at least one.", class_id=class_id)


def _autolabel(run: Run) -> None:
    from training.engine.objects import counted
    from training.engine.relearn import relearn
    from training.engine.stages import source, suggest, train, verify

    found = source(run)
    taught = verify(run, found)
    if wants_relearning(run.job):
        found, taught = relearn(run, found, taught)
    taught = counted(run.job, found, taught)
    if wants_training(run.job):
        train(run, found, taught)
    suggest(run, found, taught)


def wants_training(job: Job) -> bool:
    """Whether this run fine-tunes a detector."""
    return job.train.mode == "always" or (job.train.mode == "auto" and job.count_shots() >= AUTO_TRAIN_SHOTS)


def in_few_images(job: Job, class_id: int) -> bool:
    """Whether so few images hold a class's shots that they cannot show how it varies."""
    return sum(bool(image.shots_of(class_id)) for image in job.images) <= FEW_IMAGES


def wants_relearning(job: Job) -> bool:
    """Whether sure finds may teach a class of this run too."""
    return any(in_few_images(job, class_id) for class_id in job.classes)


def stage_shares(job: Job) -> dict[str, float]:
    """The stages of a job with their rough share of its time."""
    if job.kind == "detect":
        return {"prepare": 5.0, "detect": 95.0}
    if job.kind == "similar":
        return {"index": 95.0, "search": 5.0}
    absent = {"train": not wants_training(job), "relearn": not wants_relearning(job)}
    return {name: share for name, share in SHARES.items() if not absent.get(name)}


def prepare(run: Run) -> None:
    """Hashes and sizes of all images; what cannot be read is named and left out."""

    def work() -> tuple[Any, Arrays]:
        hashes, sizes, bad = {}, {}, {}
        total = len(run.job.images)
        for done, image in enumerate(run.job.images, start=1):
            try:
                hashes[str(image.id)], sizes[str(image.id)] = _look_at(image)
            except BadImage as error:
                bad[str(image.id)] = error.text
            run.emitter.progress("prepare", done, total)
        return {"hashes": hashes, "sizes": sizes, "bad": bad}, {"empty": np.zeros(0)}

    result, _ = run.stage("prepare", work)
    run.hashes = {int(key): value for key, value in result["hashes"].items()}
    run.sizes = {int(key): (int(value[0]), int(value[1])) for key, value in result["sizes"].items()}
    for image_id, text in result["bad"].items():
        run.emitter.log("bad_image", f"{text} It is left out.", level="warning", image=int(image_id))
    for image in run.job.images:
        given = run.hashes.get(image.id)
        if given and image.sha256 and given != image.sha256:
            words = f"The image {image.path.name} is not the file that the job names; it is used as it is now."
            run.emitter.log("image_changed", words, level="warning", image=image.id)
    if run.job.kind == "autolabel":
        _check_readable_shots(run)


def _look_at(image: JobImage) -> tuple[str, tuple[int, int]]:
    try:
        digest = sha256_of(image.path)
    except OSError as error:
        raise BadImage(f"The image file {image.path.name} cannot be read: {error.strerror}.") from error
    return digest, pictures.size_of(image.path)


def _check_readable_shots(run: Run) -> None:
    for class_id, name in run.job.classes.items():
        shots = sum(len(image.shots_of(class_id)) for image in run.job.images if image.id in run.hashes)
        if not shots:
            raise BadImage(f"No image with a box of {name} can be read.", class_id=class_id)
        if shots < 5:
            few = f"{name} has {shots} {'box' if shots == 1 else 'boxes'}"
            words = f"{few}: suggestions are rough, their quality cannot be measured yet, and all wait for a person."
            run.emitter.log("few_shots", words, level="warning", class_id=class_id, shots=shots)
    if not run.job.targets:
        run.emitter.log("no_targets", "There is no image to label; only the model is made.", level="warning")
