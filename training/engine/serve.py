"""A warm engine: pictures come one by one, networks and class models stay loaded between them, and the last pictures
are ready for a click. Jobs that somebody waits for are done with the same networks.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TextIO

from training.engine import pipeline, runtime
from training.engine.attempt import attempt
from training.engine.class_model.model import ClassModel
from training.engine.class_model.objects import Verification, objects_of
from training.engine.core.clicks import SOURCES, ClickBoxes
from training.engine.events import Emitter
from training.engine.ready_images import ReadyImages
from training.engine.results import plain
from training.engine.stages import predict, similar, verify
from training.engine.stages.propose import ClassProposals, candidates_of
from training.engine.stages.suggest import suggestions_of
from training.engine.storage.memory_cache import MemoryCache, SharedCache
from training.engine.tuning import DEFAULTS, Tuning
from training.engine.vision.features import Features, Models, WeightStore
from training.engine.vision.image_size import size_of
from training.engine.vision.networks import Networks
from training.protocol import job_file
from training.protocol.class_model_file import encoder_of
from training.protocol.errors import BadModel, EngineError
from training.protocol.hashing import sha256_of
from training.protocol.job import Job, JobImage, StoredModel
from training.protocol.limits import BUDGETS, ENCODERS, MOST_LOADED_MODELS
from training.protocol.results import Suggestion
from training.protocol.serving import FAILED, NOT_AT_HAND, PREDICT, Answer, ClickedBox, JobQuestion, Question, asked

Verifications = dict[int, Verification]
Explain = Callable[[Exception], tuple[str, str]]


def serve(lines: Iterable[str], out: TextIO, explain: Explain) -> None:
    """Answers each line of questions with a line, until there are no more. explain: an error that is not one of
    ours.
    """
    warm: Warm | None = None
    for line in lines:
        name = ""
        try:
            question = asked(line)
            name = question.id
            if isinstance(question, JobQuestion):
                job = job_file.load(question.job)
                warm = warm or Warm(job.cache_dir, job.weights_dir, job.device)
                answer = warm.carry(question, job, Emitter(out))
            else:
                warm = warm or Warm(question.cache_dir, question.weights_dir, question.device)
                answer = warm.answer(question)
        except EngineError as error:
            answer = Answer(name, error={"code": error.code, "text": error.text, "data": error.data})
        except Exception as error:
            code, text = explain(error)
            answer = Answer(name, error={"code": code, "text": text, "data": {}})
        out.write(answer.line() + "\n")
        out.flush()


class Warm:
    """What stays loaded. The folders and the device are those of the first question."""

    def __init__(self, cache_dir: Path, weights_dir: Path, device: str) -> None:
        runtime.prepare_environment(cache_dir / "ultralytics")
        runtime.seed_everything(0)
        runtime.use_threads()
        self._device = runtime.pick_device(device)
        self._nobody = Emitter(Path(os.devnull).open("w"))  # noqa: SIM115 - as long as this process
        self._networks = Networks()
        self._weights = WeightStore(weights_dir, self._nobody, self._networks)
        self._cache = MemoryCache(cache_dir / "features")
        self._models: dict[tuple[str, str, Tuning], Models] = {}
        self._loaded: OrderedDict[tuple[str, int, bool], ClassModel] = OrderedDict()
        self._number = count(1)
        self._ready = ReadyImages(DEFAULTS.clicks)

    def carry(self, question: JobQuestion, job: Job, emitter: Emitter) -> Answer:
        """Does a job as a process of its own would, unless too many of its images would have to be looked at first:
        clicks wait meanwhile.
        """
        if not self._is_at_hand(job):
            return Answer(question.id, error={"code": NOT_AT_HAND})
        cache, networks = SharedCache(self._cache), self._networks
        done = attempt(question.job, emitter, lambda job, raw, to: pipeline.carry(job, raw, to, cache, networks))
        return Answer(question.id, error={} if done else {"code": FAILED})

    def _is_at_hand(self, job: Job) -> bool:
        if job.similar is None or job.similar.within:
            return True
        features = Features(self._models_of(job.budget, job.encoder, DEFAULTS), self._cache, {})
        return similar.is_at_hand(job, features, DEFAULTS.similar)

    def answer(self, question: Question) -> Answer:
        """Raises EngineError."""
        began = time.monotonic()
        size = size_of(question.image)
        sha256 = sha256_of(question.image)
        image = JobImage(next(self._number), question.image)  # a number of its own: the last picture is kept by it
        answer = Answer(question.id, size)
        if question.kind == PREDICT:
            answer = replace(answer, suggestions=self._suggestions(question, image, sha256))
        else:
            answer = replace(answer, boxes=self._boxes(question, image, sha256))
        return replace(answer, seconds=round(time.monotonic() - began, 4))

    def _suggestions(self, question: Question, image: JobImage, sha256: str) -> list[Suggestion]:
        groups: dict[tuple[str, str, Tuning], list[StoredModel]] = {}
        for one in question.models:
            groups.setdefault(_setting(one), []).append(one)
        found: list[Suggestion] = []
        for setting, models in groups.items():
            features = Features(self._models_of(*setting), self._cache, {image.id: sha256})
            found += self._found(features, image, models, question)
        return sorted(found, key=lambda one: -one["probability"])

    def _boxes(self, question: Question, image: JobImage, sha256: str) -> list[ClickedBox]:
        features = Features(self._models_of(BUDGETS[0], ENCODERS[0], DEFAULTS), self._cache, {image.id: sha256})
        ready = self._ready.get(image, sha256, features)
        parts = []
        for stored in question.models:
            own = Features(self._models_of(*_setting(stored)), self._cache, {ready.image.id: sha256})

            def verify_one(of: JobImage, stored: StoredModel = stored, own: Features = own) -> Verifications:
                return self._verified(own, of, [stored], question)[2]

            parts.append(self._ready.candidates(ready, stored.sha256, verify_one))
        if question.point is None:
            return []
        found = self._ready.boxes(ready, ClickBoxes.join(parts), question.point)
        return [
            {"xyxy": plain(box), "score": round(float(score), 4), "source": SOURCES[source]}
            for box, score, source in zip(found.xyxy, found.score, found.source, strict=True)
        ]

    def _models_of(self, budget: str, encoder: str, tuning: Tuning) -> Models:
        if (budget, encoder, tuning) not in self._models:
            folder = self._cache.folder.parent / "networks"
            self._models[budget, encoder, tuning] = Models(
                self._weights, folder, self._device, budget, encoder, tuning, self._networks
            )
        return self._models[budget, encoder, tuning]

    def _found(
        self, features: Features, image: JobImage, stored: Sequence[StoredModel], question: Question
    ) -> list[Suggestion]:
        job, proposals, verified = self._verified(features, image, stored, question)
        [(_, objects)] = objects_of(job, verified, DEFAULTS.suppression)
        return suggestions_of(image, objects, proposals, verified, DEFAULTS.suppression).suggestions

    def _verified(
        self, features: Features, image: JobImage, stored: Sequence[StoredModel], question: Question
    ) -> tuple[Job, dict[int, ClassProposals], Verifications]:
        models = {one.class_id: self._model(one, features) for one in stored}
        job = Job(
            question.id, "predict", question.image.parent, question.cache_dir, question.weights_dir,
            dict.fromkeys(models, ""), (image,),
        )  # fmt: skip
        proposals = candidates_of(models, [image], features, lambda: None)
        verified = {
            class_id: replace(one, measured=models[class_id].measured)
            for class_id, one in verify.verify(job, proposals, features, DEFAULTS, self._nobody).items()
        }
        return job, proposals, verified

    def _model(self, stored: StoredModel, features: Features) -> ClassModel:
        key = (stored.sha256, stored.class_id, stored.own)
        if key not in self._loaded:
            self._loaded[key] = predict.load([stored], features)[stored.class_id]
        self._loaded.move_to_end(key)
        while len(self._loaded) > MOST_LOADED_MODELS:
            self._loaded.popitem(last=False)
        return self._loaded[key]


def _setting(stored: StoredModel) -> tuple[str, str, Tuning]:
    tuning = predict.tuning_of(stored, DEFAULTS)
    encoder = encoder_of(stored.facts)
    if encoder is None:
        raise BadModel("The class model was made with an encoder that this version does not have.", reason="engine")
    return str(stored.facts["budget"]), encoder, tuning
