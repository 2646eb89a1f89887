"""What a run asks about a class of few shots before anything of it is reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import numpy as np

from training.engine.class_model.objects import Object, Verification, objects_of
from training.engine.class_model.questions import choose_questions
from training.engine.core.boxes import as_boxes, iou
from training.engine.results import plain
from training.engine.tuning import Tuning
from training.engine.vision.features import Features, stacked
from training.protocol.job import Job, JobImage
from training.protocol.limits import MIN_SHOTS
from training.protocol.results import Question


def questions_of(job: Job, verified: Mapping[int, Verification], features: Features, tuning: Tuning) -> list[Question]:
    """Of each class of too few shots to be measured, most telling first. features: any input size will do."""
    settings, found = tuning.questions, list[Question]()
    open_to: dict[int, list[tuple[JobImage, Object]]] = {
        class_id: [] for class_id, one in verified.items() if one.measured.shots < MIN_SHOTS
    }
    if not open_to:
        return found
    for image, objects in objects_of(job, verified, tuning.suppression):
        drawn = {class_id: as_boxes([box.xyxy for box in image.shots_of(class_id)]) for class_id in open_to}
        for one in objects:
            likely = one.class_id in open_to and one.stands and not one.second and one.probability >= settings.least
            if likely and iou(one.xyxy[None], drawn[one.class_id]).max(initial=0.0) < tuning.suppression.answered:
                open_to[one.class_id].append((image, one))
    for class_id, able in open_to.items():
        doubtful = sorted(able, key=lambda pair: abs(pair[1].probability - 0.5))[: settings.most]
        able = sorted(doubtful, key=lambda pair: pair[0].id)  # an image's crops together
        parts = [
            features.crops(own[0][0], as_boxes([one.xyxy for _, one in own]))
            for own in (list(group) for _, group in groupby(able, key=lambda pair: pair[0].id))
        ]
        probability = np.array([one.probability for _, one in able], dtype=np.float32)
        for row in choose_questions(stacked(parts, features.dim), probability, settings):
            image, one = able[row]
            found.append({"image_id": image.id, "class_id": class_id, "xyxy": plain(one.xyxy)})
    return found
