"""Labels are scaled and turned with their picture, and what does not lie in it is named."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pillow

from annotations.formats import LabelledBox, LabelledImage
from annotations.imports.fitting import OtherShapeError, fit
from projects.images import pictures


def labelled(width: int, height: int, *xyxy: tuple[float, float, float, float]) -> LabelledImage:
    return LabelledImage("x.jpg", width, height, tuple(LabelledBox("a", one) for one in xyxy))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_boxes_are_turned_as_their_picture_is(orientation: int) -> None:
    """A dark patch of a lying picture lies in its box again once the picture stands upright."""
    lying = Pillow.new("L", (100, 80), 255)
    lying.paste(0, (10, 20, 40, 30))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    lying.save(out, "PNG", exif=exif)
    head = pictures.head_of(io.BytesIO(out.getvalue()))
    assert (head.width, head.height, head.orientation) == (80, 100, orientation)
    found = fit(labelled(100, 80, (10, 20, 40, 30)), (head.width, head.height), orientation)
    upright = Pillow.open(io.BytesIO(pictures.read(out.getvalue(), max_pixels=10**6).content)).convert("L")
    assert found.turned
    assert found.image.boxes[0].xyxy == Pillow.eval(upright, lambda value: 255 - value).getbbox()


@pytest.mark.parametrize(
    ("size", "there", "orientation", "xyxy"),
    [
        ((100, 80), (100, 80), 6, (10, 20, 40, 30)),  # of the upright size: not turned
        ((0, 0), (100, 80), 6, (10, 20, 40, 30)),
        ((200, 160), (100, 80), 1, (5, 10, 20, 15)),
        ((200, 160), (80, 100), 6, (65, 5, 70, 20)),  # scaled and turned
        ((100, 80), (80, 100), 1, None),
        ((100, 80), (80, 100), 3, None),
    ],
)
def test_sizes(size: tuple[int, int], there: tuple[int, int], orientation: int, xyxy: tuple[float, ...] | None) -> None:
    image = labelled(*size, (10, 20, 40, 30))
    if xyxy is None:
        with pytest.raises(OtherShapeError):
            fit(image, there, orientation)
    else:
        assert fit(image, there, orientation).image == labelled(*there, xyxy)  # type: ignore[arg-type]


@pytest.mark.parametrize("xyxy", [(500, 500, 550, 550), (-9, -9, 0, 0), (1, 1, 1.5, 9), (0.1, 0.2, 0.3, 0.4)])
def test_what_is_not_in_the_picture_is_left_out_and_said(xyxy: tuple[float, float, float, float]) -> None:
    found = fit(labelled(100, 80, xyxy, (1, 1, 9, 9)), (100, 80))
    assert ([box.xyxy for box in found.lost], found.image.left_out) == ([xyxy], ("a",))
    assert [box.xyxy for box in found.image.boxes] == [(1, 1, 9, 9)]
