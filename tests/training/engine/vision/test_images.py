"""Pictures of every kind become upright RGB, and variations move boxes with their pixels."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from projects.images import pictures
from tests.conftest import BUGS
from training.engine.core.boxes import as_boxes
from training.engine.tuning import DEFAULTS
from training.engine.vision import images
from training.engine.vision.augmentation import Plan, Variation
from training.engine.vision.image_size import ORIENTATION, size_of
from training.protocol.errors import BadImage


def grey16(path: Path) -> None:
    Image.fromarray(np.full((40, 60), 0x8000, dtype=np.uint16)).save(path)


def grey12(path: Path) -> None:
    Image.fromarray(np.array([[0x800, 0xFFF]] * 2, dtype=np.uint16).repeat(30, 1).repeat(20, 0)).save(path)


def save(mode: str, colour: object) -> object:
    return lambda path: Image.new(mode, (60, 40), colour).save(path)


@pytest.mark.parametrize(
    ("name", "write", "pixel"),
    [
        ("grey16.png", grey16, (128, 128, 128)),
        ("grey12.tif", grey12, (128, 128, 128)),
        ("cmyk.jpg", save("CMYK", (0, 0, 0, 0)), (255, 255, 255)),
        ("grey.png", save("L", 90), (90, 90, 90)),
        ("bit.png", save("1", 1), (255, 255, 255)),
        ("alpha.png", save("RGBA", (200, 0, 0, 0)), (255, 255, 255)),
        ("grey-alpha.png", save("LA", (10, 255)), (10, 10, 10)),
        ("palette.png", save("P", 0), (0, 0, 0)),
        ("float.tif", save("F", 0.5), (127, 127, 127)),  # a picture of one value is that value
        ("rgb.webp", save("RGB", (255, 255, 255)), (255, 255, 255)),
    ],
)
def test_every_kind_becomes_rgb(tmp_path: Path, name: str, write: object, pixel: tuple[int, int, int]) -> None:
    path = tmp_path / name
    write(path)  # type: ignore[operator]
    pixels = images.decode(path)
    assert (pixels.shape, pixels.dtype) == ((40, 60, 3), np.uint8)
    assert np.abs(pixels[0, 0].astype(int) - pixel).max() <= 2
    assert size_of(path) == (60, 40)


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
def test_exif_makes_upright(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    assert images.decode(path).shape[1::-1] == size
    assert size_of(path) == size


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n broken"])
def test_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(BadImage, match=r"broken\.png"):
        images.decode(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"gone\.png"):
        images.decode(tmp_path / "gone.png")


@pytest.mark.parametrize("shape", [(240, 320), (320, 240), (1, 500), (7, 7)])
def test_letterbox_maps_back(shape: tuple[int, int]) -> None:
    fitted = images.letterbox(np.zeros((*shape, 3), dtype=np.uint8), 640)
    height, width = fitted.pixels.shape[:2]
    assert height % 32 == 0 and width % 32 == 0 and max(height, width) == 640  # noqa: PT018


@pytest.mark.parametrize("seed", range(5))
def test_variation_moves_boxes_with_pixels(seed: int) -> None:
    picture = np.zeros((120, 160, 3), dtype=np.uint8)
    picture[40:80, 50:100] = 255
    plan = Plan.draw(
        (160, 120), Variation(noise=False, brightness=0.0), np.random.default_rng(seed), DEFAULTS.augmentation
    )
    moved = plan.boxes(as_boxes([[50, 40, 100, 80]]))[0]
    ys, xs = np.nonzero(plan.pixels(picture)[:, :, 0] > 127)
    np.testing.assert_allclose([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], moved, atol=2)


def test_crop_at_the_edge_and_of_three_pixels() -> None:
    picture = np.full((50, 80, 3), 9, dtype=np.uint8)
    for box in ([0, 0, 10, 10], [70, 40, 80, 50], [10, 10, 13, 13], [90, 90, 95, 95]):
        assert images.crop_square(picture, np.array(box, dtype=np.float32), 0.1, 64).shape == (64, 64, 3)


def deep(mode: str, values: list[float]) -> bytes:
    picture = Image.new(mode, (len(values), 1))
    for place, value in enumerate(values):
        picture.putpixel((place, 0), value)
    out = io.BytesIO()
    picture.save(out, "TIFF")
    return out.getvalue()


def flat(mode: str, value: object, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (6, 4), value).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


SHARED = [path for path in sorted(BUGS.glob("images/*")) if path.suffix != ".jpg"]
KINDS = {
    "nan": deep("F", [math.nan, math.inf, -math.inf, -3.0, 7.0]),
    "fractions": deep("F", [0.0, 0.25, 1.0]),
    "only nan": deep("F", [math.nan, math.nan]),
    "floats": deep("F", [0.0, 900.5, 1000.0]),
    "whole": deep("I", [0, 70_000, 140_000]),
    "negative": deep("I", [-5, 0, 5]),
    "ten bits": deep("I;16", [0, 511, 1023]),
    "one value": flat("I;16", 1000),
    "see-through": flat("RGBA", (255, 0, 0, 128)),
    "see-through grey": flat("LA", (10, 100)),
    "bits": flat("1", 1),
}


@pytest.mark.parametrize(
    "data", [*KINDS.values(), *(path.read_bytes() for path in SHARED)], ids=[*KINDS, *(path.name for path in SHARED)]
)
def test_portal_and_engine_see_the_same_picture(tmp_path: Path, data: bytes) -> None:
    """What the portal stores, read by the engine, is what the engine reads of the file itself."""
    original, stored = tmp_path / "original", tmp_path / "stored"
    original.write_bytes(data)
    stored.write_bytes(pictures.read(data, max_pixels=10**6).content)
    lossy = data[4:8] == b"ftyp"  # kept as JPEG for browsers
    apart = np.abs(images.decode(original).astype(int) - images.decode(stored))
    assert apart.max() <= (12 if lossy else 0)


@pytest.mark.parametrize(
    ("mode", "value", "grey"), [("F", 0.5, 127), ("F", -4.0, 0), ("F", 9e9, 255), ("I;16", 1000, 250), ("I;16", 0, 0)]
)
def test_a_picture_of_one_value_is_that_value(tmp_path: Path, mode: str, value: float, grey: int) -> None:
    path = tmp_path / "one.tif"
    path.write_bytes(deep(mode, [value, value]))
    assert images.decode(path)[0, 0, 0] == grey


def test_portal_and_engine_have_one_limit(settings: Any) -> None:
    assert images.MAX_PIXELS == settings.UPLOAD_MAX_PIXELS
    assert Image.MAX_IMAGE_PIXELS is None  # Pillow's own lies below ours
