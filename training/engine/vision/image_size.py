"""The size of a picture from its header: without OpenCV, so that a command can check files before it loads an
engine.
"""

from __future__ import annotations

from pathlib import Path

import pillow_heif
from PIL import Image

from training.protocol.errors import BadImage

ORIENTATION = 0x0112
pillow_heif.register_heif_opener()


def size_of(path: Path) -> tuple[int, int]:
    """(width, height) of the upright image, read from its header. Raises BadImage."""
    try:
        with Image.open(path) as file:
            turned = file.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            return (file.height, file.width) if turned else (file.width, file.height)
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
        raise BadImage(f"The image {path.name} cannot be decoded: {error}.", path=str(path)) from error
