"""More like this: what is shown of a search's matches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from annotations.boxes.crops import window
from annotations.boxes.payloads import place_url
from annotations.geometry import XYXY, iou
from annotations.models import Box
from projects.models import Image
from training.models import Run
from training.runner.merging import SAME


def rows(run: Run, hidden: Collection[int] = ()) -> list[dict[str, Any]]:
    """The matches whose images are still there, best first; `boxed`: classes that people drew there already. hidden:
    ids of images of which that is not told.

    Two queries.
    """
    matches = run.result.get("matches", [])
    ids = {row[0] for row in matches}
    images = Image.objects.only("name", "width", "height").filter(project=run.project_id).in_bulk(ids)
    drawn = boxes_by_image(ids.difference(hidden))
    return [
        {
            "index": index,
            "image": {"id": image.pk, "name": image.name, "width": image.width, "height": image.height},
            "xyxy": xyxy,
            "crop": list(window(tuple(xyxy), image.width, image.height)),
            "similarity": similarity,
            "boxed": sorted({label for label, box in drawn.get(image.pk, ()) if iou(tuple(xyxy), box) >= SAME}),
            "crop_url": place_url(image.pk, xyxy),
        }
        for index, (pk, *xyxy, similarity) in enumerate(matches)
        if (image := images.get(pk))
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
