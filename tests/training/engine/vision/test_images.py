"""Pictures of every kind become upright RGB, and variations move boxes with their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.engine.core.boxes import as_boxes
from training.engine.vision import images
from training.engine.vision.augmentation import Plan, Variation
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
        ("float.tif", save("F", 0.5), (0, 0, 0)),
        ("rgb.webp", save("RGB", (255, 255, 255)), (255, 255, 255)),
    ],
)
def test_every_kind_becomes_rgb(tmp_path: Path, name: str, write: object, pixel: tuple[int, int, int]) -> None:
    path = tmp_path / name
    write(path)  # type: ignore[operator]
    pixels = images.decode(path)
    assert (pixels.shape, pixels.dtype) == ((40, 60, 3), np.uint8)
    assert np.abs(pixels[0, 0].astype(int) - pixel).max() <= 2
    assert images.size_of(path) == (60, 40)


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
def test_exif_makes_upright(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[images.ORIENTATION] = orientation
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    assert images.decode(path).shape[1::-1] == size
    assert images.size_of(path) == size


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
    plan = Plan.draw((160, 120), Variation(noise=False, brightness=0.0), np.random.default_rng(seed))
    moved = plan.boxes(as_boxes([[50, 40, 100, 80]]))[0]
    ys, xs = np.nonzero(plan.pixels(picture)[:, :, 0] > 127)
    np.testing.assert_allclose([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], moved, atol=2)


def test_crop_at_the_edge_and_of_three_pixels() -> None:
    picture = np.full((50, 80, 3), 9, dtype=np.uint8)
    for box in ([0, 0, 10, 10], [70, 40, 80, 50], [10, 10, 13, 13], [90, 90, 95, 95]):
        assert images.crop_square(picture, np.array(box, dtype=np.float32), 0.1, 64).shape == (64, 64, 3)
