"""What a run asks before anything of it is reviewed: its questions as the suggestions that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.db import transaction

from annotations.geometry import XYXY, Place, iou
from annotations.models import Suggestion, SuggestionBatch
from annotations.review.actions import replace
from training.models import Run
from training.protocol.results import Question
from training.runner.claims import Claim
from training.runner.merging import SAME

ROWS = 200  # the most that one transaction writes


def suggestions_of(batch: SuggestionBatch, questions: Sequence[Question]) -> list[int]:
    """Ids of the suggestions of a batch that are asked about, in order; what was not stored is not asked."""
    stored: dict[Place, list[tuple[int, XYXY]]] = defaultdict(list)
    images = {question["image_id"] for question in questions}
    for row in batch.suggestions.filter(image__in=images, state__in=Suggestion.OPEN).defer("evidence"):
        stored[(row.image_id, row.label_id)].append((row.pk, row.xyxy))
    found = []
    for question in questions:
        x1, y1, x2, y2 = question["xyxy"]
        near = [(iou((x1, y1, x2, y2), xyxy), pk) for pk, xyxy in stored[(question["image_id"], question["class_id"])]]
        overlap, pk = max(near, default=(0.0, 0))
        if overlap >= SAME:
            found.append(pk)
    return list(dict.fromkeys(found))


def replace_followed(claim: Claim, tick: Callable[[], None]) -> None:
    """What waits of the run that this one follows is withdrawn, found anew or not: people's answers spoke about it."""
    followed = Run.objects.filter(pk=claim.run.params.get("follows"), project=claim.run.project_id).first()
    if followed is None or followed.batch_id is None:
        return
    waiting = Suggestion.objects.filter(batch=followed.batch_id, state=Suggestion.State.PENDING).order_by("pk")
    while ids := list(waiting.values_list("pk", flat=True)[:ROWS]):
        tick()
        with transaction.atomic():
            run = claim.lock()
            run.result["superseded"] = sorted({*run.result.get("superseded", ()), *replace(ids)})
            run.save(update_fields=["result"])
