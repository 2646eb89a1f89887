"""Verbs of a search: boxes of what it found."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.blindness import hidden_images
from annotations.geometry import XYXY, Place, inside, iou
from annotations.locking import lock_images
from annotations.models import LabelClass, Suggestion, SuggestionBatch
from annotations.review.actions import NOWHERE
from annotations.unit_of_work import UnitOfWork, box_of
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import User
from projects.policies import Action
from training.models import Run
from training.runner.matches import SOURCE, evidence_of
from training.runner.merging import SAME
from training.scope import learnable
from training.search.matches import boxes_by_image


@transaction.atomic
def add_boxes(
    actor: User, run: Run, items: Sequence[int], label_id: int, *, corners: Mapping[int, XYXY] = NOWHERE
) -> dict[str, Any]:
    """Makes boxes of a class of some matches; where one lies already nothing is added. Undoing the run takes all back
    as one.

    corners: of items, where a person made other ones of them. Each box comes of an accepted suggestion of source
    `similar`, so that its origin stays known. Raises Refusal, Conflict.
    """
    policies.require(actor, Action.LABEL, run.project)
    if run.kind != Run.Kind.SIMILAR or run.state != Run.State.DONE:
        raise Conflict(_("This search has not ended yet."), code="live")
    label = run.project.classes.filter(pk=label_id).first()
    if label is None:
        raise Refusal(_("This project has no class %(id)s.") % {"id": label_id}, field="class")
    matches = run.result.get("matches", [])
    if not items or any(not 0 <= item < len(matches) for item in items):
        raise Refusal(_("Choose some of the places that were found."), field="items")
    run = Run.objects.select_for_update(of=("self",)).select_related("project", "batch").get(pk=run.pk)
    chosen = [(matches[item], corners.get(item)) for item in sorted(set(items))]
    there = (
        learnable(run.project)
        .exclude(pk__in=hidden_images(actor, run.project))
        .in_bulk({row[0] for row, _other in chosen})
    )
    taken: dict[Place, list[XYXY]] = {}
    for pk, drawn in boxes_by_image(set(there)).items():
        taken[pk, label.pk] = [box for one, box in drawn if one == label.pk]
    made = []
    drawn_to: list[XYXY] = []
    for (pk, x1, y1, x2, y2, similarity), other in chosen:
        image = there.get(pk)
        if image is None:
            continue
        xyxy = inside(other or (x1, y1, x2, y2), image.width, image.height)
        beside = taken.setdefault((pk, label.pk), [])
        if xyxy is not None and not any(iou(xyxy, box) >= SAME for box in beside):
            beside.append(xyxy)
            drawn_to.append(xyxy)
            made.append(_suggested(run, pk, label, (x1, y1, x2, y2), similarity))
    if made:
        _accept(actor, run, made, drawn_to)
    audit.record(actor, "run.boxes_added", run, project=run.project, run=run.pk, boxes=len(made), label=label.name)
    return {"added": len(made), "left_out": len(chosen) - len(made)}


def _suggested(run: Run, image: int, label: LabelClass, xyxy: XYXY, similarity: float) -> Suggestion:
    suggestion = Suggestion(
        image_id=image, label=label, probability=similarity, score=similarity, source=SOURCE,
        evidence=[evidence_of(run, similarity)] if run.params["xyxy"] else [],
    )  # fmt: skip
    suggestion.xyxy = xyxy
    return suggestion


def _accept(actor: User, run: Run, made: list[Suggestion], drawn_to: list[XYXY]) -> None:
    unit = UnitOfWork(actor, lock_images({suggestion.image_id for suggestion in made}).values())
    batch = run.batch or SuggestionBatch.objects.create(project=run.project, created_by=actor)
    if run.batch is None:
        run.batch = batch
        run.save(update_fields=["batch"])
    elif batch.withdrawn_at is not None:
        batch.withdrawn_at = None
        batch.save(update_fields=["withdrawn_at"])
    for suggestion, xyxy in zip(made, drawn_to, strict=True):
        suggestion.batch = batch
        box = box_of(suggestion, actor, uuid.uuid4())
        box.xyxy = xyxy
        unit.accept(suggestion, box)
    unit.write()
