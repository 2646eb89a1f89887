"""Stage: the likely label errors, listed."""

from __future__ import annotations

from training.engine import runtime
from training.engine.label_errors.evidence import Evidence
from training.engine.label_errors.folds import checked_images
from training.engine.label_errors.ranking import LabelError, label_errors
from training.engine.run import Run
from training.engine.storage.files import write_json
from training.protocol.job import JobImage
from training.protocol.label_errors import LabelErrorRow, LabelErrors
from training.protocol.results import FILE
from training.protocol.stages import RANK


def rank(run: Run, evidence: Evidence) -> None:
    """Writes suggestions.json of a check."""
    job = run.job
    images = {image.id: image for image in job.targets}
    complete = {image.id: image.complete_for for image in job.targets}

    def work() -> list[LabelErrorRow]:
        return [_row(one, images[one.image]) for one in label_errors(evidence, complete, run.tuning.label_errors)]

    rows = run.plain_stage(RANK.name, work)
    run.emitter.log("checked", f"{len(rows)} labels are likely wrong.", errors=len(rows))
    boxes = evidence.boxes
    results: LabelErrors = {
        "label_errors": rows,
        "info": {
            "seconds": run.seconds, "versions": runtime.versions(), "weights": run.weight_store.used(),
            "device": runtime.device_words(run.device), "images": len(checked_images(job.targets, list(job.classes))),
            "boxes": len(boxes.image),
        },
    }  # fmt: skip
    write_json(job.workdir / FILE, results)


def _row(error: LabelError, image: JobImage) -> LabelErrorRow:
    return {
        "image": error.image, "kind": error.kind, "box": None if error.place is None else image.boxes[error.place].id,
        "class_id": error.class_id, "proposed": error.proposed,
        "xyxy": None if error.xyxy is None else list(error.xyxy), "probability": round(error.probability, 4),
    }  # fmt: skip
