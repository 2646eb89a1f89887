"""A warm engine: pictures come one by one, networks and class models stay loaded between them."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TextIO

from training.engine import runtime
from training.engine.class_model.model import ClassModel
from training.engine.class_model.objects import objects_of
from training.engine.events import Emitter
from training.engine.stages import predict, verify
from training.engine.stages.propose import candidates_of
from training.engine.stages.suggest import suggestions_of
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import Arrays
from training.engine.tuning import DEFAULTS
from training.engine.vision.features import Features, Models, WeightStore
from training.engine.vision.image_size import size_of
from training.protocol.class_model_file import check_facts, encoder_of
from training.protocol.errors import BadModel, EngineError
from training.protocol.hashing import sha256_of
from training.protocol.job import Job, JobImage, StoredModel
from training.protocol.limits import MOST_LOADED_MODELS
from training.protocol.results import Suggestion
from training.protocol.serving import Answer, Question

Explain = Callable[[Exception], tuple[str, str]]


def serve(lines: Iterable[str], out: TextIO, explain: Explain) -> None:
    """Answers each line of questions with a line, until there are no more. explain: an error that is not one of
    ours.
    """
    warm: Warm | None = None
    for line in lines:
        name = ""
        try:
            question = Question.of(line)
            name = question.id
            warm = warm or Warm(question)
            answer = warm.answer(question)
        except EngineError as error:
            answer = Answer(name, error={"code": error.code, "text": error.text, "data": error.data})
        except Exception as error:
            code, text = explain(error)
            answer = Answer(name, error={"code": code, "text": text, "data": {}})
        out.write(answer.line() + "\n")
        out.flush()


class ReadOnlyCache(FeatureCache):
    """Knows what runs have kept, and keeps nothing: a picture that is asked about once shall not push theirs out."""

    def put(self, arrays: Arrays, *parts: object) -> None:
        """Nothing."""


class Warm:
    """What stays loaded. The folders and the device are those of the first question."""

    def __init__(self, first: Question) -> None:
        runtime.prepare_environment(first.cache_dir / "ultralytics")
        runtime.seed_everything(0)
        runtime.use_threads()
        self._device = runtime.pick_device(first.device)
        self._nobody = Emitter(Path(os.devnull).open("w"))  # noqa: SIM115 - as long as this process
        self._weights = WeightStore(first.weights_dir, self._nobody)
        self._cache = ReadOnlyCache(first.cache_dir / "features")
        self._networks: dict[tuple[str, str], Models] = {}
        self._loaded: OrderedDict[tuple[str, int, bool], ClassModel] = OrderedDict()
        self._number = count(1)

    def answer(self, question: Question) -> Answer:
        """Raises EngineError."""
        began = time.monotonic()
        size = size_of(question.image)
        image = JobImage(next(self._number), question.image)  # a number of its own: the last picture is kept by it
        hashes = {image.id: sha256_of(question.image)}
        groups: dict[tuple[str, str], list[StoredModel]] = {}
        for one in question.models:
            groups.setdefault(_setting(one), []).append(one)
        found: list[Suggestion] = []
        for setting, models in groups.items():
            found += self._found(Features(self._networks_of(*setting), self._cache, hashes), image, models, question)
        found.sort(key=lambda one: -one["probability"])
        return Answer(question.id, size, found, round(time.monotonic() - began, 4))

    def _networks_of(self, budget: str, encoder: str) -> Models:
        if (budget, encoder) not in self._networks:
            folder = self._cache.folder.parent / "networks"
            self._networks[budget, encoder] = Models(self._weights, folder, self._device, budget, encoder)
        return self._networks[budget, encoder]

    def _found(
        self, features: Features, image: JobImage, stored: Sequence[StoredModel], question: Question
    ) -> list[Suggestion]:
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
        [(_, objects)] = objects_of(job, verified, DEFAULTS.suppression)
        return suggestions_of(image, objects, proposals, verified, DEFAULTS.suppression).suggestions

    def _model(self, stored: StoredModel, features: Features) -> ClassModel:
        key = (stored.sha256, stored.class_id, stored.own)
        if key not in self._loaded:
            self._loaded[key] = predict.load([stored], features)[stored.class_id]
        self._loaded.move_to_end(key)
        while len(self._loaded) > MOST_LOADED_MODELS:
            self._loaded.popitem(last=False)
        return self._loaded[key]


def _setting(stored: StoredModel) -> tuple[str, str]:
    check_facts(stored.facts)
    encoder = encoder_of(stored.facts)
    if encoder is None:
        raise BadModel("The class model was made with an encoder that this version does not have.", reason="engine")
    return str(stored.facts["budget"]), encoder
