"""Stage: every complete image is looked at by class models that have not seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from training.engine.class_model.cross_fitted import CrossFittedModel
from training.engine.class_model.model import ClassModel
from training.engine.class_model.proposals import views_of
from training.engine.class_model.shot_split import ShotSplit, split_shots
from training.engine.class_model.suppression import suppress
from training.engine.core.arrays import FloatArray, logit
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import Dense
from training.engine.events import Emitter
from training.engine.label_errors.evidence import BoxEvidence, Evidence, FoundEvidence
from training.engine.label_errors.folds import checked_images, stratified_folds
from training.engine.stages.prepare import ReadableImages
from training.engine.stages.propose import FIT_STEPS, VIEW_STEPS, fit_steps
from training.engine.tuning import Tuning
from training.engine.vision.features import Features
from training.protocol.errors import NothingToCheck
from training.protocol.job import Job, JobImage
from training.protocol.stages import CROSS_FIT


def cross_fit(
    job: Job, readable: ReadableImages, features: Features, tuning: Tuning, emitter: Emitter
) -> Evidence:  # fmt: skip
    """The evidence of all target images that are complete for a class of the job.

    Raises NothingToCheck where there are fewer than two: none could be looked at without itself.
    """
    checked = checked_images(readable.targets(job), list(job.classes))
    if len(checked) < 2:  # each image is looked at by models of the others
        text = "Label errors are looked for in images that are said complete, and there are fewer than two."
        raise NothingToCheck(text, images=len(checked))
    lighter = replace(tuning, shot_split=tuning.label_errors.shot_split, views=tuning.label_errors.views)
    splits = {
        class_id: _split(job, class_id, readable, lighter) for class_id in job.classes if job.count_shots(class_id)
    }
    steps, done = len(checked) + fit_steps(splits), 0

    def tick(count: int = 1) -> None:
        nonlocal done
        done += count
        emitter.progress(CROSS_FIT.name, done, steps)

    fitted = {}
    for class_id, split in splits.items():
        sized = features.at(split.side)
        views = views_of(job, class_id, split.images, sized, partial(tick, VIEW_STEPS), lighter.views)
        fitted[class_id] = CrossFittedModel.fit(class_id, split, views, sized, job.seed, lighter, tick)
        tick(FIT_STEPS * len(split.images))
    boxes: list[BoxEvidence] = []
    found: list[FoundEvidence] = []
    for image in checked:
        models = {class_id: one.unbiased(image.id) for class_id, one in fitted.items()}
        of_boxes, of_places = examine(image, list(job.classes), models, features)
        boxes.append(of_boxes)
        found.append(of_places)
        tick()
    return Evidence.join(list(job.classes), boxes, found)


def _split(job: Job, class_id: int, readable: ReadableImages, tuning: Tuning) -> ShotSplit:
    split = split_shots(job, class_id, readable.sizes, tuning.shot_split, tuning.detector)
    return replace(split, folds=stratified_folds(split.images, class_id, tuning.shot_split.most_folds, job.seed))


def examine(
    image: JobImage, classes: list[int], models: Mapping[int, ClassModel | None], features: Features
) -> tuple[BoxEvidence, FoundEvidence]:
    """What models that have not seen an image say of its boxes, and what they find in it. classes: the columns."""
    xyxy = as_boxes([box.xyxy for box in image.boxes])
    logits = np.full((len(xyxy), len(classes)), np.nan, dtype=np.float32)
    parts: list[FoundEvidence] = []
    dense: dict[int, Dense] = {}
    for column, class_id in enumerate(classes):
        model = models.get(class_id)
        if model is None:
            continue
        side = model.input_size
        if side not in dense:
            dense[side] = features.at(side).dense(image)
        logits[:, column], place, value = _of_class(image, xyxy, model, dense[side], features)
        of_image, of_class = (np.full(len(place), which, dtype=np.int64) for which in (image.id, class_id))
        parts.append(FoundEvidence(of_image, of_class, place, value))
    count = len(xyxy)
    drawn = np.array([box.class_id for box in image.boxes], dtype=np.int64)
    boxes = BoxEvidence(np.full(count, image.id, dtype=np.int64), np.arange(count), drawn, xyxy, logits)
    return boxes, Evidence.join(classes, [], parts).found


def _of_class(
    image: JobImage, xyxy: FloatArray, model: ClassModel, dense: Dense, features: Features
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log odds of given boxes; the objects that the model finds, and their log odds."""
    candidates, given = model.propose_and_describe(dense, image.id, xyxy)
    rows = model.worth_encoding(candidates)
    crops = features.crops(image, np.concatenate([candidates.xyxy[rows], xyxy]))
    keypoints_of = partial(features.keypoints, image)
    found = model.score(candidates, rows, crops[: len(rows)], keypoints_of).probability
    drawn = model.score(given, np.arange(len(xyxy)), crops[len(rows) :], keypoints_of).probability
    keep = suppress(candidates.xyxy, found, model.rules)
    return logit(drawn), candidates.xyxy[keep], logit(found[keep])
