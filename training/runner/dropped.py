"""What a run found below its thresholds, kept with it so that people who lower the cut-off find it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction

from annotations.models import Suggestion, SuggestionBatch
from annotations.review.actions import delete_dropped, store_suggestions
from training.protocol.results import Find
from training.runner.claims import Claim
from training.runner.merging import Arrival, merge

ROWS = 200  # the most that one transaction writes
IMAGES = 500  # whose older rows one question looks for
SOURCE = "dropped"


def arrival(image: int, row: Find) -> Arrival:
    """A dropped place of the results file."""
    return Arrival.of(
        image, {**row, "score": row["probability"], "source": SOURCE, "state": SOURCE, "neighbours": []}, {}
    )


def store(
    claim: Claim, batch: SuggestionBatch, images: Sequence[int], dropped: Sequence[Arrival], tick: Callable[[], None]
) -> None:
    """Stores what was dropped in `images` for the run's classes; older runs' rows of the same go.

    Storing again stores the same.
    """
    labels = list(claim.run.classes.values_list("pk", flat=True))
    for start in range(0, len(images), IMAGES):
        tick()
        delete_dropped(Suggestion.objects.filter(label__in=labels, image__in=images[start : start + IMAGES]))
    for start in range(0, len(dropped), ROWS):
        tick()
        _store_part(claim, batch, list(dropped[start : start + ROWS]))


def _store_part(claim: Claim, batch: SuggestionBatch, part: list[Arrival]) -> None:
    for last in (False, True):
        fresh = merge(batch, part, Suggestion.State.DROPPED).fresh
        try:
            with transaction.atomic():
                claim.lock()
                store_suggestions(fresh)
            return
        except IntegrityError:  # an image or class was deleted just now: look again
            if last:
                raise
