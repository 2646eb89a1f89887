"""Verifies a picture by decoding it and makes what is stored: an upright file that every browser shows, and a thumbnail."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from projects.images.perceptual_hash import look_of

# Formats that browsers show as they are; what else Pillow reads of these is converted.
AS_IS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp"}
READABLE = (*AS_IS, "GIF", "TIFF")
THUMB_SIDE = 320
EIGHT_BIT = {"RGB", "RGBA", "L", "LA", "P", "1"}
Pillow.MAX_IMAGE_PIXELS = None  # the limit is ours: checked by `inspect` before anything is decoded


class PictureError(Exception):
    """Bytes that are no usable picture; `code` is for programs, `data` for the sentence."""

    def __init__(self, code: str, **data: object) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Picture:
    """A verified picture. width, height: pixels, upright. sha256: of the bytes that came in. look: perceptual_hash.look_of."""

    content: bytes
    extension: str
    thumb: bytes
    width: int
    height: int
    sha256: str
    look: tuple[int, int] | None


def read(data: bytes, *, max_pixels: int) -> Picture:
    """Decodes `data` wholly and returns what to store.

    Raises PictureError: empty, not_image, unsupported, too_many_pixels, broken.
    """
    if not data:
        raise PictureError("empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(data)
        pixels = image.width * image.height
        if pixels > max_pixels:
            raise PictureError("too_many_pixels", megapixels=round(pixels / 1e6), limit=max_pixels // 10**6)
        kind = image.format or ""
        try:
            image.load()
            turned = image.getexif().get(0x0112, 1) not in (0, 1)
            upright = ImageOps.exif_transpose(image)
        except Exception as error:  # Pillow's decoders raise many kinds; each means the same to a person
            raise PictureError("broken") from error
        plain = kind in AS_IS and not turned and upright.mode in EIGHT_BIT and not getattr(image, "is_animated", False)
        content, extension = (data, AS_IS[kind]) if plain else _encode(upright, lossy=kind in {"JPEG", "MPO"})
        thumb = _thumb(upright)
        return Picture(
            content=content,
            extension=extension,
            thumb=thumb,
            width=upright.width,
            height=upright.height,
            sha256=hashlib.sha256(data).hexdigest(),
            look=look_of(thumb),
        )


def _open(data: bytes) -> Pillow.Image:
    try:
        return Pillow.open(io.BytesIO(data), formats=READABLE)
    except UnidentifiedImageError as error:
        raise PictureError("not_image") from error
    except Exception as error:
        raise PictureError("broken") from error


def eight_bit(image: Pillow.Image) -> Pillow.Image:
    """RGB, RGBA or L of any mode; 16 bits and floats are scaled to their own range, not cut off."""
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        span = max(float(high) - float(low), 1e-9)  # type: ignore[arg-type, operator]
        scaled = image.convert("F").point(lambda value: value * (255.0 / span) - float(low) * (255.0 / span))  # type: ignore[arg-type]
        return scaled.convert("L")
    if image.mode in {"RGB", "RGBA", "L"}:
        return image
    return image.convert("RGBA" if image.mode in {"LA", "PA"} or "transparency" in image.info else "RGB")


def _encode(image: Pillow.Image, *, lossy: bool) -> tuple[bytes, str]:
    out = io.BytesIO()
    image = eight_bit(image)
    if lossy:
        image.convert("RGB").save(out, "JPEG", quality=95, subsampling=0)
        return out.getvalue(), "jpg"
    image.save(out, "PNG", compress_level=3)
    return out.getvalue(), "png"


def _thumb(image: Pillow.Image) -> bytes:
    out = io.BytesIO()
    small = eight_bit(image).convert("RGB")
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Pillow.Resampling.BILINEAR, reducing_gap=2.0)
    small.save(out, "JPEG", quality=80)
    return out.getvalue()
