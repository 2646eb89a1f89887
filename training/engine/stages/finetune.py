"""Stage: a detector is fine-tuned on shots and sure finds."""

from __future__ import annotations

from training.engine.class_model.objects import ClassProposals, Verification, objects_of
from training.engine.class_model.thresholds import state_of
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.finetune.dataset import Pseudo
from training.engine.run import Run

NOT_THERE = 0.1


def train(run: Run, proposals: dict[int, ClassProposals], verified: dict[int, Verification]) -> None:
    """Fine-tunes a detector on people's boxes and what the class models are sure of."""
    from training.engine.finetune.trainer import fine_tune

    run.stage("train", lambda: (fine_tune(run, pseudo_labels(run, proposals, verified)), {}))


def pseudo_labels(run: Run, proposals: dict[int, ClassProposals], verified: dict[int, Verification]) -> list[Pseudo]:
    """Target images of which nobody spoke, with boxes that would be accepted unseen.

    All other boxes that may be the class are not to be learnt from; where people rejected boxes, only they teach.
    """
    sure: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    unsure: dict[int, list[FloatArray]] = {}
    for image, objects in objects_of(run.job, proposals, verified):
        if image.boxes or image.rejected:
            continue
        for one in objects:
            measured = verified[one.class_id].model.measured
            state = state_of(one.probability, measured.threshold_review, measured.threshold_auto)
            if one.stands and state == "auto":
                x1, y1, x2, y2 = (float(edge) for edge in one.xyxy)
                sure.setdefault(image.id, []).append((one.class_id, (x1, y1, x2, y2)))
            elif one.probability >= NOT_THERE:
                unsure.setdefault(image.id, []).append(one.xyxy)
    return [
        Pseudo(run.images[image_id], tuple(boxes), as_boxes(unsure.get(image_id, [])))
        for image_id, boxes in sure.items()
    ]  # fmt: skip
