"""A class's worst held-out mistakes: read from the engine's results, and shown as pictures of images that are still
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from annotations.blindness import labelled_apart
from annotations.boxes.crops import window
from projects.models import Image

MOST = 12
Figures = dict[str, Any]


def without(figures: Figures) -> Figures:
    """Figures of a class for lists and downloads, where nobody sees pictures."""
    return {name: value for name, value in figures.items() if name != "worst"}


def pictured(many: Sequence[tuple[int, Figures]]) -> list[Figures]:
    """Figures of classes, each with its project's id: their `worst` with addresses of pictures, in one query for all.

    What lies in images that are gone, that are of another project, or that people label apart, is left out.
    """
    ids = {case["image_id"] for _, figures in many for case in figures.get("worst", ())}
    images: dict[tuple[int, int], tuple[str, int, int]] = {
        (project, pk): (name, width, height)
        for project, pk, name, width, height in (
            Image.objects.filter(pk__in=ids)
            .exclude(pk__in=labelled_apart({project for project, _ in many}))
            .values_list("project_id", "pk", "name", "width", "height")
            if ids
            else ()
        )
    }
    shown = []
    for project, figures in many:
        if "worst" in figures:
            cases = [case for case in figures["worst"] if (project, case["image_id"]) in images]
            figures = figures | {"worst": [_row(case, *images[project, case["image_id"]]) for case in cases]}
        shown.append(figures)
    return shown


def _row(case: dict[str, Any], name: str, width: int, height: int) -> dict[str, Any]:
    """`window` is the part of the image that the picture at `crop_url` shows."""
    boxes = [case["xyxy"], *([case["drawn"]] if case["drawn"] else [])]
    x1, y1 = (min(box[edge] for box in boxes) for edge in (0, 1))
    x2, y2 = (max(box[edge] for box in boxes) for edge in (2, 3))
    address = reverse("file-image-crop", args=[case["image_id"]])
    return case | {
        "name": name,
        "window": window((x1, y1, x2, y2), width, height),
        "crop_url": f"{address}?{urlencode({'box': f'{x1:g},{y1:g},{x2:g},{y2:g}'})}",
    }
