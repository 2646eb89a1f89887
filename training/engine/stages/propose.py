"""Stage: a model of each class is fitted, and proposes candidates in the images to label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from training.engine.class_model import serialization
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.model import ClassModel
from training.engine.class_model.proposals import views_of
from training.engine.class_model.shot_split import ShotSplit, can_hold_out, split_shots
from training.engine.core.dense import View
from training.engine.events import Emitter
from training.engine.stages.prepare import ReadableImages
from training.engine.storage.files import Arrays
from training.engine.tuning import Tuning
from training.engine.vision.features import Features
from training.protocol.errors import WeightsUnavailable
from training.protocol.job import Job, JobImage
from training.protocol.stages import PROPOSE

VIEW_STEPS, FOLD_STEPS, FIT_STEPS = 5, 1, 2  # of the progress, for each shot image; an image to label is one step


@dataclass(frozen=True, slots=True)
class ClassProposals:
    """A fitted class and its candidates in the images to label."""

    model: ClassModel
    candidates: Candidates


def propose(
    job: Job, readable: ReadableImages, features: Features, tuning: Tuning, emitter: Emitter
) -> dict[int, ClassProposals]:
    """By class id.

    All models are fitted before any image to label is opened: its candidates there then need not keep the detector's
    features.
    """
    splits = {
        class_id: split_shots(job, class_id, readable.sizes, tuning.shot_split, tuning.detector)
        for class_id in job.classes
    }
    targets = readable.targets(job)
    steps, done = len(targets) + fit_steps(splits), 0

    def tick(count: int = 1) -> None:
        nonlocal done
        done += count
        emitter.progress(PROPOSE.name, done, steps)

    models: dict[int, ClassModel] = {}
    for class_id, split in splits.items():
        sized = features.at(split.side)
        views = views_of(job, class_id, split.images, sized, partial(tick, VIEW_STEPS), tuning.views)
        second = second_views(job, class_id, split, features, tuning, emitter)
        models[class_id] = ClassModel.fit(class_id, split, views, sized, job.seed, tuning, tick, second)
        if models[class_id].second is not None:
            text = f"A second detector is asked for {job.classes[class_id]}: its held-out boxes gain by it."
            emitter.log("second_source", text, class_id=class_id, gain=models[class_id].second_gain)
        if models[class_id].keypoint_verifier is not None:
            text = f"The boxes of {job.classes[class_id]} are made alike: their points are compared too."
            emitter.log("made_alike", text, class_id=class_id)
        tick(FIT_STEPS * len(split.images))
    return candidates_of(models, targets, features, tick)


def second_views(
    job: Job, class_id: int, split: ShotSplit, features: Features, tuning: Tuning, emitter: Emitter
) -> list[View]:
    """What the second detector sees of the split's images; nothing where no shot can be held out to try it, or its
    weights cannot be had.
    """
    if not can_hold_out(split, class_id, tuning.shot_split):
        return []
    try:
        by_second = features.by_second()
    except WeightsUnavailable as error:
        emitter.log("no_second_source", f"The run goes on without a second detector. {error.text}", level="warning")
        return []
    return views_of(job, class_id, split.images, by_second, lambda: None, tuning.views)


def fit_steps(splits: Mapping[int, ShotSplit]) -> int:
    """Of the progress: to fit these classes."""
    return sum((VIEW_STEPS + FOLD_STEPS + FIT_STEPS) * len(split.images) for split in splits.values())


def candidates_of(
    models: Mapping[int, ClassModel], targets: Sequence[JobImage], features: Features, tick: Callable[[], None]
) -> dict[int, ClassProposals]:
    """What fitted models propose in images. Each is opened once for all classes that see it at one size."""
    parts: dict[int, list[Candidates]] = {class_id: [] for class_id in models}
    by_second = features.by_second() if any(model.second for model in models.values()) else None
    for image in targets:
        second = by_second.dense(image) if by_second else None
        for side in sorted({model.input_size for model in models.values()}):
            dense = features.at(side).dense(image)
            for class_id, model in models.items():
                if model.input_size == side:
                    parts[class_id].append(model.propose(dense, image.id, second))
        tick()
    return {class_id: ClassProposals(model, Candidates.join(parts[class_id])) for class_id, model in models.items()}


def pack(proposals: Mapping[int, ClassProposals]) -> tuple[Any, Arrays]:
    """For the stage's file."""
    arrays: Arrays = {}
    for class_id, one in proposals.items():
        own = serialization.model_arrays(one.model) | one.candidates.arrays("")
        arrays |= {f"{class_id}_{name}": rows for name, rows in own.items()}
    return {str(class_id): serialization.model_facts(one.model) for class_id, one in proposals.items()}, arrays


def unpack(facts: Any, arrays: Arrays, tuning: Tuning) -> dict[int, ClassProposals]:
    """The inverse of pack."""
    out = {}
    for name, of_class in facts.items():
        own = {key.removeprefix(f"{name}_"): rows for key, rows in arrays.items() if key.startswith(f"{name}_")}
        model = serialization.model_of(own, of_class, tuning)
        out[int(name)] = ClassProposals(model, Candidates.of_arrays(own, ""))
    return out
