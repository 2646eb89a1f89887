"""The identity of a file: images, weights and trained detectors are named by it on both sides."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of_text(text: str) -> str:
    """A text's sha256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """The file's sha256 in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
