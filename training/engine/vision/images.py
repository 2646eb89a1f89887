"""Pictures as upright RGB arrays, whatever their file holds, and the variations of them that training sees."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from training.engine.core.arrays import EPSILON, ByteArray, FloatArray
from training.protocol.errors import BadImage

GREY = 114
WHITE = 255.0
DEEPEST = 65535
# The portal's own limit: what it took in, every run reads.
MAX_PIXELS = int(os.environ.get("LABELHUB_UPLOAD_MAX_MEGAPIXELS") or 200) * 10**6
Image.MAX_IMAGE_PIXELS = None  # checked below, with a sentence, before anything is decoded
pillow_heif.register_heif_opener()


def decode(path: Path) -> ByteArray:
    """(h, w, 3) uint8 RGB, EXIF orientation applied, alpha over white, deep greys scaled to 8 bits. Raises BadImage."""
    try:
        with Image.open(path) as file:
            if file.width * file.height > MAX_PIXELS:
                raise BadImage(f"The image {path.name} has more than {MAX_PIXELS // 10**6} megapixels.")
            return np.array(_rgb(ImageOps.exif_transpose(file)), dtype=np.uint8)
    except BadImage:
        raise
    except FileNotFoundError as error:
        raise BadImage(f"The image file {path.name} is not there.", path=str(path)) from error
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
        raise BadImage(f"The image {path.name} cannot be decoded: {error}.", path=str(path)) from error


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_to_8_bits(np.asarray(image, dtype=np.float64))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, over).convert("RGB")
    return image.convert("RGB")


def _to_8_bits(values: FloatArray | np.ndarray) -> ByteArray:
    """(h, w) float64 greys as 8 bits, by the rules of the portal's projects.images.pixels.

    NaN and infinity are no light. Whole numbers from 0 to 65535 are scaled by the least depth that holds them (10, 12
    and 16 bits occur), negative numbers and floats of 0 to 1 by their range; a picture of one value is that value.
    """
    finite = np.isfinite(values)
    low, high = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 0.0)
    start, scale = 0.0, 1.0
    if low == high and not 1 < high <= DEEPEST:
        scale = WHITE if 0 < high <= 1 else 1.0
    elif low < 0 or high > DEEPEST or 0 < high <= 1:
        start, scale = low, WHITE / max(high - low, EPSILON)
    else:
        scale = 1 / 2 ** (next(bits for bits in (8, 10, 12, 14, 16) if high < 2**bits) - 8)
    levels = np.clip((np.where(finite, values, start) - start) * scale, 0, 255)
    return np.asarray(np.where(finite, levels, 0), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class FittedImage:
    """An image made to fit the network: image pixels times scale plus pad are its pixels."""

    pixels: ByteArray
    scale: float
    pad: tuple[float, float]


def letterbox(image: ByteArray, side: int, stride: int = 32) -> FittedImage:
    """The longer side becomes `side`, the shorter one is padded with grey to the next multiple of `stride`."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    new_w, new_h = max(round(width * scale), 1), max(round(height * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(image, (new_w, new_h), interpolation=how)
    pad_w, pad_h = -new_w % stride, -new_h % stride
    left, top = pad_w // 2, pad_h // 2
    canvas = np.full((new_h + pad_h, new_w + pad_w, 3), GREY, dtype=np.uint8)
    canvas[top : top + new_h, left : left + new_w] = resized
    return FittedImage(canvas, scale, (float(left), float(top)))


def crop_square(image: ByteArray, box: FloatArray, context: float, side: int) -> ByteArray:
    """The box with `context` of itself around it, as a square of the object's own proportions, grey beyond the
    edges.
    """
    height, width = image.shape[:2]
    half = max(box[2] - box[0], box[3] - box[1], 2.0) * (0.5 + context)
    centre_x, centre_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    scale = side / (2 * half)
    x1, y1 = int(max(centre_x - half, 0)), int(max(centre_y - half, 0))
    x2, y2 = int(min(np.ceil(centre_x + half), width)), int(min(np.ceil(centre_y + half), height))
    canvas = np.full((side, side, 3), GREY, dtype=np.uint8)
    if x2 <= x1 or y2 <= y1:
        return canvas
    new_w, new_h = max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    part = cv2.resize(image[y1:y2, x1:x2], (min(new_w, side), min(new_h, side)), interpolation=how)
    left = min(max(round((x1 - centre_x + half) * scale), 0), side - part.shape[1])
    top = min(max(round((y1 - centre_y + half) * scale), 0), side - part.shape[0])
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas
