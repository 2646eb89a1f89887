"""Stage: what a detector is fine-tuned on beside people's boxes: suggestions that would be accepted unseen."""

from __future__ import annotations

from collections.abc import Mapping

from training.engine.class_model.objects import Verification, objects_of
from training.engine.class_model.thresholds import state_of
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.finetune.dataset import Pseudo
from training.engine.tuning import Tuning
from training.protocol.job import Job


def pseudo_labels(job: Job, verified: Mapping[int, Verification], tuning: Tuning) -> list[Pseudo]:
    """Target images outside the validation split that nobody labelled, with boxes that would be accepted unseen.

    All other boxes that may be the class are not to be learnt from; where people rejected boxes, only people's boxes
    count.
    """
    images = {image.id: image for image in job.images}
    sure: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    unsure: dict[int, list[FloatArray]] = {}
    for image, objects in objects_of(job, verified, tuning.suppression):
        if image.boxes or image.rejected or image.split == "val":
            continue
        for one in objects:
            measured = verified[one.class_id].measured
            state = state_of(one.probability, measured.threshold_review, measured.threshold_auto)
            if one.stands and state == "auto":
                x1, y1, x2, y2 = (float(edge) for edge in one.xyxy)
                sure.setdefault(image.id, []).append((one.class_id, (x1, y1, x2, y2)))
            elif one.probability >= tuning.pseudo_labels.not_there:
                unsure.setdefault(image.id, []).append(one.xyxy)
    return [
        Pseudo(images[image_id], tuple(boxes), as_boxes(unsure.get(image_id, []))) for image_id, boxes in sure.items()
    ]
