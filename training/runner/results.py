"""What a finished engine left, brought into the database: suggestions, model versions, figures.

Storing twice stores once.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.models import Suggestion, SuggestionBatch
from annotations.review.actions import delete_dropped, offer_again, replace, store_suggestions, take_back
from labelhub.live.notify import run_group, wake
from training.analysis import held_out_errors
from training.analysis.time_saved import seconds_expected
from training.model_versions import store as model_versions_store
from training.models import Run
from training.protocol import events, job_file, measured, results_file
from training.protocol import results as protocol
from training.protocol.stages import MEASURE, STORE, TRAIN
from training.runner import dropped, questions
from training.runner.claims import Claim
from training.runner.jobfile import PreparedJob
from training.runner.merging import Arrival, MergeResult, merge

ROWS = 200  # the most that one transaction writes, so that people's saves never wait
TRIES = 3


@dataclass(frozen=True, slots=True)
class Results:
    """suggestions.json as the database knows it. images: ids of those that were looked at. questions: as they were
    written.
    """

    arrivals: list[Arrival]
    dropped: list[Arrival]
    images: list[int]
    classes: dict[str, dict[str, Any]]
    questions: list[protocol.Question]
    info: protocol.Info


def read(path: Path, boxes: dict[int, str]) -> Results:
    """Opens suggestions.json; the job's integers become the ids of people's boxes again. Raises BadResults."""
    found = results_file.load(path)
    arrivals = [
        Arrival.of(image["id"], row, boxes)
        for image in found["images"]
        for row in sorted(image["suggestions"], key=lambda row: -row["probability"])
    ]
    below = [dropped.arrival(image["id"], row) for image in found["images"] for row in image.get("dropped", ())]
    classes = {pk: _figures(figures, boxes) for pk, figures in found["classes"].items()}
    images = [image["id"] for image in found["images"]]
    return Results(arrivals, below, images, classes, found["questions"], found["info"])


def _figures(figures: protocol.ClassFigures, boxes: dict[int, str]) -> dict[str, Any]:
    """A class's figures as rows keep them: outliers named by people's boxes again, and a page full of mistakes."""
    outliers = [boxes[number] for number in figures.get("outlier_box_ids", ()) if number in boxes]
    return {**figures, "outlier_box_ids": outliers, "worst": figures["worst"][: held_out_errors.MOST]}


def store_finds(claim: Claim, prepared: PreparedJob, tick: Callable[[], None]) -> None:
    """The first part: suggestions, what was dropped, class models and figures, as soon as the engine has written them.

    People review them while a training goes on. A worker that dies in the middle leaves what the next attempt
    completes.
    """
    folder = prepared.path.parent
    found = read(folder / protocol.FILE, prepared.boxes)
    started = time.monotonic()
    batch, counts = store_arrivals(claim, found.arrivals, tick)
    dropped.store(claim, batch, found.images, found.dropped, tick)
    questions.replace_followed(claim, tick)
    models = model_versions_store.keep_class_models(
        claim.run, job_file.load(prepared.path), prepared.boxes, folder, found.classes, found.info, tick
    )
    shown = batch.suggestions.exclude(state=Suggestion.State.DROPPED)
    own: dict[str, Any] = {
        **found.info,
        "classes": found.classes,
        "counts": {
            "images": len(found.images),
            "suggested": shown.count(),
            "sure": shown.filter(sure=True).count(),
            "left_out": dict(counts),
        },
        "saved_s": _saved(found),
        "models": models,
        "questions": questions.suggestions_of(batch, found.questions),
        "suggestions_at": timezone.now().isoformat(),
    }
    own["seconds"] = dict(found.info.get("seconds") or {}) | {STORE.name: round(time.monotonic() - started, 3)}
    claim.append([], result=claim.run.result | own)
    wake(run_group(claim.run_id))


def are_stored(run: Run) -> bool:
    """Whether the first part is in the database: whatever becomes of the training, it stays."""
    return bool(run.result.get("suggestions_at"))


def store(claim: Claim, prepared: PreparedJob, summary: events.Summary | None, tick: Callable[[], None]) -> None:
    """Stores what is not stored yet, the trained detector among it, and ends the run as done.

    Storing again stores nothing twice.
    """
    if not are_stored(claim.run):
        store_finds(claim, prepared, tick)
    folder, run = prepared.path.parent, claim.run
    trained = model_versions_store.keep_detector(run, folder, run.result["classes"], run.result)
    result = run.result | {
        "summary": (trained.details.get("summary") if trained else None) or (dict(summary.model) if summary else None),
        "metrics": trained.metrics if trained else {},
        "curves": trained.details.get("curves", {}) if trained else {},
    }
    figures = measured.load(folder / measured.FILE)
    if figures is not None:
        result["test"] = figures
        result["seconds"] = result["seconds"] | {MEASURE.name: figures["seconds"]}
        model_versions_store.keep_test_figures(run, [*result["models"], *([trained.pk] if trained else [])], figures)
    if trained:
        result["models"] = [*result["models"], trained.pk]
    if trained and "seconds" in trained.details:
        result["seconds"] = result["seconds"] | {TRAIN.name: trained.details["seconds"]}
        known = {one["name"] for one in result["weights"]}
        result["weights"] = result["weights"] + [one for one in trained.details["weights"] if one["name"] not in known]
    counts = result["counts"]
    reported = events.End(sum(result["seconds"].values()), counts["suggested"], counts["sure"])
    claim.end(
        Run.State.DONE,
        [events.stored(reported)],
        result=result,
        percent=100.0,
        error_code="",
        error_text="",
    )
    shutil.rmtree(folder, ignore_errors=True)


def store_arrivals(
    claim: Claim, arrivals: list[Arrival], tick: Callable[[], None]
) -> tuple[SuggestionBatch, Counter[str]]:
    """Puts what is new among them into the run's batch, in small transactions; and counts what was left out, by
    reason.
    """
    batch = batch_of(claim)
    counts: Counter[str] = Counter()
    for part in _parts(arrivals):
        tick()
        _store_part(claim, batch, part, counts)
    return batch, counts


def _saved(found: Results) -> float | None:
    """Seconds of drawing that the suggestions save, by the precision that held-out shots showed; None where none
    did.
    """
    suggested = Counter(str(arrival.label) for arrival in found.arrivals)
    measured = {pk: figures.get("precision") for pk, figures in found.classes.items()}
    if any(measured.get(pk) is None for pk in suggested):
        return None
    return round(sum(seconds_expected(count, measured[pk] or 0.0) for pk, count in suggested.items()), 1)


def batch_of(claim: Claim) -> SuggestionBatch:
    """What holds all that the run brings, made where it is not there yet."""
    with transaction.atomic():
        run = claim.lock()
        if run.batch is None:
            run.batch = SuggestionBatch.objects.create(project_id=run.project_id, created_by_id=run.created_by_id)
            run.save(update_fields=["batch"])
        elif run.batch.withdrawn_at is not None:  # undone, and tried again
            run.batch.withdrawn_at = None
            run.batch.save(update_fields=["withdrawn_at"])
        return run.batch


def _parts(arrivals: list[Arrival]) -> Iterator[list[Arrival]]:
    for start in range(0, len(arrivals), ROWS):
        yield arrivals[start : start + ROWS]


def _store_part(claim: Claim, batch: SuggestionBatch, part: list[Arrival], counts: Counter[str]) -> None:
    for last in range(TRIES):
        merged = merge(batch, part)
        try:
            _write(claim, batch, merged)
        except IntegrityError:  # an image or class was deleted just now: look again
            if last + 1 == TRIES:
                raise
            continue
        counts.update(merged.left_out)
        return


def _write(claim: Claim, batch: SuggestionBatch, merged: MergeResult) -> None:
    """New rows first, then the withdrawal of those that they replace, in two transactions.

    Between the two there may be a double for a moment, but never a loss.
    """
    if merged.fresh:
        with transaction.atomic():
            claim.lock()
            store_suggestions(merged.fresh)
    if merged.replaced:
        with transaction.atomic():
            run = claim.lock()
            ids = replace(merged.replaced)
            run.result["superseded"] = sorted({*run.result.get("superseded", ()), *ids})
            run.save(update_fields=["result"])


def discard(claim: Claim) -> None:
    """Of a cancelled run nothing is kept: what it stored is withdrawn, what that had replaced waits again."""
    run = claim.run
    if run.batch is None:
        return
    take_back(run.batch.suggestions.all())
    delete_dropped(run.batch.suggestions.all())
    revive_superseded(run)


def revive_superseded(run: Run) -> int:
    """Suggestions of earlier runs that this one had replaced wait for review again, unless their own run was undone."""
    ids = list(run.result.get("superseded", ()))
    offer_again(ids)
    if ids:
        with transaction.atomic():
            row = Run.objects.select_for_update().get(pk=run.pk)
            row.result.pop("superseded", None)
            row.save(update_fields=["result"])
    return len(ids)
