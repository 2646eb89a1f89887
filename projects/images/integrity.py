"""Whether stored pictures are what they were."""

from __future__ import annotations

import io
from typing import IO

from PIL import Image as Pillow

from labelhub.backups.files import checks
from projects.hashing import sha256_of_bytes
from projects.models import Image


def register() -> None:
    checks["projects.Image.file"] = is_whole
    checks["projects.Image.thumb"] = is_picture


def is_whole(image: Image, stream: IO[bytes]) -> bool:
    """The bytes as they came; or, of a picture that was turned or converted for browsers, one that decodes to its
    size.
    """
    data = stream.read()
    return sha256_of_bytes(data) == image.sha256 or _decoded(io.BytesIO(data)) == (image.width, image.height)


def is_picture(_image: Image, stream: IO[bytes]) -> bool:
    return _decoded(stream) is not None


def _decoded(stream: IO[bytes]) -> tuple[int, int] | None:
    try:
        with Pillow.open(stream) as picture:
            picture.load()
            return picture.size
    except Exception:  # Pillow's decoders raise many kinds; each means the same here
        return None
