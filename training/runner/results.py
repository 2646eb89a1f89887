"""What a finished engine left, brought into the database: suggestions, model versions, figures. Storing twice stores once."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from annotations.models import SuggestionBatch
from annotations.review.actions import offer_again, replace, store_suggestions, take_back
from training.analysis import held_out_errors
from training.analysis.time_saved import seconds_expected
from training.model_versions import store as model_versions_store
from training.models import Run
from training.runner.claims import Claim
from training.runner.jobfile import Prepared
from training.runner.merging import Arrival, Merged, merge

ROWS = 200  # the most that one transaction writes, so that people's saves never wait
TRIES = 3


class BadResults(Exception):
    """The engine's files break the contract; the text is for people."""


@dataclass(frozen=True, slots=True)
class Results:
    """suggestions.json, opened."""

    arrivals: list[Arrival]
    images: int
    classes: dict[str, Any]
    info: dict[str, Any]


def read(path: Path, boxes: dict[int, str]) -> Results:
    """Opens suggestions.json; the job's integers become the ids of people's boxes again. Raises BadResults."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
        arrivals = [
            Arrival.of(image["id"], row, boxes)
            for image in raw["images"]
            for row in sorted(image["suggestions"], key=lambda row: -row["probability"])
        ]
        classes = {str(pk): _figures(figures, boxes) for pk, figures in raw.get("classes", {}).items()}
        return Results(arrivals, len(raw["images"]), classes, dict(raw.get("info", {})))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadResults(f"The engine's results cannot be read ({type(error).__name__}: {error}).") from error


def _figures(figures: dict[str, Any], boxes: dict[int, str]) -> dict[str, Any]:
    """A class's figures: outliers named by people's boxes again, mistakes checked."""
    outliers = [boxes[number] for number in figures.get("outlier_box_ids", ()) if number in boxes]
    mistakes = [held_out_errors.checked(case) for case in figures.get("worst", ())[: held_out_errors.MOST]]
    return figures | {"outlier_box_ids": outliers, "worst": mistakes}


def store(claim: Claim, prepared: Prepared, summary: dict[str, Any] | None, tick: Callable[[], None]) -> None:
    """Stores everything and ends the run as done. A worker that dies in the middle leaves what the next attempt completes."""
    folder = prepared.path.parent
    found = read(folder / "suggestions.json", prepared.boxes)
    started = time.monotonic()
    batch, counts = store_arrivals(claim, found.arrivals, tick)
    run = claim.run
    trained = model_versions_store.keep(run, folder, found.classes, found.info, tick)
    stored = batch.suggestions.count()
    result = run.result | {
        **found.info,
        "classes": found.classes,
        "summary": (trained.details.get("summary") if trained else None) or summary,
        "metrics": trained.metrics if trained else {},
        "curves": trained.details.get("curves", {}) if trained else {},
        "counts": {
            "images": found.images,
            "suggested": stored,
            "sure": batch.suggestions.filter(sure=True).count(),
            "left_out": dict(counts),
        },
        "saved_s": _saved(found),
    }
    result["seconds"] = dict(result.get("seconds") or {}) | {"store": round(time.monotonic() - started, 3)}
    claim.end(
        Run.State.DONE,
        [("done", {"suggested": stored, "sure": result["counts"]["sure"], "seconds": sum(result["seconds"].values())})],
        result=result,
        percent=100.0,
        error_code="",
        error_text="",
    )
    shutil.rmtree(folder, ignore_errors=True)


def store_arrivals(
    claim: Claim, arrivals: list[Arrival], tick: Callable[[], None]
) -> tuple[SuggestionBatch, Counter[str]]:
    """Puts what is new among them into the run's batch, in small transactions; and counts what was left out, by reason."""
    batch = _batch(claim)
    counts: Counter[str] = Counter()
    for part in _parts(arrivals):
        tick()
        _store_part(claim, batch, part, counts)
    return batch, counts


def _saved(found: Results) -> float | None:
    """Seconds of drawing that the suggestions save, by the precision that held-out shots showed; None where none did."""
    suggested = Counter(str(arrival.label) for arrival in found.arrivals)
    measured = {pk: figures.get("precision") for pk, figures in found.classes.items()}
    if any(measured.get(pk) is None for pk in suggested):
        return None
    return round(sum(seconds_expected(count, measured[pk] or 0.0) for pk, count in suggested.items()), 1)


def _batch(claim: Claim) -> SuggestionBatch:
    with transaction.atomic():
        run = claim.lock()
        if run.batch is None:
            run.batch = SuggestionBatch.objects.create(project_id=run.project_id, created_by_id=run.created_by_id)
            run.save(update_fields=["batch"])
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


def _write(claim: Claim, batch: SuggestionBatch, merged: Merged) -> None:
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
