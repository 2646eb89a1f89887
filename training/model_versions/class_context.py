"""What the page of a class model shows beside its figures: its shots, what to label next, and what it is mixed up
with.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from annotations.blindness import hidden_images
from projects.web.actor import actor_of
from projects.web.page import page_of
from training import shots
from training.analysis import confusion, next_images
from training.models import ModelVersion

SHOTS_AT_ONCE = 36


def context(request: HttpRequest, model: ModelVersion) -> dict[str, Any]:
    """Nothing for a trained detector, and for a class that was deleted."""
    label = model.label
    if label is None:
        return {}
    odd = [str(pk) for pk in model.metrics.get("outlier_box_ids") or ()]
    hidden = hidden_images(actor_of(request), label.project)
    page = page_of(request, shots.Shots(label.pk, odd, hidden), SHOTS_AT_ONCE)
    following = next_images.next_images(label, seed=f"{label.pk} {timezone.localdate()}", hidden=set(hidden))
    return {
        "label": label,
        "page": page,
        "shots": shots.rows(page),
        "odd": len(odd),
        "teaching": page.paginator.count - shots.left_out([label.pk]).count(),
        "versions": label.models.values("pk", "version", "shots", f1=F("metrics__f1"))[:10],
        "next_images": following,
        "neighbours": confusion.neighbours(label),
    }
