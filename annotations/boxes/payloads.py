"""What a page or a client is told of an image: boxes, what is complete, pending suggestions, neighbours."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from annotations.models import Box, Suggestion
from projects.models import Image


def image_urls(image_id: int) -> dict[str, str]:
    return {
        "url": reverse("file-image", args=[image_id]),
        "thumb_url": reverse("file-thumb", args=[image_id]),
    }


def box_row(box: Box) -> dict[str, Any]:
    return {
        "id": str(box.id),
        "class": box.label_id,
        "xyxy": list(box.xyxy),
        "author": box.author.email if box.author else None,
        "origin": box.origin,
        "updated_at": box.updated_at.isoformat(),
    }


def suggestion_row(suggestion: Suggestion) -> dict[str, Any]:
    """`run` is the batch's run where there is one; the reverse relation is named by the app above."""
    return {
        "id": suggestion.pk,
        "class": suggestion.label_id,
        "xyxy": list(suggestion.xyxy),
        "probability": suggestion.probability,
        "score": suggestion.score,
        "source": suggestion.source,
        "sure": suggestion.sure,
        "state": suggestion.state,
        "version": suggestion.version,
        "batch": suggestion.batch_id,
        "run": _run_id(suggestion),
        "evidence": [_evidence_row(item) for item in suggestion.evidence],
        "crop_url": reverse("file-suggestion-crop", args=[suggestion.pk]),
    }


def image_state(image: Image) -> dict[str, Any]:
    """ImageState of docs/api.md, read in a fixed number of queries."""
    neighbours = image.dataset.images.aggregate(total=Count("pk"), position=Count("pk", filter=Q(pk__lte=image.pk)))
    previous = image.dataset.images.filter(pk__lt=image.pk).order_by("-pk").values_list("pk", flat=True).first()
    following = image.dataset.images.filter(pk__gt=image.pk).order_by("pk").values_list("pk", flat=True).first()
    pending = (
        image.suggestions.filter(state=Suggestion.State.PENDING)
        .select_related("batch__run")
        .order_by("-probability", "id")
    )
    return {
        "id": image.pk,
        "name": image.name,
        "width": image.width,
        "height": image.height,
        **image_urls(image.pk),
        "version": image.version,
        "boxes": [box_row(box) for box in image.boxes.select_related("author")],
        "complete": sorted(image.complete.values_list("label_id", flat=True)),
        "suggestions": [suggestion_row(suggestion) for suggestion in pending],
        "previous": previous,
        "next": following,
        **neighbours,
    }


def _run_id(suggestion: Suggestion) -> int | None:
    run = getattr(suggestion.batch, "run", None)
    return run.pk if run else None


def _evidence_row(item: dict[str, Any]) -> dict[str, Any]:
    box = item.get("box_id")
    return item | {"crop_url": reverse("file-box-crop", args=[box]) if box else None}
