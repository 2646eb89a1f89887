"""Stage: what the run learned looks at the test split, and its finds are compared with people's boxes there.

Nothing comes back from here: the images reach no other stage, and no threshold moves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import numpy as np

from training.engine import runtime
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.model import ClassModel, Scores
from training.engine.class_model.objects import objects_of
from training.engine.class_model.thresholds import state_of
from training.engine.coco.measured import Finds, measure
from training.engine.coco.metrics import Find
from training.engine.core.boxes import nms
from training.engine.finetune import predict as detector
from training.engine.run import Run
from training.engine.stages import predict, prepare
from training.engine.stages.propose import candidates_of
from training.engine.stages.verify import score_images, verification
from training.engine.storage.files import write_json
from training.engine.vision.features import Features
from training.protocol import measured
from training.protocol.hashing import sha256_of_text
from training.protocol.job import Detect, Job, JobImage
from training.protocol.results import DetectorFacts
from training.protocol.stages import MEASURE


class Measurement:
    """The stage at work: the test images that can be read, what was measured, and how far it is."""

    def __init__(self, run: Run, parts: int) -> None:
        """parts: how many finders look at the images."""
        self.run, self._began = run, time.monotonic()
        readable = prepare.read(run.job.test, lambda _done: None)
        prepare.report_unreadable(readable, run.emitter)
        self.images = [image for image in run.job.test if image.id in readable.hashes]
        self.hashes = readable.hashes
        self.found = measured.MeasuredFile(truth=_mark(self.images), images=len(self.images), seconds=0.0)
        self._done, self._steps = 0, max(parts * len(self.images), 1)

    def tick(self) -> None:
        """One image is done."""
        self._done += 1
        self.run.emitter.progress(MEASURE.name, self._done, self._steps)

    def known(self, classes: Sequence[int]) -> list[int]:
        """Those that some image is complete for."""
        said = {class_id for image in self.images for class_id in image.complete_for}
        return [class_id for class_id in dict.fromkeys(classes) if class_id in said]

    def part(self, finds: Finds, base: Set[int] | None = None) -> measured.Part:
        """Figures of one finder."""
        resamples, job = self.run.tuning.measure.resamples, self.run.job
        return measure(finds, self.images, job.names, base, resamples, job.seed)

    def write(self) -> None:
        """measured.json; nothing where no class could be measured."""
        if "models" in self.found or "detector" in self.found:
            self.found["seconds"] = round(time.monotonic() - self._began, 3)
            write_json(self.run.job.workdir / measured.FILE, self.found)


def measure_models(at: Measurement, models: Mapping[int, ClassModel], features: Features) -> None:
    """The class models, as they would label images that they have never seen."""
    classes = at.known(list(models))
    if not classes:
        return
    finds = find_with_models(at.run.job, at.images, models, features.of(at.hashes), at.run.tuning, at.tick)
    at.found["models"] = at.part({class_id: finds[class_id] for class_id in classes})


def measure_trained(at: Measurement, facts: DetectorFacts) -> None:
    """The detector that the run trained. What it knows from its base is measured where the project has it too."""
    by_name = {_plain(name): class_id for class_id, name in at.run.job.names.items()}
    pairs = zip(facts["class_ids"], facts["classes"], strict=True)
    ids = [pk if pk is not None else by_name.get(_plain(name)) for pk, name in pairs]
    places = {place: pk for place, pk in enumerate(ids) if pk is not None}
    kept = set(facts["base_classes"]) if None in facts["class_ids"] else None
    base = None if kept is None else {pk for place, pk in places.items() if facts["classes"][place] in kept}
    model = runtime.load_yolo(at.run.job.workdir / "model" / "detector.pt")
    measure_detector(at, model, places, Detect().conf, base=base, apart=True)


def measure_detector(
    at: Measurement, model: Any, places: Mapping[int, int], least: float, *, base: Set[int] | None = None, apart: bool
) -> None:
    """A detector. places: the project's class of each of its places; least: the score from which it would suggest."""
    classes = at.known(list(places.values()))
    if not classes:
        return
    wanted = {place: class_id for place, class_id in places.items() if class_id in classes}
    finds: dict[int, dict[int, list[Find]]] = {class_id: {} for class_id in classes}
    same = at.run.tuning.detect.same_object
    for image in at.images:
        xyxy, score, index = detector.find(at.run, model, image, sorted(wanted), 0.0, apart)
        for place, class_id in wanted.items():
            own = np.flatnonzero(index == place)
            keep = own[nms(xyxy[own], score[own], same)]
            rows = [Find(xyxy[row].tolist(), float(score[row]), bool(score[row] >= least)) for row in keep]
            finds[class_id].setdefault(image.id, []).extend(rows)
        at.tick()
    at.found["detector"] = at.part(finds, base)


def find_with_models(
    job: Job, images: Sequence[JobImage], models: Mapping[int, ClassModel], features: Features, tuning: Any,
    tick: Callable[[], None],
) -> dict[int, dict[int, list[Find]]]:  # fmt: skip
    """By class and image what the models find, as if nobody had said anything of these images."""
    bare = [replace(image, target=True, boxes=(), rejected=(), complete_for=frozenset()) for image in images]
    learned = [replace(image, target=False) for image in job.images]
    alone = replace(job, images=(*learned, *bare), test=())
    candidates: dict[int, list[Candidates]] = {class_id: [] for class_id in models}
    scores: dict[int, list[Scores]] = {class_id: [] for class_id in models}
    for image in bare:
        own = {class_id: one.candidates for class_id, one in candidates_of(models, [image], features, tick).items()}
        for class_id, scored in score_images([(image, own)], models, features)[0].items():
            candidates[class_id].append(own[class_id])
            scores[class_id].append(scored)
    verified = {
        class_id: verification(
            model, Candidates.join(candidates[class_id]), scores[class_id], model.measured.threshold_review
        )
        for class_id, model in models.items()
    }
    settled = predict.settled(alone, verified, models, tuning)
    finds: dict[int, dict[int, list[Find]]] = {class_id: {} for class_id in models}
    for image, objects in objects_of(alone, settled, tuning.suppression):
        for one in objects:
            figures = settled[one.class_id].measured
            shown = state_of(one.probability, figures.threshold_review, figures.threshold_auto) is not None
            find = Find(one.xyxy.tolist(), one.probability, shown and one.stands)
            finds[one.class_id].setdefault(image.id, []).append(find)
    return finds


def _mark(images: Sequence[JobImage]) -> str:
    """Of the images with their boxes and what is complete: measured alike is what has one mark."""
    rows = [
        (image.sha256, sorted((box.class_id, box.xyxy) for box in image.boxes), sorted(image.complete_for))
        for image in sorted(images, key=lambda image: image.id)
    ]
    return sha256_of_text(repr(rows))[:16]


def _plain(name: str) -> str:
    return name.strip().lower()
