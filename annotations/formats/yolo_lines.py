"""A line of a YOLO label file: class and box, parts of the image; or an outline, or a find with its probability."""

from __future__ import annotations

import math
from collections.abc import Mapping

from annotations.formats.numbers import whole
from annotations.formats.outlines import around, pairs
from annotations.formats.reading import OUTLINES, Findings, Place
from annotations.formats.types import LabelledBox, counted, marked
from annotations.geometry import XYXY

KEYPOINTS = counted(
    "%(n)s line has keypoints, which were left out.",
    "%(n)s lines have keypoints, which were left out; this is the first.",
)
EDGE = 1.0  # pixels; so far beyond the edge a box has only been rounded, and is clipped


class BadLine(Exception):
    """what: a marked sentence, which `data` fills."""

    def __init__(self, what: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.data = dict(data or {})


def box_of(
    line: str, size: tuple[int, int], classes: Mapping[int, str], place: Place, findings: Findings, *, keypoints: bool
) -> LabelledBox:
    """The box of a line that is not empty. keypoints: whether they follow the box (pose). Raises BadLine."""
    fields = line.split()
    number = whole(fields[0])
    try:
        values = [float(field) for field in fields[1:]]
    except ValueError as error:
        raise BadLine(marked("A box is a class and four numbers.")) from error
    if number is None:
        raise BadLine(marked("A box is a class and four numbers."))
    if len(values) < 4:
        raise BadLine(marked("A box is a class and four numbers; there are %(n)s fields."), {"n": len(fields)})
    if number not in classes:
        raise BadLine(marked("There is no class %(n)s."), {"n": number})
    if not all(map(math.isfinite, values)):
        raise BadLine(marked("This box has no size that can be drawn."))
    if keypoints and len(values) > 4:
        findings.tell(place, KEYPOINTS)
        values = values[:4]
    score = values.pop() if len(values) % 2 else None  # as `save_conf` writes it, behind the box
    if score is not None and not 0 <= score <= 1:
        raise BadLine(marked("The probability %(score)s is not between 0 and 1."), {"score": score})
    if len(values) > 4:
        findings.tell(place, OUTLINES)
        parts = around(pairs(values)) if len(values) > 5 else None
    else:
        cx, cy, w, h = values
        parts = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
        if w <= 0 or h <= 0:
            raise BadLine(marked("This box has no area."))
    if parts is None:
        raise BadLine(marked("A box is a class and four numbers; there are %(n)s fields."), {"n": len(fields)})
    return LabelledBox(classes[number], _pixels(parts, size), score)


def _pixels(parts: XYXY, size: tuple[int, int]) -> XYXY:
    width, height = size
    x1, y1, x2, y2 = parts[0] * width, parts[1] * height, parts[2] * width, parts[3] * height
    if min(x1, y1) < -EDGE or x2 > width + EDGE or y2 > height + EDGE:
        raise BadLine(marked("This box leads out of the image: its numbers must be parts of the image, from 0 to 1."))
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
    if x1 >= x2 or y1 >= y2:
        raise BadLine(marked("This box has no area."))
    return x1, y1, x2, y2
