"""The labels of an image put into its picture: turned and scaled with it, cut at its edges. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from annotations.formats import LabelledBox, LabelledImage
from annotations.geometry import XYXY, inside

SHAPE = 0.01  # how much two sizes of one picture may differ in shape

# Where a corner of a lying picture is once it stands upright: x, y, width, height of the lying one (EXIF 5 to 8).
_TURNS: dict[int, Callable[[float, float, int, int], tuple[float, float]]] = {
    5: lambda x, y, w, h: (y, x),
    6: lambda x, y, w, h: (h - y, x),
    7: lambda x, y, w, h: (h - y, w - x),
    8: lambda x, y, w, h: (y, w - x),
}


class OtherShapeError(Exception):
    """Labels of a picture that was cropped or turned since."""


@dataclass(frozen=True, slots=True)
class Fit:
    """image: with its boxes in pixels of the picture, those that are lost among its `left_out`. lost, lost_predictions:
    those that lie outside, or are smaller than a pixel.
    """

    image: LabelledImage
    lost: tuple[LabelledBox, ...] = ()
    lost_predictions: tuple[LabelledBox, ...] = ()
    scaled: bool = False
    turned: bool = False


def fit(labelled: LabelledImage, size: tuple[int, int], orientation: int = 1) -> Fit:
    """size: width, height of the upright picture. orientation: that its file says (EXIF): labels of the size that it
    has lying are turned with it. Raises OtherShapeError.
    """
    own = (labelled.width, labelled.height)
    lying = (size[1], size[0])
    if own == size and _all_inside(labelled.boxes, size) and _all_inside(labelled.predictions, size):
        return Fit(labelled)  # as nearly all are, and all that were fitted before
    if not all(own):
        return _placed(labelled, (1.0, 1.0), size)
    if _same_shape(own, size):
        return _placed(labelled, (size[0] / own[0], size[1] / own[1]), size)
    if orientation in _TURNS and _same_shape(own, lying):
        return _placed(labelled, (lying[0] / own[0], lying[1] / own[1]), size, orientation)
    raise OtherShapeError


def _placed(labelled: LabelledImage, scale: tuple[float, float], size: tuple[int, int], orientation: int = 1) -> Fit:
    def placed(boxes: tuple[LabelledBox, ...], lost: list[LabelledBox]) -> tuple[LabelledBox, ...]:
        found = []
        for box in boxes:
            x1, y1, x2, y2 = box.xyxy
            xyxy = (x1 * scale[0], y1 * scale[1], x2 * scale[0], y2 * scale[1])
            cut = inside(_turned(xyxy, size, orientation) if orientation != 1 else xyxy, *size)
            if cut is None:
                lost.append(box)
            else:
                found.append(box if cut == box.xyxy else replace(box, xyxy=cut))
        return tuple(found)

    lost: list[LabelledBox] = []
    lost_predictions: list[LabelledBox] = []  # which hide no object where people drew boxes
    image = replace(
        labelled,
        width=size[0],
        height=size[1],
        boxes=placed(labelled.boxes, lost),
        predictions=placed(labelled.predictions, lost_predictions),
    )
    missed = lost if labelled.boxes else lost_predictions
    image = replace(image, left_out=(*labelled.left_out, *(box.label for box in missed)))
    return Fit(image, tuple(lost), tuple(lost_predictions), scale != (1.0, 1.0), orientation != 1)


def _all_inside(boxes: Iterable[LabelledBox], size: tuple[int, int]) -> bool:
    return all(inside(box.xyxy, *size) == box.xyxy for box in boxes)


def _turned(xyxy: XYXY, size: tuple[int, int], orientation: int) -> XYXY:
    turn = _TURNS[orientation]
    (ax, ay), (bx, by) = (turn(x, y, size[1], size[0]) for x, y in (xyxy[:2], xyxy[2:]))
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _same_shape(own: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether it is the same picture, larger or smaller; a pixel more or less is rounding."""
    x, y = size[0] / own[0], size[1] / own[1]
    return abs(x / y - 1) <= SHAPE or abs(size[0] - own[0] * y) <= 1 or abs(size[1] - own[1] * x) <= 1
