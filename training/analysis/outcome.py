"""What became of a run: its suggestions against people's boxes, in images that people have said complete since."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from annotations.geometry import XYXY, Place, iou
from annotations.models import Box, Complete, Suggestion
from training.models import Run
from training.protocol.intervals import wilson
from training.scope import scope_images

HIT = 0.5
MOST = 200  # images and classes that are compared; the last that were finished


def since_finished(run: Run) -> dict[int, dict[str, Any]]:
    """Per class: images, precision and recall with 95 % intervals. Nothing of a run that was undone or is not done.

    Counted are images that the run looked at. Boxes that were there before it stored anything it was not asked for, so
    they are no part. Suggestions count whatever became of them: accepted, rejected, waiting, or replaced by a later
    run's.
    """
    if run.state != Run.State.DONE or run.batch is None or run.batch.withdrawn_at or not run.finished_at:
        return {}
    if run.params.get("dataset") and run.dataset is None:
        return {}
    looked_at = scope_images(run.project, run.dataset, run.params.get("images")).filter(
        created_at__lte=run.started_at or run.created_at
    )
    finished = Complete.objects.filter(
        label__in=run.classes.values("pk"), at__gte=run.finished_at, image__in=looked_at.order_by().values("pk")
    )
    places: set[Place] = set(finished.order_by("-at", "-pk").values_list("image_id", "label_id")[:MOST])
    if not places:
        return {}
    images, labels = {image for image, _ in places}, {label for _, label in places}
    drawn = Box.objects.filter(image__in=images, label__in=labels, created_at__gte=run.batch.created_at)
    shown = run.batch.suggestions.exclude(state=Suggestion.State.DROPPED)
    asked = shown.filter(image__in=images, label__in=labels).order_by("-probability", "pk")
    true, found = _by_place(drawn.order_by("pk")), _by_place(asked)
    return {label: _figures([place for place in places if place[1] == label], true, found) for label in sorted(labels)}


def _by_place(rows: Any) -> dict[Place, list[XYXY]]:
    found: dict[Place, list[XYXY]] = defaultdict(list)
    for image, label, *edges in rows.values_list("image_id", "label_id", "x1", "y1", "x2", "y2"):
        x1, y1, x2, y2 = edges
        found[image, label].append((x1, y1, x2, y2))
    return found


def _figures(
    places: list[Place], true: dict[Place, list[XYXY]], found: dict[Place, list[XYXY]]
) -> dict[str, Any]:  # fmt: skip
    truths = sum(len(true[place]) for place in places)
    suggested = sum(len(found[place]) for place in places)
    hits = sum(_hits(found[place], true[place]) for place in places)
    figures: dict[str, Any] = {"images": len(places), "boxes": truths, "suggested": suggested}
    for name, whole in (("precision", suggested), ("recall", truths)):
        low, high = wilson(hits, whole)
        figures |= {name: hits / whole if whole else None, f"{name}_low": low, f"{name}_high": high}
    return figures


def _hits(found: list[XYXY], true: list[XYXY]) -> int:
    """How many, best first, find a box that no better one has."""
    left = list(true)
    for box in found:
        best = max(left, key=lambda other: iou(box, other), default=None)
        if best is not None and iou(box, best) >= HIT:
            left.remove(best)
    return len(true) - len(left)
