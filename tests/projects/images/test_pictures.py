"""What an upload is: decoded wholly, upright, shown by every browser; or refused with its reason."""

import io

import pytest
from PIL import Image as Pillow

from projects.images import pictures
from tests.factories import picture_bytes

LIMIT = 10**6


def with_orientation(value: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = value
    return picture_bytes(60, 40, kind="JPEG", exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_plain_picture_is_kept_byte_by_byte(kind: str) -> None:
    data = picture_bytes(60, 40, kind=kind)
    picture = pictures.read(data, max_pixels=LIMIT)
    assert picture.content == data
    assert (picture.width, picture.height, picture.extension) == (60, 40, pictures.AS_IS[kind])


@pytest.mark.parametrize(("value", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
def test_orientation_is_applied(value: int, size: tuple[int, int]) -> None:
    picture = pictures.read(with_orientation(value), max_pixels=LIMIT)
    stored = Pillow.open(io.BytesIO(picture.content))
    assert (picture.width, picture.height) == stored.size == size
    assert stored.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize(
    ("kind", "mode", "extension"),
    [
        ("JPEG", "CMYK", "jpg"), ("TIFF", "RGB", "png"), ("TIFF", "CMYK", "png"), ("PNG", "I;16", "png"),
        ("GIF", "P", "png"),
        ("PNG", "L", "png"), ("PNG", "LA", "png"), ("PNG", "RGBA", "png"), ("PNG", "1", "png"), ("TIFF", "F", "png"),
    ],
)  # fmt: skip
def test_unusual_pictures_become_showable(kind: str, mode: str, extension: str) -> None:
    picture = pictures.read(picture_bytes(60, 40, kind=kind, mode=mode), max_pixels=LIMIT)
    stored = Pillow.open(io.BytesIO(picture.content))
    assert (picture.extension, stored.size) == (extension, (60, 40))
    assert stored.format in pictures.AS_IS
    assert stored.mode in pictures.EIGHT_BIT
    assert Pillow.open(io.BytesIO(picture.thumb)).format == "JPEG"


def test_sixteen_bits_are_scaled_by_their_depth() -> None:
    deep = Pillow.new("I;16", (16, 16), 1000)
    deep.putpixel((3, 3), 60000)
    out = io.BytesIO()
    deep.save(out, "PNG")
    stored = Pillow.open(io.BytesIO(pictures.read(out.getvalue(), max_pixels=LIMIT).content)).convert("L")
    assert (stored.getpixel((0, 0)), stored.getpixel((3, 3))) == (1000 >> 8, 60000 >> 8)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "not_image"),
        (b"%PDF-1.7 nothing", "not_image"),
        (b"\xff\xd8\xff\xe0" + b"0" * 50, "broken"),
        (picture_bytes(60, 40, kind="JPEG")[:-200], "broken"),
        (picture_bytes(60, 40, kind="PNG")[:-100], "broken"),
        (picture_bytes(1200, 1000, kind="PNG"), "too_many_pixels"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(pictures.PictureError) as refusal:
        pictures.read(data, max_pixels=LIMIT)
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [0, 9, 255])
def test_an_orientation_that_means_nothing_changes_nothing(value: int) -> None:
    data = with_orientation(value)
    assert pictures.read(data, max_pixels=LIMIT).content == data


@pytest.mark.parametrize(
    ("mode", "color", "flattened"),
    [("RGBA", (255, 0, 0, 128), True), ("RGBA", (255, 0, 0, 255), False), ("LA", (9, 0), True)],
)
def test_transparent_parts_lie_on_white(mode: str, color: tuple[int, ...], flattened: bool) -> None:
    out = io.BytesIO()
    Pillow.new(mode, (8, 8), color).save(out, "PNG")
    picture = pictures.read(out.getvalue(), max_pixels=LIMIT)
    assert picture.flattened is flattened
    stored = Pillow.open(io.BytesIO(picture.content))
    assert (stored.mode == "RGB") is flattened
    if mode == "LA":
        assert stored.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_what_phones_make_is_kept_as_jpeg(kind: str) -> None:
    picture = pictures.read(picture_bytes(64, 48, kind=kind), max_pixels=LIMIT)
    assert (picture.extension, picture.width, picture.height) == ("jpg", 64, 48)


def test_without_its_library_a_heic_image_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture_bytes(64, 48, kind="HEIF")
    monkeypatch.setattr(pictures, "pillow_heif", None)
    with pytest.raises(pictures.PictureError) as refusal:
        pictures.read(data, max_pixels=LIMIT)
    assert refusal.value.code == "heif_unread"
