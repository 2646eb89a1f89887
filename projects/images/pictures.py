"""Verifies a picture by decoding it and makes what is stored: an upright file that every browser shows, and a
thumbnail.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from projects.hashing import sha256_of_bytes
from projects.images.perceptual_hash import look_of
from projects.images.pixels import eight_bit, has_transparency

try:
    import pillow_heif
except ImportError:  # no wheel for this machine: then the sentence for such a file says so
    pillow_heif = None  # type: ignore[assignment, unused-ignore]

# Formats that browsers show as they are; what else Pillow reads of these is converted.
AS_IS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp"}
READABLE = (*AS_IS, "GIF", "TIFF", "AVIF", "HEIF")
LOSSY = {"JPEG", "MPO", "AVIF", "HEIF"}
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
ORIENTATION = 0x0112
TURNED = range(2, 9)  # EXIF orientations that are not upright; other numbers mean nothing
LYING = range(5, 9)  # those of them that change sides
THUMB_SIDE = 320
EIGHT_BIT = {"RGB", "RGBA", "L", "LA", "P", "1"}
Pillow.MAX_IMAGE_PIXELS = None  # the limit is ours: checked by `read` before anything is decoded
if pillow_heif is not None:
    pillow_heif.register_heif_opener()


class PictureError(Exception):
    """Bytes that are no usable picture; `code` is for programs, `data` for the sentence."""

    def __init__(self, code: str, **data: object) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Picture:
    """A verified picture. width, height: pixels, upright. sha256: of the bytes that came in. look:
    perceptual_hash.look_of.

    flattened: it let the background through, and lies on white now.
    """

    content: bytes
    extension: str
    thumb: bytes
    width: int
    height: int
    sha256: str
    look: tuple[int, int] | None
    flattened: bool = False


def read(data: bytes, *, max_pixels: int) -> Picture:
    """Decodes `data` wholly and returns what to store.

    Raises PictureError: empty, not_image, heif_unread, too_many_pixels, broken.
    """
    if not data:
        raise PictureError("empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(io.BytesIO(data))
        pixels = image.width * image.height
        if pixels > max_pixels:
            raise PictureError("too_many_pixels", megapixels=round(pixels / 1e6), limit=max_pixels // 10**6)
        kind = image.format or ""
        try:
            image.load()
            turned = image.getexif().get(ORIENTATION) in TURNED
            upright = ImageOps.exif_transpose(image) if turned else image  # it would copy an upright one too
            flattened = has_transparency(upright)
            plain = kind in AS_IS and upright.mode in EIGHT_BIT and not (turned or flattened or _is_animated(image))
            shown = eight_bit(upright)
        except Exception as error:  # Pillow's decoders raise many kinds; each means the same to a person
            raise PictureError("broken") from error
        content, extension = (data, AS_IS[kind]) if plain else _encode(shown, lossy=kind in LOSSY)
        thumb = _thumb(shown)
        return Picture(
            content=content,
            extension=extension,
            thumb=thumb,
            width=upright.width,
            height=upright.height,
            sha256=sha256_of_bytes(data),
            look=look_of(thumb),
            flattened=flattened,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a picture says. width, height: pixels, upright. orientation: of EXIF, 1 where none is said."""

    width: int
    height: int
    orientation: int


def head_of(stream: IO[bytes]) -> Head:
    """Raises PictureError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(stream)
        try:
            # A PNG would be decoded whole in search of an orientation behind its pixels.
            known = image.format != "PNG" or "exif" in image.info
            said = image.getexif().get(ORIENTATION) if known else None
        except Exception as error:
            raise PictureError("broken") from error
    orientation = next((turned for turned in TURNED if turned == said), 1)
    width, height = image.size[::-1] if orientation in LYING else image.size
    return Head(width, height, orientation)


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so may be a picture: some zip archives lie behind other bytes, but none behind
    these.
    """
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF"))
        or head[4:8] == b"ftyp"
    )


def is_cut_short(data: bytes) -> bool:
    """Whether a JPEG or PNG misses its end, so that decoding it may fail: cheap, and no more than a suspicion."""
    end = data[-64:]
    return (data.startswith(b"\xff\xd8") and b"\xff\xd9" not in end) or (
        data.startswith(b"\x89PNG") and b"IEND" not in end
    )


def _open(stream: IO[bytes]) -> Pillow.Image:
    try:
        return Pillow.open(stream, formats=READABLE if pillow_heif else READABLE[:-1])
    except UnidentifiedImageError as error:
        stream.seek(0)
        head = stream.read(12)
        if pillow_heif is None and head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
            raise PictureError("heif_unread") from error
        raise PictureError("not_image") from error
    except Exception as error:
        raise PictureError("broken") from error


def _is_animated(image: Pillow.Image) -> bool:
    return bool(getattr(image, "is_animated", False))


def _encode(image: Pillow.Image, *, lossy: bool) -> tuple[bytes, str]:
    out = io.BytesIO()
    if lossy:
        image.convert("RGB").save(out, "JPEG", quality=95, subsampling=0)
        return out.getvalue(), "jpg"
    image.save(out, "PNG", compress_level=3)
    return out.getvalue(), "png"


def _thumb(image: Pillow.Image) -> bytes:
    """A JPEG of 320 pixels at most.

    Reduced without a copy of the whole: `Image.thumbnail` works in place and would need one.
    """
    scale = min(THUMB_SIDE / max(image.size), 1.0)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    small = image if scale == 1 else image.resize(size, Pillow.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()
