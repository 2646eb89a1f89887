"""Pictures that lie on their side, are mirrored or upside down in their files: boxes of every format, and pictures that
are uploaded, sit where people saw them, whatever of the eight orientations the file has.
"""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from annotations.formats import LabelledBox, LabelledImage, LabelledSet
from annotations.formats.table import FORMATS
from annotations.models import Box
from projects.images import storing
from projects.models import Project
from tests.annotations.formats.labelled import written
from tests.annotations.imports.made import imported, zip_of

pytestmark = pytest.mark.django_db
ORIENTATIONS = range(1, 9)
LYING, PATCH = (120, 80), (16, 8, 48, 24)  # pixels as the file has them


def picture(orientation: int) -> bytes:
    """A white picture with a dark patch."""
    lying = Pillow.new("L", LYING, 255)
    lying.paste(0, PATCH)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    lying.save(out, "PNG", exif=exif)
    return out.getvalue()


def patch_in(data: bytes) -> tuple[int, ...] | None:
    """Where the patch is once the picture stands upright."""
    upright = ImageOps.exif_transpose(Pillow.open(io.BytesIO(data))).convert("L")
    return Pillow.eval(upright, lambda value: 255 - value).getbbox()


def upright_size(orientation: int) -> tuple[int, int]:
    return LYING if orientation < 5 else (LYING[1], LYING[0])


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("format", FORMATS)
def test_labels_of_the_upright_picture(project: Project, format: str, orientation: int) -> None:
    data = picture(orientation)
    place = tuple(map(float, patch_in(data) or ()))
    image = LabelledImage("a.png", *upright_size(orientation), (LabelledBox("cat", place),))  # type: ignore[arg-type]
    files = written(FORMATS[format].members(LabelledSet(("cat",), (image,))))
    imported(project, "set.zip", zip_of(files | {"images/a.png": data}))
    assert [tuple(round(side, 3) for side in box.xyxy) for box in Box.objects.all()] == [place]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_uploads_stand_upright(project: Project, orientation: int) -> None:
    data = picture(orientation)
    image = storing.store(project.created_by, project.datasets.get(), [storing.decode("a.png", data, "a.png")]).added[0]
    with image.file.open("rb") as file:
        kept = file.read()
    assert (image.width, image.height) == upright_size(orientation)
    assert patch_in(kept) == patch_in(data)
