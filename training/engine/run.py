"""One run: the job with everything that its stages share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from training.engine.events import Emitter
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import Arrays
from training.engine.storage.stage_store import StageStore
from training.engine.vision.features import Features, Models, WeightStore
from training.protocol.job import Job, JobImage


@dataclass
class Run:
    """What all stages share."""

    job: Job
    emitter: Emitter
    device: str
    store: StageStore
    weight_store: WeightStore
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
            models = Models(self.weight_store, networks, self.device, job.budget, job.encoder)
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
