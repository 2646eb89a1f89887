"""One run: its job, and what all stages need to work, to tell of it and to keep their results."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from training.engine.events import Emitter
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import Arrays
from training.engine.storage.stage_store import StageStore
from training.engine.tuning import DEFAULTS, Tuning
from training.engine.vision.features import Features, Models, WeightStore
from training.engine.vision.networks import Networks
from training.protocol.job import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """A run at work. seconds: of each stage so far, also of stages that an earlier attempt finished. networks: what
    this process has loaded.
    """

    job: Job
    emitter: Emitter
    device: str
    store: StageStore
    weight_store: WeightStore
    cache: FeatureCache
    tuning: Tuning = DEFAULTS
    seconds: dict[str, float] = field(default_factory=dict)
    networks: Networks = field(default_factory=Networks)

    def features(self, hashes: dict[int, str]) -> Features:
        """Features of the images of these hashes (sha256 by image id); their networks are loaded when first needed."""
        folder = self.cache.folder.parent / "networks"
        models = Models(
            self.weight_store, folder, self.device, self.job.budget, self.job.encoder, self.tuning, self.networks
        )
        return Features(models, self.cache, hashes)

    def stage(
        self, name: str, make: Callable[[], T], pack: Callable[[T], tuple[Any, Arrays]],
        unpack: Callable[[Any, Arrays], T]
    ) -> T:  # fmt: skip
        """A stage's result: from disk where it finished before, else made now and kept.

        pack, unpack: the result as plain JSON and arrays, and back. What follows gets it unpacked in both cases,
        rounded alike.
        """
        kept = self.store.load(name)
        if kept is not None:
            value, arrays = kept
            self.seconds[name] = value["seconds"]
            self.emitter.stage(name, "skipped")
            return unpack(value["result"], arrays)
        start = time.monotonic()
        self.emitter.stage(name, "started")
        result, arrays = pack(make())
        seconds = time.monotonic() - start
        self.store.save(name, {"seconds": round(seconds, 3), "result": result}, arrays)
        self.seconds[name] = round(seconds, 3)
        self.emitter.stage(name, "finished", seconds)
        return unpack(result, arrays)

    def plain_stage(self, name: str, make: Callable[[], T]) -> T:
        """A stage whose result is plain JSON."""
        result: T = self.stage(name, make, lambda result: (result, {}), lambda result, _arrays: result)
        return result


def open_store(workdir: Path, fingerprint: str, emitter: Emitter) -> StageStore:
    """The run's stage results; what is there but cannot be used is reported as an event."""

    def tell(stage: str, code: str, text: str) -> None:
        emitter.log(code, text, level="warning", stage=stage)

    return StageStore(workdir, fingerprint, tell)
