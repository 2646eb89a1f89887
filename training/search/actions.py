"""Verbs of a search: boxes of what it found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.geometry import XYXY, Place, iou
from annotations.locking import lock_images
from annotations.models import LabelClass, Suggestion, SuggestionBatch
from annotations.unit_of_work import UnitOfWork, box_of
from projects import audit, policies
from projects.errors import Conflict, Refused
from projects.models import Image, User
from projects.policies import Action
from training.models import Run
from training.runner.matches import SOURCE, evidence_of
from training.runner.merging import SAME
from training.search.matches import boxes_by_image


@transaction.atomic
def add_boxes(actor: User, run: Run, items: Sequence[int], label_id: int) -> dict[str, Any]:
    """Makes boxes of a class of some matches; where one lies already nothing is added. Undoing the run takes all back as one.

    Each box comes of an accepted suggestion of source `similar`, so that its origin stays known. Raises Refused, Conflict.
    """
    policies.require(actor, Action.LABEL, run.project)
    if run.kind != Run.Kind.SIMILAR or run.state != Run.State.DONE:
        raise Conflict(_("This search has not ended yet."), code="live")
    label = run.project.classes.filter(pk=label_id).first()
    if label is None:
        raise Refused(_("This project has no class %(id)s.") % {"id": label_id}, field="class")
    matches = run.result.get("matches", [])
    if not items or any(not 0 <= item < len(matches) for item in items):
        raise Refused(_("Choose some of the places that were found."), field="items")
    run = Run.objects.select_for_update(of=("self",)).select_related("project", "batch").get(pk=run.pk)
    chosen = [matches[item] for item in sorted(set(items))]
    there = set(
        Image.objects.filter(project=run.project, pk__in={row[0] for row in chosen}).values_list("pk", flat=True)
    )
    taken: dict[Place, list[XYXY]] = {}
    for image, drawn in boxes_by_image(there).items():
        taken[image, label.pk] = [box for one, box in drawn if one == label.pk]
    made = []
    for image, x1, y1, x2, y2, similarity in chosen:
        xyxy, beside = (x1, y1, x2, y2), taken.setdefault((image, label.pk), [])
        if image in there and not any(iou(xyxy, other) >= SAME for other in beside):
            beside.append(xyxy)
            made.append(_suggested(run, image, label, xyxy, similarity))
    if made:
        _accept(actor, run, made)
    audit.record(actor, "run.boxes_added", run, project=run.project, run=run.pk, boxes=len(made), label=label.name)
    return {"added": len(made), "left_out": len(chosen) - len(made)}


def _suggested(run: Run, image: int, label: LabelClass, xyxy: XYXY, similarity: float) -> Suggestion:
    suggestion = Suggestion(
        image_id=image, label=label, probability=similarity, score=similarity, source=SOURCE,
        evidence=[evidence_of(run, similarity)] if run.params["xyxy"] else [],
    )  # fmt: skip
    suggestion.xyxy = xyxy
    return suggestion


def _accept(actor: User, run: Run, made: list[Suggestion]) -> None:
    unit = UnitOfWork(actor, lock_images({suggestion.image_id for suggestion in made}).values())
    batch = run.batch or SuggestionBatch.objects.create(project=run.project, created_by=actor)
    if run.batch is None:
        run.batch = batch
        run.save(update_fields=["batch"])
    elif batch.withdrawn_at is not None:
        batch.withdrawn_at = None
        batch.save(update_fields=["withdrawn_at"])
    for suggestion in made:
        suggestion.batch = batch
        unit.accept(suggestion, box_of(suggestion, actor, uuid.uuid4()))
    unit.write()
