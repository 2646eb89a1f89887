"""Locks of image rows, and how many rows one transaction may write."""

from __future__ import annotations

from projects.models import Image

BATCH = 200


def lock_images(pks: set[int]) -> dict[int, Image]:
    """Locks images in one order (no deadlock), each already counted up to its next version."""
    images = {image.pk: image for image in Image.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    for image in images.values():
        image.version += 1
    Image.objects.bulk_update(images.values(), ["version"])
    return images
