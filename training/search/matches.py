"""More like this: what a search is asked, what of its matches is kept and shown, and boxes made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from annotations.geometry import XYXY, iou
from annotations.models import Box
from projects.models import Image
from training.models import Run
from training.runner.merging import SAME

# --- asking -----------------------------------------------------------------------------------------------------------


# --- keeping ----------------------------------------------------------------------------------------------------------


# --- showing ----------------------------------------------------------------------------------------------------------
def rows(run: Run) -> list[dict[str, Any]]:
    """The matches whose images are still there, best first; `boxed`: classes that people drew there already. Two queries."""
    matches = run.result.get("matches", [])
    ids = {row[0] for row in matches}
    names = dict(Image.objects.filter(project=run.project_id, pk__in=ids).values_list("pk", "name")) if ids else {}
    drawn = boxes_by_image(ids)
    return [
        {
            "index": index,
            "image": {"id": image, "name": names[image]},
            "xyxy": xyxy,
            "similarity": similarity,
            "boxed": sorted({label for label, box in drawn.get(image, ()) if iou(tuple(xyxy), box) >= SAME}),
            "crop_url": crop_url(image, xyxy),
        }
        for index, (image, *xyxy, similarity) in enumerate(matches)
        if image in names
    ]


def boxes_by_image(images: set[int]) -> dict[int, list[tuple[int, XYXY]]]:
    """Class and corners of people's boxes, per image."""
    found: dict[int, list[tuple[int, XYXY]]] = {}
    rows = (
        Box.objects.filter(image__in=images).order_by("pk").values_list("image_id", "label_id", "x1", "y1", "x2", "y2")
    )
    for image, label, x1, y1, x2, y2 in rows if images else []:
        found.setdefault(image, []).append((label, (x1, y1, x2, y2)))
    return found


def crop_url(image: int, xyxy: Sequence[float]) -> str:
    """Where the picture of a place is."""
    return f"{reverse('file-image-crop', args=[image])}?{urlencode({'box': ','.join(f'{edge:g}' for edge in xyxy)})}"


# --- making boxes -----------------------------------------------------------------------------------------------------
