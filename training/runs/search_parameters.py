"""The parameters of a search, checked against the project."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotations.geometry import XYXY
from annotations.models import Box, LabelClass
from projects.errors import Refusal
from projects.models import Image, Project
from training.scope import learnable


def parse(project: Project, asked: Mapping[str, Any]) -> tuple[list[LabelClass], dict[str, Any]]:
    """`image` (id), and `box` (id of a box in it) or `xyxy` (a place in it) unless the image itself is to be compared.

    `within`: only in that image, leaving suggestions there; of the box's class, or of the one in `classes`.
    Raises Refusal with the field's name.
    """
    image = project.images.filter(pk=asked["image"]).first() if isinstance(asked.get("image"), int) else None
    if image is None:
        raise Refusal(_("Name an image of this project to compare with."), field="image")
    if not learnable(project).filter(pk=image.pk).exists():
        words = _("This image is in the test split: nothing is learned from it, and nothing is suggested there.")
        raise Refusal(words, code="test_split", field="image")
    box = _box(image, asked["box"]) if asked.get("box") else None
    if asked.get("box") and box is None:
        raise Refusal(_("This box is not in the image (any more)."), code="no_box", field="box")
    xyxy = box.xyxy if box else _place(asked.get("xyxy"), image)
    within = bool(asked.get("within"))
    wanted = asked.get("classes") or []
    labels = [box.label] if box and not wanted else list(project.classes.filter(pk__in=wanted[:1]))
    if within and (xyxy is None or not labels):
        raise Refusal(_("Select a box to find more like it."), field="box")
    params = {"image": image.pk, "box": str(box.pk) if box else None, "xyxy": xyxy, "within": within}
    return labels, params | ({"images": [image.pk]} if within else {})


def _box(image: Image, asked: Any) -> Box | None:
    try:
        return image.boxes.select_related("label").filter(pk=uuid.UUID(str(asked))).first()
    except ValueError:  # no id at all
        return None


def _place(asked: Any, image: Image) -> XYXY | None:
    if asked is None:
        return None
    try:
        x1, y1, x2, y2 = (float(edge) for edge in asked)
    except (TypeError, ValueError):
        x1 = y1 = x2 = y2 = math.nan
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(image.width)), min(y2, float(image.height))
    if not (math.isfinite(x1 + y1 + x2 + y2) and x2 - x1 >= 1 and y2 - y1 >= 1):
        raise Refusal(_("A box is four numbers: left,top,right,bottom."), field="xyxy")
    return x1, y1, x2, y2
