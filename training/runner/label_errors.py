"""What a check found, brought into the database."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotations.geometry import XYXY, inside, iou
from annotations.label_errors import actions
from annotations.models import LabelClass, LabelError, SuggestionBatch
from projects.models import Image
from training.models import Run
from training.protocol import events, job_file
from training.protocol import label_errors as protocol
from training.protocol.job import JobBox
from training.protocol.results import FILE
from training.runner.claims import Claim
from training.runner.jobfile import PreparedJob
from training.runner.results import batch_of

SAME = 0.5  # IoU of two places that are one
ROWS = 200


class _SettledErrors:
    """Errors that are not stored: those that are stored already, and those that people called right."""

    def __init__(self, batch: SuggestionBatch) -> None:
        self._of_boxes: set[tuple[str, int, UUID, XYXY]] = set()
        self._places: dict[tuple[int, int], list[XYXY]] = defaultdict(list)
        said = LabelError.objects.filter(batch__project=batch.project_id, state=LabelError.State.RIGHT)
        for error in (*said, *batch.label_errors.all()):
            self.add(error)

    def add(self, error: LabelError) -> None:
        if error.box is not None:
            self._of_boxes.add((error.kind, error.label_id, error.box, error.xyxy))
        if error.kind == LabelError.Kind.MISSING:
            self._places[error.image_id, error.label_id].append(error.xyxy)

    def holds(self, error: LabelError) -> bool:
        """Of a box as it still is, or of a missing one at the same place."""
        if error.box is not None:
            return (error.kind, error.label_id, error.box, error.xyxy) in self._of_boxes
        return any(iou(error.xyxy, one) >= SAME for one in self._places[error.image_id, error.label_id])


@dataclass(frozen=True, slots=True)
class _Job:
    """What the results' numbers mean."""

    boxes: dict[int, JobBox]
    names: dict[int, str]

    @classmethod
    def of(cls, prepared: PreparedJob) -> _Job:
        job = job_file.load(prepared.path)
        boxes = {box.id: box for image in job.images for box in image.boxes if box.id is not None}
        return cls(boxes, prepared.boxes)


def store(claim: Claim, prepared: PreparedJob, tick: Callable[[], None]) -> None:
    """Ends a check as done, in small transactions. What people called right is not asked again.

    Storing again stores nothing twice.
    """
    folder = prepared.path.parent
    found, job = protocol.load(folder / FILE), _Job.of(prepared)
    batch = batch_of(claim)
    known = _SettledErrors(batch)
    rows = found["label_errors"]
    for start in range(0, len(rows), ROWS):
        tick()
        actions.store([row for row in _rows(batch, rows[start : start + ROWS], job) if not known.holds(row)])
    actions.withdraw_older(batch, list(claim.run.classes.values_list("pk", flat=True)))
    count, info = batch.label_errors.count(), found["info"]
    result = claim.run.result | dict(info) | {"label_errors": count}
    done = events.stored(events.End(sum(info["seconds"].values()), count))
    claim.end(Run.State.DONE, [done], result=result, percent=100.0, error_code="", error_text="")
    shutil.rmtree(folder, ignore_errors=True)


def discard(run: Run) -> None:
    """Of a cancelled check nothing is kept."""
    if run.batch is not None:
        actions.delete(run.batch.label_errors.all())


def _rows(batch: SuggestionBatch, part: Sequence[protocol.LabelErrorRow], job: _Job) -> Iterator[LabelError]:
    """Those whose image and classes are still there."""
    images = Image.objects.in_bulk({row["image"] for row in part})
    labels = set(LabelClass.objects.filter(project=batch.project_id).values_list("pk", flat=True))
    for row in part:
        image, named = images.get(row["image"]), {row["class_id"], row["proposed"]} - {None}
        if image is None or not named <= labels:
            continue
        error = LabelError(
            batch=batch, image=image, kind=row["kind"], label_id=row["class_id"], proposed_id=row["proposed"],
            probability=row["probability"],
        )  # fmt: skip
        place = inside(_corners(row["xyxy"]), image.width, image.height) if row["xyxy"] else None
        if row["box"] is not None:
            error.box, error.xyxy = UUID(job.names[row["box"]]), job.boxes[row["box"]].xyxy
            error.tight = list(place) if place else None
        elif place:
            error.xyxy = place
        if (error.box is None or error.kind == LabelError.Kind.LOOSE) and not place:
            continue  # outside the image
        yield error


def _corners(edges: Sequence[float]) -> XYXY:
    x1, y1, x2, y2 = edges
    return (x1, y1, x2, y2)
