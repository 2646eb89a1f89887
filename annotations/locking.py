"""Locks of image rows, and how many rows one transaction may write."""

from __future__ import annotations

from collections.abc import Collection

from projects.models import Image

BATCH = 200


def lock_images(pks: Collection[int]) -> dict[int, Image]:
    """Locks images, always in one order and always before their boxes and suggestions, so that no two writers wait in a
    ring.

    The lock lets others add rows that point at the image, as runs and comments do; it shuts out who would change its
    boxes.
    """
    rows = Image.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    return {image.pk: image for image in rows}
